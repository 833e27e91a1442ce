"""Exit codes, the same for every command."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of commands. A worker has 70 to 74 besides: see processors/errors.py."""

    OK = 0
    INCOMPLETE = 1
    """The command ran to its end, but some input was refused, or a check found something wrong."""
    USAGE = 2
    CONFIGURATION = 3
    UNAVAILABLE = 4
    """The broker, an account, a file or a folder that the command needs cannot be used."""
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done; 1 done, but something was refused or found wrong; 2 usage; 3 configuration, "
    "or an account that only its owner can fix; 4 broker, file, folder or session unavailable; 130 interrupted."
)
