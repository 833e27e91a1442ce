import subprocess
import sys
import time
from pathlib import Path

from tests.chaos.worker.jumping_clock import set_offset
from tests.support.patience import DEADLINE_S

PROGRAM = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from tests.chaos.worker.jumping_clock import follow
follow(Path(sys.argv[1]))
for _ in sys.stdin:
    print(time.time(), datetime.now(UTC).timestamp(), time.monotonic(), flush=True)
"""


def test_the_wall_clock_follows_the_file_and_the_monotonic_clock_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    set_offset(file, 3700)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for offset in (3700, -86_400, 86_400, 0):
            set_offset(file, offset)
            deadline = time.monotonic() + DEADLINE_S
            while True:
                asked = time.monotonic()
                process.stdin.write("\n")
                process.stdin.flush()
                wall, dated, monotonic = (float(word) for word in process.stdout.readline().split())
                assert asked <= monotonic <= time.monotonic()
                if abs(wall - time.time() - offset) < 60 and abs(dated - wall) < 60:
                    break
                assert time.monotonic() < deadline
        process.stdin.close()
