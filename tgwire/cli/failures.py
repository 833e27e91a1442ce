"""Errors that users can act on: their messages and exit codes."""

import errno
import os
import traceback
from collections.abc import Iterable

from ingest.errors import AccountError, NothingToReadError, SourceUnreadableError
from runtime.errors import ConfigurationError, TgwireError
from schemas.plurals import counted
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.complaints import MAX_NAMED
from tgwire.cli.output.console import complain, err
from tgwire.errors import BrokerStartError, DownloadError
from tgwire.extras import ExtraMissingError

KNOWN = (TgwireError, OSError)
_OF_MANY_LINES = (BrokerStartError, DownloadError)
"""Errors whose texts end with the words of another program."""
_BAD_INPUT = (NothingToReadError, SourceUnreadableError)

_REASONS = {
    errno.ENOENT: "no such file or folder",
    errno.EISDIR: "is a folder, not a file",
    errno.ENOTDIR: "not a folder, or below a file",
    errno.EEXIST: "exists already",
    errno.EACCES: "this user may not use it",
    errno.ENOSPC: "the disk is full",
}


def exit_code(error: Exception) -> Exit | None:
    """The exit code of an error; None when it is none that people can act on."""
    if isinstance(error, ConfigurationError | ExtraMissingError) or _is_refused(error):
        return Exit.CONFIGURATION
    if isinstance(error, _BAD_INPUT):
        return Exit.INCOMPLETE
    return Exit.UNAVAILABLE if isinstance(error, KNOWN) else None


def explain(error: Exception) -> None:
    """Print an error on stderr."""
    lines = list(_lines(error))
    for line in lines[:MAX_NAMED]:
        complain(line)
    if len(lines) > MAX_NAMED:
        complain(f"and {counted(len(lines) - MAX_NAMED, 'more problem')}")


def show_traceback(error: Exception) -> None:
    """Show an error that is a fault of tgwire's, as Python would: its text may be foreign."""
    err.print("".join(traceback.format_exception(error)).rstrip(), soft_wrap=True)


def _lines(error: Exception) -> Iterable[str]:
    if isinstance(error, ConfigurationError):
        return error.problems
    if isinstance(error, OSError) and error.errno is not None:
        return [_of_system(error, error.errno)]
    return str(error).split("\n") if isinstance(error, _OF_MANY_LINES) else [str(error)]


def _of_system(error: OSError, number: int) -> str:
    """An error of the operating system as file and reason."""
    reason = _REASONS.get(number) or error.strerror or str(error)
    return reason if error.filename is None else f"{os.fsdecode(error.filename)}: {reason}"


def _is_refused(error: Exception) -> bool:
    """Whether an account stays unusable until its owner acts: a supervisor must not ask Telegram again and again."""
    return isinstance(error, AccountError) and error.state != "in_use"
