"""All measurements, a file of figures and a plot: ``make bench``, or ``python -m benchmarks``."""

import sys
import tempfile
from pathlib import Path

from benchmarks import core, end_to_end, memory, peers
from benchmarks.results import show, write
from tgwire.local_broker import missing, start_broker


def main() -> int:
    """Run everything: about five minutes on two quiet cores."""
    if reason := missing("apache"):
        sys.stderr.write(f"The benchmarks need Apache Kafka: {reason}\n")
        return 1
    tables = []
    for measure in (memory.measure, core.measure):
        tables.append(measure())
        show(tables[-1])
    with tempfile.TemporaryDirectory() as scratch, start_broker("apache") as broker:
        settings, folder = broker.settings(), Path(scratch)
        for run in (end_to_end.throughput, end_to_end.latency, peers.compare):
            tables.append(run(settings, folder))
            show(tables[-1])
    sys.stdout.write(f"Figures and plot are in {write(tables)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
