"""Errors that people can act on: their words, and their exit codes."""

from ingest.errors import IngestError
from processors.errors import ProcessorError
from tgwire.cli.console import complain
from tgwire.cli.exits import Exit
from tgwire.errors import ConfigurationError, TgwireError

KNOWN = (TgwireError, IngestError, ProcessorError, OSError)


def exit_code(error: Exception) -> Exit | None:
    """The exit code of an error; None when it is none that people can act on."""
    if isinstance(error, ConfigurationError):
        return Exit.CONFIGURATION
    return Exit.UNAVAILABLE if isinstance(error, KNOWN) else None


def explain(error: Exception) -> None:
    """Say what is wrong, on stderr."""
    for line in str(error).splitlines():
        complain(line)
