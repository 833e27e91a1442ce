"""A whole state folder that is an older copy: the topic knows more than the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ingest.ledger.ledger import Ledger
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from runtime.kafka.errors import ClusterUnreachableError
from runtime.kafka.topic_reader import StoredRecord
from runtime.settings.kafka import KafkaSettings
from tgwire.processes import published_since
from tgwire.processes.published_since import compare_with_topic

SETTINGS = KafkaSettings(bootstrap_servers="127.0.0.1:1")
WRITTEN_AT = 1_000_000.0


def record(channel_id: int, message_id: int, after_s: float) -> StoredRecord:
    value = b'{"channel": {"id": %d}, "message_id": %d, "order": 1}' % (channel_id, message_id)
    return StoredRecord(0, message_id, int((WRITTEN_AT + after_s) * 1000), b"key", value, ())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path, "topic:1", lambda: WRITTEN_AT) as ledger:
        ledger.start(1, 5)
        ledger.apply([LedgerUpdate(1, frontier=10)])
    with Ledger(tmp_path, "topic:1", lambda: WRITTEN_AT) as ledger:
        yield ledger


def in_topic(monkeypatch: pytest.MonkeyPatch, *records: StoredRecord) -> None:
    monkeypatch.setattr(published_since, "read_topic", lambda *_, **__: (record for record in records))


def test_posts_that_were_published_long_after_the_ledger_was_written_make_it_an_older_copy(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_topic(monkeypatch, record(1, 9, 3600), record(1, 14, 3601), record(1, 12, 3602), record(2, 99, 3603))
    compare_with_topic(ledger, SETTINGS)
    assert "is an older copy" in (ledger.notice or "")
    assert ledger.lost_progress(1) == ChannelProgress(started_at=5, frontier=14, backfilled=0)
    assert ledger.lost_progress(2) is None, "another collector's"
    assert not ledger.was_clean


def test_what_a_kill_left_unrecorded_is_known_and_nothing_is_reported(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_topic(monkeypatch, record(1, 12, 4.0))
    compare_with_topic(ledger, SETTINGS)
    assert ledger.notice is None
    assert ledger.lost_progress(1) == ChannelProgress(started_at=5, frontier=12, backfilled=0)


def test_a_topic_that_has_nothing_more_leaves_the_ledger_as_it_is(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = StoredRecord(0, 1, int(WRITTEN_AT * 1000), None, b"no post", ())
    in_topic(monkeypatch, broken, record(1, 10, 1.0), record(1, 7, 3600))  # the last one is an edit
    compare_with_topic(ledger, SETTINGS)
    assert (ledger.notice, ledger.lost_progress(1), ledger.was_clean) == (None, None, True)


def test_what_was_replayed_onto_the_live_lane_is_not_taken_for_what_was_collected(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post of a file without ids has one far above all of Telegram's: the channel would end there."""
    at_ms = int((WRITTEN_AT + 3600) * 1000)
    values = (
        b'{"channel": {"id": 1}, "message_id": 4503599627370501, "order": null}',
        b'{"channel": {"id": 1}, "message_id": 20}',
        b'{"channel": {"id": 1}, "message_id": 4503599627370501, "order": 1}',
        b'{"channel": {"id": 1}, "message_id": 1e400, "order": 1}',
    )
    in_topic(monkeypatch, *(StoredRecord(0, number, at_ms, b"1", value, ()) for number, value in enumerate(values)))
    compare_with_topic(ledger, SETTINGS)
    assert (ledger.notice, ledger.lost_progress(1), ledger.was_clean) == (None, None, True)


def test_a_new_ledger_for_a_topic_that_has_posts_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_since, "end_offsets", lambda *_: {0: 3, 1: 4})
    with structlog.testing.capture_logs() as said, Ledger(tmp_path, "topic:1") as ledger:
        compare_with_topic(ledger, SETTINGS)
    (line,) = said
    assert line["event"].startswith("the ledger is new, and the topic is not")
    assert "--backfill" in line["event"]
    assert line["posts"] == 7


def test_a_topic_that_cannot_be_read_is_reported(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Iterator[StoredRecord]:
        raise ClusterUnreachableError("gave no records")

    monkeypatch.setattr(published_since, "read_topic", fail)
    with structlog.testing.capture_logs() as said:
        compare_with_topic(ledger, SETTINGS)
    assert said[0]["event"] == "it is unknown whether the ledger is an older copy"
    assert ledger.notice is None


def test_what_a_start_could_not_look_at_is_looked_at_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger(tmp_path, "topic:1", lambda: WRITTEN_AT) as ledger:
        ledger.start(1, 5)
    for _ in range(2):  # they end before they have asked the topic, or it cannot be read
        with Ledger(tmp_path, "topic:1", lambda: WRITTEN_AT + 7200):
            pass
    in_topic(monkeypatch, record(1, 14, 3600))
    with Ledger(tmp_path, "topic:1", lambda: WRITTEN_AT + 7200) as third:
        assert third.written_at == WRITTEN_AT
        compare_with_topic(third, SETTINGS)
        assert "is an older copy" in (third.notice or "")
    with Ledger(tmp_path, "topic:1") as fourth:
        assert fourth.written_at == WRITTEN_AT + 7200
