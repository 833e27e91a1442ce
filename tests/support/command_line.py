"""The command line in the process of a test: a process of its own takes a second to load."""

import signal
import sys
from dataclasses import dataclass
from types import FrameType
from unittest.mock import patch

from typer.testing import CliRunner

from tests.support.patience import DEADLINE_S
from tgwire.cli.app import run


class WaitedInVainError(BaseException):
    """A command did not end. No command catches it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and all that it wrote."""

    returncode: int
    stdout: str
    stderr: str


def tgwire(*arguments: str, stdin: str = "") -> Ended:
    """Run a command; errors become its exit code and a line of stderr, as for its user.

    WaitedInVainError for one that has not ended after ``DEADLINE_S``, whatever it waits for.
    """
    former = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE_S)
    code: object = 0
    try:
        with CliRunner().isolation(stdin) as (stdout, stderr, _), patch.object(sys, "argv", ["tgwire", *arguments]):
            try:
                run()
            except SystemExit as end:
                code = end.code or 0
            sys.stdout.flush()
            sys.stderr.flush()
            written = stdout.getvalue().decode(), stderr.getvalue().decode()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert isinstance(code, int)
    return Ended(code, *written)


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise WaitedInVainError
