"""What ends a command from outside."""

import subprocess
import sys

CLOSED_WITHIN_A_COMMAND = """
import signal
from tgwire.cli.interruption import end_at_once, end_in_order

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where nohup runs the tests
end_at_once()
end_in_order()
try:
    signal.raise_signal(signal.SIGHUP)
except KeyboardInterrupt:
    print("closes what is open")
"""


def test_a_closed_terminal_ends_a_command_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", CLOSED_WITHIN_A_COMMAND], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "closes what is open\n")
