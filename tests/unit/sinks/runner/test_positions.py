"""Where a sink reads on: each case is a decision, or a refusal in words."""

import pytest

from schemas.times import DAY_MS
from sinks.contract import END, START, Partition, PartitionPosition
from sinks.runner.positions import Log, Resumption, resumption, resumptions

PARTITION = Partition("posts.normalized", "a" * 32, 3)
NOW_MS = 1_772_000_000_000
LOG = Log(100, 900, delete_retention_ms=30 * DAY_MS)


def test_a_partition_that_is_not_known_is_read_from_its_first_record() -> None:
    assert resumption(PARTITION, START, LOG, NOW_MS) == Resumption(100, is_moved=True)
    assert resumptions({}, {PARTITION: LOG}, NOW_MS) == {PARTITION: Resumption(100, is_moved=True)}


def test_a_sink_that_wants_what_is_new_begins_at_the_end() -> None:
    assert resumption(PARTITION, END, LOG, NOW_MS) == Resumption(900, is_moved=True)


@pytest.mark.parametrize("offset", [100, 500, 900])
def test_an_offset_within_the_log_is_gone_on_with(offset: int) -> None:
    assert resumption(PARTITION, PartitionPosition(offset, NOW_MS - DAY_MS), LOG, NOW_MS) == Resumption(offset)


def test_an_offset_beyond_the_end_is_refused_and_read_again_when_accepted() -> None:
    found = resumption(PARTITION, PartitionPosition(901, NOW_MS), LOG, NOW_MS)
    assert (found.offset, found.is_moved) == (100, True)
    assert "posts.normalized partition 3 ends at offset 900, but the sink has read up to 901" in (found.refusal or "")


def test_an_offset_below_the_start_is_refused_and_the_gap_is_named() -> None:
    found = resumption(PARTITION, PartitionPosition(60, NOW_MS), LOG, NOW_MS)
    assert found.offset == 100
    assert "40 offsets were deleted before it read them" in (found.refusal or "")


def test_a_sink_that_was_away_longer_than_withdrawn_keys_are_kept_is_refused() -> None:
    found = resumption(PARTITION, PartitionPosition(500, NOW_MS - 31 * DAY_MS), LOG, NOW_MS)
    assert found.offset == 500
    assert "last written 31.0 days ago" in (found.refusal or "")
    assert "for 30.0 days (delete.retention.ms)" in (found.refusal or "")


def test_a_sink_that_missed_nothing_was_not_away() -> None:
    assert resumption(PARTITION, PartitionPosition(900, NOW_MS - 90 * DAY_MS), LOG, NOW_MS) == Resumption(900)


@pytest.mark.parametrize(
    ("written_ms", "log"), [(None, LOG), (NOW_MS - 90 * DAY_MS, Log(100, 900)), (NOW_MS - 29 * DAY_MS, LOG)]
)
def test_nothing_is_refused_without_a_reason(written_ms: int | None, log: Log) -> None:
    assert resumption(PARTITION, PartitionPosition(500, written_ms), log, NOW_MS) == Resumption(500)
