"""The command line."""

import gc
import sys

from tgwire.cli.exit_codes import Exit
from tgwire.cli.interruption import end_at_once


def main() -> None:
    """Run the command line; the process ends with one of the codes of :class:`tgwire.cli.exit_codes.Exit`.

    SIGTERM and a closed terminal end a command as Ctrl-C does.
    """
    end_at_once()
    try:
        from tgwire.cli.app import run

        run()
    except KeyboardInterrupt:  # between the command and here
        sys.stderr.write("tgwire: interrupted\n")
        sys.exit(Exit.INTERRUPTED)
    finally:
        gc.freeze()  # Python's last collection would walk all that was imported: seconds on a busy machine
