"""Temporary files of tests in memory: a disk takes CPU time, and lets them wait, for what is deleted with them.

A kill of a process leaves files there as it leaves them on a disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30
"""A run of the whole suite takes less than half of it."""


def use_memory() -> None:
    """Have this process and its children make temporary files in memory, where there is room and TMPDIR is not set."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    # Tests make programs, too, and containers often may not run any there.
    if shutil.disk_usage(MEMORY).free >= ROOM_BYTES and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
