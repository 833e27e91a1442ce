"""Ctrl-C, SIGTERM and a closed terminal end a command in order, and at once while the program is still loading."""

import os
import signal
from types import FrameType

from tgwire.cli.exit_codes import Exit

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_at_once() -> None:
    """Until a command begins, nothing is open: end the process without unwinding.

    A KeyboardInterrupt may be raised anywhere in an import. pydantic turns one into a SchemaError; and CPython ends by
    SIGINT, instead of with our exit code, after one that left a string under exec, as when a dataclass is made. A shell
    lets its background jobs ignore Ctrl-C; that is kept.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _as_sigterm)


def end_in_order() -> None:
    """From here on raise KeyboardInterrupt, so that everything that a command opened is closed.

    Does nothing where :func:`end_at_once` was not called: a test's process keeps its own handlers.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is _leave:
            signal.signal(number, signal.default_int_handler)


def _as_sigterm(_number: int, _frame: FrameType | None) -> None:
    """A closed terminal: whatever handles SIGTERM by now does the same."""
    signal.raise_signal(signal.SIGTERM)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"tgwire: interrupted\n")
    os._exit(Exit.INTERRUPTED)
