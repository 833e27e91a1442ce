"""Ends a child process when its parent has ended, however that was."""

import os
import subprocess
from pathlib import Path

_WATCH = """
read -r _
kill -TERM "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.2; tries=$((tries + 1)); done
kill -KILL "$1" 2>/dev/null
[ -z "$2" ] || rm -rf -- "$2"
"""
"""Waits on a pipe that only the parent holds. However the parent ends, SIGKILL included, the pipe closes. Unlike
Linux's PR_SET_PDEATHSIG this works on every POSIX system, needs no code between fork and exec, and does not take
the end of the starting thread for the end of the process."""


class ParentWatch:
    """Watches over a child of this process, until that is stopped in order."""

    def __init__(self, pid: int, scratch: Path | None = None) -> None:
        """``scratch`` is deleted, too, when the parent dies."""
        self._process = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _WATCH, "tgwire-watch", str(pid), str(scratch or "")],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )

    def end(self) -> None:
        """Before the child's id can be that of another process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
