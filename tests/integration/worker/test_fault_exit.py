"""The end of a worker by a fault."""

import subprocess
import sys
from pathlib import Path

from processors.errors import EXIT_BUDGET
from processors.stream.monitoring.exit_counters import ExitLog
from tests.support.patience import DEADLINE_S

PROGRAM = """
import sys
from pathlib import Path
from threading import Thread

from processors.errors import BudgetError, LeaseLostError
from runtime.kafka.cluster_topics import ClusterTopics
from processors.stream.monitoring.exit_counters import ExitLog
from processors.stream.process.fault_exit import FaultExit

class ReleasedMeanwhile(ExitLog):
    def record(self, error, topic):
        super().record(error, topic)
        if isinstance(error, BudgetError):
            other = Thread(target=lambda: ending.fail(LeaseLostError()))
            other.start()
            other.join(0.5)

ending = FaultExit(ClusterTopics("", {}), ReleasedMeanwhile(Path(sys.argv[1])))
ending.fail(BudgetError("a post took too long"))
"""


def test_the_first_of_two_faults_is_counted_and_gives_the_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert (done.returncode, ExitLog(tmp_path).exits) == (EXIT_BUDGET, {"budget": 1})
