"""What registry, lexicons and weights cost to load: ``python -m benchmarks.loading``.

Each run is a process of its own, in which everything else that quotes and citations need is imported beforehand. CPU
milliseconds and megabytes of resident memory; the median of the runs counts.
"""

import subprocess
import sys
from statistics import median

from benchmarks.results import Row, Table, show

RUNS = 9
_PROGRAM = """
import time
import processors.core.quotes, processors.core.citations
from pathlib import Path

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024

started, before = time.process_time(), resident_mb()
splitter = processors.core.quotes.load_splitter()
processors.core.citations.load_finder(splitter.registry)
print((time.process_time() - started) * 1000, resident_mb() - before)
"""


def measure(runs: int = RUNS) -> tuple[Table, Table]:
    """Time and memory, as two tables."""
    cpu_ms, memory_mb = zip(*(_once() for _ in range(runs)), strict=True)
    row = "registry, lexicons, weights"
    return (
        Table("loading_cpu", "CPU to load", "ms", (Row(row, median(cpu_ms)),)),
        Table("loading_memory", "Memory of what is loaded", "MB", (Row(row, median(memory_mb)),)),
    )


def _once() -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    cpu_ms, memory_mb = map(float, done.stdout.split())
    return cpu_ms, memory_mb


if __name__ == "__main__":
    for table in measure():
        show(table)
