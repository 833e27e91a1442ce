"""A child process does not outlive its parent, and the log of an earlier one is kept."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.mtproto_server.waiting import until

PARENT = """
import os, signal, sys, time
from pathlib import Path
from runtime.settings.tree import Settings
from tgwire.processes.child import child_process

sys.executable = sys.argv[1]
log = Path(sys.argv[2])
with child_process(["worker"], Settings(), log):
    while "ready" not in log.read_text():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
"""
CHILD = """#!/bin/sh
trap 'echo ended in order; exit' TERM
echo ready
while :; do sleep 0.1; done
"""


async def test_a_child_ends_in_order_when_its_parent_is_killed(tmp_path: Path) -> None:
    child, log = tmp_path / "child", tmp_path / "worker.log"
    child.write_text(CHILD)
    child.chmod(0o700)
    log.write_text("of an earlier one\n")
    parent = subprocess.run([sys.executable, "-c", PARENT, str(child), str(log)], check=False)
    assert parent.returncode == -signal.SIGKILL
    await until(lambda: "ended in order" in log.read_text(), "the end of the child")
    assert log.read_text() == "of an earlier one\nready\nended in order\n"
