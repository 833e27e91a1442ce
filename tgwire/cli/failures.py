"""Errors that people can act on: their words, and their exit codes."""

from ingest.errors import AccountError, IngestError
from processors.errors import ProcessorError
from tgwire.cli.console import complain
from tgwire.cli.exits import Exit
from tgwire.errors import ConfigurationError, TgwireError

_EXTRAS = {
    "telethon": "telegram",
    "python_socks": "telegram",
    "httpx": "preview",
    "selectolax": "preview",
    "faust": "worker",
    "aiokafka": "worker",
}
"""Modules that come with an extra."""

KNOWN = (TgwireError, IngestError, ProcessorError, OSError)


def exit_code(error: Exception) -> Exit | None:
    """The exit code of an error; None when it is none that people can act on."""
    if isinstance(error, ConfigurationError) or _extra(error) is not None or _is_refused(error):
        return Exit.CONFIGURATION
    return Exit.UNAVAILABLE if isinstance(error, KNOWN) else None


def explain(error: Exception) -> None:
    """Say what is wrong, on stderr."""
    if extra := _extra(error):
        complain(f"this command needs the extra {extra!r}: pip install 'tgwire[{extra}]'")
        return
    for line in str(error).splitlines():
        complain(line)


def _is_refused(error: Exception) -> bool:
    """Whether an account stays unusable until its owner acts: a supervisor must not ask Telegram again and again."""
    return isinstance(error, AccountError) and error.state != "in_use"


def _extra(error: Exception) -> str | None:
    """The extra that is not installed, when that is the error."""
    return _EXTRAS.get((error.name or "").partition(".")[0]) if isinstance(error, ModuleNotFoundError) else None
