"""What a ledger keeps of a process that was killed."""

import subprocess
import sys
from pathlib import Path

from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import RESERVE_US
from ingest.ledger.records import ChannelProgress
from tests.support.patience import DEADLINE_S

KILLED = """
import os, sys
from pathlib import Path
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import LedgerUpdate
ledger = Ledger(Path(sys.argv[1]), "topic:1")
ledger.start(1, 10)
ledger.apply([LedgerUpdate(1, frontier=12)])
ledger.commit()
ledger.apply([LedgerUpdate(1, frontier=19)])
os.kill(os.getpid(), 9)
"""


def test_after_a_kill_the_last_commit_is_kept_and_the_lock_is_gone(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=DEADLINE_S)
    assert result.returncode == -9
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.progress(1) == ChannelProgress(10, 12, 0)


_KILLED_WITH_AN_ORDER = """
import os, sys
from pathlib import Path
from ingest.ledger.ledger import Ledger
Ledger(Path(sys.argv[1]), "topic:1").order.reserve(1_000_000)
os._exit(1)
"""


def test_an_order_is_reserved_durably_for_all_topics_of_the_ledger(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED_WITH_AN_ORDER, tmp_path], check=False)
    with Ledger(tmp_path, "topic:2") as ledger:
        assert ledger.order.start_us == 1_000_000 + RESERVE_US
        ledger.order.reserve(ledger.order.start_us)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.order.start_us == 1_000_001 + RESERVE_US, "what was not used is given back at the end"
