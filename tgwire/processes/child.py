"""Child processes of tgwire's own: a worker or a sink with given settings."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, SecretStr

from runtime.settings.tree import Settings
from tgwire.parent_watch import ParentWatch

STOP_TIMEOUT_S = 20.0


_OF_OTHERS = {"telegram", "collect", "preview", "sink"}
"""Tables that they have no use for; access to an account or a receiver is no business of theirs."""


def environment(settings: Settings) -> dict[str, str]:
    """The settings for a child process as environment variables; they hold secrets, so never log them."""
    return {
        f"TGWIRE_{table}__{name}".upper(): _text(value)
        for table, model in settings
        if isinstance(model, BaseModel) and table not in _OF_OTHERS
        for name, value in model
        if value is not None
    }


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@contextmanager
def worker_process(settings: Settings, log_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker; see ``child_process``."""
    with child_process(["worker"], settings, log_path) as process:
        yield process


@contextmanager
def child_process(command: Sequence[str], settings: Settings, log_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command whose output is added to a file; at the end it is stopped, gracefully where it lets itself.

    So it is when this process is killed.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a command of our own
            [sys.executable, "-m", "tgwire", *command],
            env=inherited | environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C at the terminal reaches it through us, once
        )
        watch = ParentWatch(process.pid)
        try:
            yield process
        finally:
            stop(process)
            watch.end()


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a child by SIGTERM, then SIGKILL; its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
