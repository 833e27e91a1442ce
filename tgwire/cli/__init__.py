"""The command line."""

import gc
import signal
import sys

from tgwire.cli.exits import Exit


def main() -> None:
    """Run the command line; the process ends with one of the codes of :class:`tgwire.cli.exits.Exit`.

    SIGTERM ends a command as Ctrl-C does, so that everything it opened is closed; also while it is still loading.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from tgwire.cli.app import run

        run()
    except KeyboardInterrupt:  # while it was loading: the code of a longer message may be missing
        sys.stderr.write("tgwire: interrupted\n")
        sys.exit(Exit.INTERRUPTED)
    finally:
        gc.freeze()  # Python's last collection would walk all that was imported: seconds on a busy machine
