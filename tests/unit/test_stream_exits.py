"""Counts that outlive the process."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from processors.errors import DataDirError, HoleError, StallError
from processors.stream.exits import FILE_NAME, ExitLog
from processors.stream.metrics import WorkerMetrics


def test_counts_are_kept_over_restarts(tmp_path: Path) -> None:
    for _ in range(2):
        log = ExitLog(tmp_path)
        log.record(HoleError("p.posts.raw.live", "…"), "posts.raw.live")
        log.record(StallError("…"), None)
    log = ExitLog(tmp_path)
    assert log.exits == {"hole": 2, "stall": 2}
    assert log.gaps == {"posts.raw.live": 2}


def test_metrics_start_from_the_kept_counts() -> None:
    registry = CollectorRegistry()
    WorkerMetrics(registry).start({"hole": 3}, {"posts.raw.live": 3}, ("posts.raw.live", "posts.analyzed"))
    value = registry.get_sample_value
    assert value("tgwire_worker_exits_total", {"reason": "hole"}) == 3
    assert value("tgwire_worker_exits_total", {"reason": "stall"}) == 0
    assert value("tgwire_continuity_gaps_total", {"topic": "posts.raw.live"}) == 3
    assert value("tgwire_continuity_gaps_total", {"topic": "posts.analyzed"}) == 0


def test_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"{")
    with pytest.raises(DataDirError, match=f"{FILE_NAME} is damaged"):
        ExitLog(tmp_path)
