"""Counts that outlive the process."""

from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry

from processors.errors import DataDirError, OffsetGapError, StallError
from processors.stream.monitoring.exit_counters import FILE_NAME, ExitLog
from processors.stream.monitoring.metrics import WorkerMetrics


def test_counts_are_kept_over_restarts(tmp_path: Path) -> None:
    for _ in range(2):
        log = ExitLog(tmp_path)
        log.record(OffsetGapError("p.posts.raw.live", "…"), "posts.raw.live")
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


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"exits": {"bug": "3"}}', b'{"exits": {"bug": -1}}', b"\xff", b"[" * 100_000],
)
def test_a_damaged_file_is_put_aside_and_its_counts_begin_at_0(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with structlog.testing.capture_logs() as said:
        log = ExitLog(tmp_path)
    assert (log.exits, log.gaps) == ({}, {})
    assert (tmp_path / "exits.damaged").read_bytes() == content
    assert said[0]["kept_as"] == str(tmp_path / "exits.damaged")
    log.record(StallError("…"), None)
    assert ExitLog(tmp_path).exits == {"stall": 1}


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(DataDirError, match="cannot be used"):
        ExitLog(tmp_path)
