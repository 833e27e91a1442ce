"""The start of a process, by which run files know it again."""

import os
import subprocess
import sys

from runtime.run_files import process_start


def test_a_process_that_has_ended_has_no_start() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        first = process_start(child.pid)
        assert first is not None
        assert first != process_start(os.getpid())
        assert first == process_start(child.pid)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process_start(child.pid) is None  # dead, though nobody has taken note of it
    assert process_start(child.pid) is None
