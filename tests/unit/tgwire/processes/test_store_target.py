"""What a store lets a ledger know: orders that were given, and posts that an older copy of the ledger lacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry

from ingest.ledger.ledger import Ledger
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import Channel, PostSource, RawPost
from tgwire.embedded.opening import StorePublishers
from tgwire.processes.store_target import StoreTarget

WRITTEN_AT = 1_000_000.0


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


@pytest.fixture
def publishers(tmp_path: Path, analyzer: Analyzer) -> StorePublishers:
    settings = Settings(ingest=IngestSettings(state_dir=tmp_path))
    found = StorePublishers(settings, f"sqlite:{tmp_path / 'tgwire.db'}", IngestMetrics(CollectorRegistry()))
    found._analyzer = analyzer
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path, "store:1", lambda: WRITTEN_AT) as ledger:
        ledger.start(1, 5)
        ledger.apply([LedgerUpdate(1, frontier=10)])
    with Ledger(tmp_path, "store:1", lambda: WRITTEN_AT) as ledger:
        yield ledger


def collected(message: int, after_s: float) -> RawPost:
    order = round((WRITTEN_AT + after_s) * 1e6)
    return RawPost(
        channel=Channel(id=1),
        message_id=message,
        posted_at=datetime.fromtimestamp(WRITTEN_AT, UTC),
        order=order,
        text=f"Rain over the harbour, {message}",
        source=PostSource(kind="test"),
    )


@contextmanager
def target_with(publishers: StorePublishers, *posts: RawPost) -> Iterator[StoreTarget]:
    with publishers.open() as publisher:
        for post in posts:
            publisher.publish(post)
        publisher.flush()
        yield StoreTarget(publishers, publisher)


def test_orders_go_on_above_those_in_the_store(publishers: StorePublishers, ledger: Ledger) -> None:
    with target_with(publishers, collected(3, -90.0), collected(4, 200.0)) as target:
        target.prepare(ledger)
    assert ledger.order.start_us > round((WRITTEN_AT + 200.0) * 1e6)


def test_posts_that_were_stored_long_after_the_ledger_was_written_make_it_an_older_copy(
    publishers: StorePublishers, ledger: Ledger
) -> None:
    with target_with(publishers, collected(14, 3600.0), collected(12, 3601.0)) as target:
        target.prepare(ledger)
    assert "is an older copy" in (ledger.notice or "")
    assert ledger.lost_progress(1) == ChannelProgress(started_at=5, frontier=14, backfilled=0)


def test_what_a_kill_left_unrecorded_is_known_and_nothing_is_reported(
    publishers: StorePublishers, ledger: Ledger
) -> None:
    with target_with(publishers, collected(12, 4.0)) as target:
        target.prepare(ledger)
    assert ledger.notice is None
    assert ledger.lost_progress(1) == ChannelProgress(started_at=5, frontier=12, backfilled=0)


def test_a_new_ledger_over_a_store_with_collected_posts_says_where_it_begins(
    publishers: StorePublishers, tmp_path: Path
) -> None:
    with (
        target_with(publishers, collected(12, 4.0)) as target,
        Ledger(tmp_path / "new", "store:1") as ledger,
        structlog.testing.capture_logs() as logs,
    ):
        target.prepare(ledger)
    assert [log["event"][:40] for log in logs] == ["the ledger is new, and the store is not:"]


def test_the_next_publisher_goes_on_where_the_one_before_was_closed(publishers: StorePublishers) -> None:
    with target_with(publishers, collected(12, 4.0)) as target:
        first = target.open()
        first.close()
        with target.open() as second:
            second.publish(collected(13, 5.0))
            second.flush()
            assert second.store.newest_messages(0.0) == {1: 13}
