"""A worker whose wall clock jumps: ``python -m tests.chaos.worker.jumping_clock FILE worker``.

The offset in s is in FILE. The clock is set by time-machine inside the worker, and the monotonic clock goes on, as it
does in reality. libfaketime would reach C too, but breaks what it should leave alone: ``time.sleep`` fails (EINVAL),
and two threads that hand the interpreter's lock to each other are eight times as slow (version 0.9.10).
"""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

import time_machine

from tgwire.cli import main

LOOK_S = 0.05


def jumping(file: Path, *arguments: str) -> list[str]:
    """The program, a module and its arguments, of a ``tgwire`` with these arguments whose clock follows a file."""
    return ["tests.chaos.worker.jumping_clock", str(file), *arguments]


def set_offset(file: Path, offset_s: int) -> None:
    """Let the clocks that follow a file jump, in one step."""
    beside = file.with_suffix(".tmp")
    beside.write_text(f"{offset_s:+d}\n")
    beside.replace(file)


def follow(file: Path) -> None:
    """Let this process's wall clock differ from the true one by the offset in a file, for good."""
    known = int(file.read_text())
    traveller = time_machine.travel(timedelta(seconds=known)).start()

    def look() -> None:
        nonlocal known
        try:
            while True:
                if (offset := int(file.read_text())) != known:
                    traveller.shift(offset - known)
                    known = offset
                threading.Event().wait(LOOK_S)
        finally:
            os._exit(1)  # a stopped clock would test nothing

    threading.Thread(target=look, name="jumping-clock", daemon=True).start()


if __name__ == "__main__":
    follow(Path(sys.argv.pop(1)))
    main()
