"""The short set: a few faults of each kind over a real Apache Kafka. The long one is ``make chaos``."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.worker.faults import all_kinds, cannot_run
from tests.chaos.worker.report import Plan
from tests.chaos.worker.trial import run_trial

SHORT = Plan(
    seed=7,
    rounds=7,
    kinds=("kill", "freeze", "extra", "broker_kill", "disk_full", "cut", "clock"),
    workers=2,
    rate=50.0,
    session_timeout_s=4.0,
    stall_timeout_s=30.0,
)

pytestmark = [
    pytest.mark.integration,
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Each fault makes the clients log hundreds of lines."""
    logger = logging.getLogger("kafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("apache")
def test_every_promise_holds_over_mixed_faults(tmp_path: Path) -> None:
    lines: list[str] = []
    report = run_trial(SHORT, tmp_path, lines.append)
    assert report.is_good, "\n".join([*lines, report.table()])
    assert len(report.rounds) == SHORT.rounds
    assert report.posts > 500
    assert report.quotes > 100
    assert all(report.kinds.values()), report.kinds


def test_a_schedule_is_the_same_for_the_same_seed() -> None:
    plan = Plan(seed=3, rounds=11)
    assert list(plan.schedule()) == list(plan.schedule())
    assert len(list(plan.schedule())) == 11
    assert set(plan.schedule()) == set(plan.kinds)
    assert list(plan.schedule()) != list(Plan(seed=4, rounds=11).schedule())


def test_a_fault_that_nobody_knows_is_refused() -> None:
    assert "no such fault: flood" in str(cannot_run(["kill", "flood"]))


def test_a_fault_that_too_few_brokers_are_there_for_is_refused() -> None:
    command = [sys.executable, "-m", "tests.chaos.worker", "--rounds", "1", "--kinds", "node_kill"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot run here" in done.stderr
    assert cannot_run(["node_kill"], brokers=3) is None
    assert set(all_kinds(brokers=3)) - set(all_kinds(brokers=1)) == {"node_kill"}
