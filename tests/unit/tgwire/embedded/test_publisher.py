"""Posts on their way into a store: when they count as published, what is repeated, and what nobody can keep."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
import structlog
from prometheus_client import CollectorRegistry

from ingest.errors import PostTooLargeError, UnexpectedDeliveryError
from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from processors.stream.monitoring.post_budget import OverBudgetError
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import DedupSettings
from schemas import Channel, ChannelState, Counters, CounterUpdate, Lane, PostSource, RawPost
from schemas.channel_state import ChannelCondition
from schemas.times import DAY_MS
from schemas.topics import MAX_RAW_BYTES
from sinks.store.database import DbRow
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.errors import StoreError, StoreInUseError, StoreUnavailableError
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.upkeep.copying import copy_store
from sinks.store.upkeep.erasure import erase_posts
from tests.support.patience import DEADLINE_S
from tests.support.store.feed import Feed
from tests.support.store.stores import sqlite_store
from tgwire.embedded import duplicates
from tgwire.embedded import publisher as publisher_module
from tgwire.embedded.errors import StoreAwayError, StoreRefusesError
from tgwire.embedded.opening import StorePublishers
from tgwire.embedded.processor import EmbeddedProcessor
from tgwire.embedded.publisher import StoreDelivery

START = datetime(2026, 3, 1, tzinfo=UTC)
HARBOUR = "The harbour of the northern town was closed this morning after a storm had moved sand into it, they said."
GRAIN = "A report about the price of grain in the southern provinces, as the ministry has announced to the press today."


def raw(channel: int, text: str, message: int = 1) -> RawPost:
    return RawPost(
        channel=Channel(id=channel),
        message_id=message,
        posted_at=START + timedelta(minutes=channel),
        text=text,
        lane=Lane.BACKFILL,
        source=PostSource(kind="test"),
    )


class Place:
    """A folder of state with a store in it."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self.folder, self.path = folder, folder / "tgwire.db"
        self._analyzer = analyzer
        self.timeout_s = 60.0

    @property
    def publishers(self) -> StorePublishers:
        settings = Settings(ingest=IngestSettings(state_dir=self.folder, delivery_timeout_s=self.timeout_s))
        found = StorePublishers(settings, f"sqlite:{self.path}", IngestMetrics(CollectorRegistry()))
        found._analyzer = self._analyzer  # which takes a second to load
        return found

    def publish(self, *posts: RawPost) -> None:
        """By a process of its own, to its end."""
        with self.publishers.open() as publisher:
            for post in posts:
                publisher.publish(post)
            publisher.flush()

    def rows(self, query: str) -> list[DbRow]:
        database = SqliteDatabase(self.path)
        try:
            with database.reading() as reader:
                return reader.rows(query)
        finally:
            database.close()

    @property
    def copies(self) -> list[DbRow]:
        """What posts repeat."""
        return self.rows("SELECT key, target FROM links WHERE target IS NOT NULL ORDER BY key")


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


@pytest.fixture
def place(tmp_path: Path, analyzer: Analyzer) -> Place:
    return Place(tmp_path, analyzer)


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, times: int) -> Iterator[list[int]]:
    """Commits of a store fail some times; the numbers at which they were tried."""
    commit: Any = EmbeddedStore._commit
    tried: list[int] = []

    def fail(store: EmbeddedStore, *arguments: Any) -> None:
        tried.append(store.next_number)
        if len(tried) <= times:
            raise error
        commit(store, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedStore, "_commit", fail)
        yield tried


# -- acknowledgement


def test_a_post_is_acknowledged_when_the_store_has_it(place: Place) -> None:
    with place.publishers.open() as publisher:
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher.flush()
        assert (delivery.is_settled, delivery.error) == (True, None)
        assert place.rows("SELECT key, message_id FROM posts") == [("tg:1:1", 1)]


def test_a_write_that_fails_for_now_is_repeated_as_it_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, StoreUnavailableError("the disk is full"), times=2) as tried:
        place.publish(raw(1, HARBOUR), raw(2, HARBOUR))
        assert tried[:3] == [0, 0, 0]
    assert place.copies == [("tg:2:1", "tg:1:1")]
    assert place.rows("SELECT sum(posts) FROM hourly") == [(2,)]


def test_a_store_that_takes_nothing_for_long_ends_it_and_nothing_is_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.timeout_s = 0.01
    with (
        failing(monkeypatch, StoreUnavailableError("the disk is full"), times=99),
        place.publishers.open() as publisher,
    ):
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, StoreAwayError)
        assert "the disk is full. Nothing is lost" in str(delivery.error)
        with pytest.raises(StoreAwayError):
            publisher.publish(raw(2, HARBOUR))
    place.timeout_s = 60.0
    place.publish(raw(1, HARBOUR), raw(2, HARBOUR))
    assert place.copies == [("tg:2:1", "tg:1:1")]


def test_a_read_that_fails_for_now_is_repeated(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = EmbeddedStore.known
    tried: list[Sequence[str]] = []

    def fail(store: EmbeddedStore, keys: Sequence[str], epoch: int) -> Any:
        tried.append(keys)
        if len(tried) <= 2:
            raise StoreUnavailableError("the server is away")
        return known(store, keys, epoch)

    monkeypatch.setattr(EmbeddedStore, "known", fail)
    place.publish(raw(1, HARBOUR), raw(2, HARBOUR))
    assert tried[:3] == [tried[0]] * 3
    assert place.copies == [("tg:2:1", "tg:1:1")]


def test_a_read_that_fails_for_long_ends_it_as_a_store_that_is_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreUnavailableError("the server is away")

    monkeypatch.setattr(EmbeddedStore, "known", fail)
    place.timeout_s = 0.01
    with place.publishers.open() as publisher:
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, StoreAwayError)
        assert str(delivery.error) == "the server is away. Nothing is lost: the same command resumes here."


def test_a_log_that_cannot_be_shortened_for_now_ends_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailableError("the server is away")

    with structlog.testing.capture_logs() as logs, place.publishers.open() as publisher:
        monkeypatch.setattr(EmbeddedStore, "forget_log", fail)
        publisher._duplicates._forgot_at -= 3601  # it is due
        for channel in (1, 2):
            publisher.publish(raw(channel, HARBOUR))
            publisher.flush()
    assert place.copies == [("tg:2:1", "tg:1:1")]
    assert [each["problem"] for each in logs if "shortened later" in each["event"]] == ["the server is away"]


def test_an_error_of_a_store_that_is_away_is_named_as_such(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailableError("the server is away")

    monkeypatch.setattr(EmbeddedProcessor, "work", fail)
    with place.publishers.open() as publisher:
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, StoreAwayError)


def test_a_full_disk_ends_it_in_words_and_the_next_start_goes_on(place: Place) -> None:
    place.publish(raw(1, HARBOUR))
    place.timeout_s = 0.01
    with place.publishers.open() as publisher:
        connection = publisher.store._database._connection  # type: ignore[attr-defined]
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        deliveries: list[StoreDelivery] = []
        with suppress(StoreAwayError):  # it may be full before the last one is sent
            deliveries.extend(publisher.publish(raw(2, f"{HARBOUR} {number}" * 20, number)) for number in range(1, 100))
        publisher._thread.join(DEADLINE_S)
        with pytest.raises(StoreAwayError, match="the disk is full"):
            publisher.publish(raw(3, HARBOUR))
    stored = place.rows("SELECT count(*) FROM posts WHERE channel_id = 2")[0][0]
    assert stored == sum(each.error is None for each in deliveries) < 99
    place.timeout_s = 60.0
    place.publish(*(raw(2, f"{HARBOUR} {number}" * 20, number) for number in range(1, 100)))
    assert place.rows("SELECT sum(posts) FROM hourly") == [(100,)]


def test_a_store_that_can_only_be_read_ends_it_in_its_own_words(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        failing(monkeypatch, StoreError("tgwire.db: this user may only read it"), times=99),
        place.publishers.open() as publisher,
    ):
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, StoreRefusesError)
        assert str(delivery.error) == "tgwire.db: this user may only read it"


def test_a_fault_of_the_program_acknowledges_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, KeyError("x"), times=99), place.publishers.open() as publisher:
        delivery = publisher.publish(raw(1, HARBOUR))
        publisher._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, UnexpectedDeliveryError)


def test_a_post_that_is_too_large_is_refused_and_others_follow(place: Place) -> None:
    with place.publishers.open() as publisher:
        with pytest.raises(PostTooLargeError):
            publisher.publish(raw(1, "x" * MAX_RAW_BYTES))
        publisher.publish(raw(2, HARBOUR))
        publisher.flush()
    assert place.rows("SELECT key FROM posts") == [("tg:2:1",)]


def test_counts_and_states_of_channels_go_to_the_store_as_well(place: Place) -> None:
    counters = Counters(observed_at=START, views=12)
    state = ChannelState(channel=Channel(id=1), condition=ChannelCondition.LIVE, since=START, observed_at=START)
    with place.publishers.open() as publisher:
        publisher.publish(raw(1, HARBOUR))
        publisher.publish_counters(CounterUpdate(key="tg:1:1", counters=counters))
        publisher.publish_state(1, state)
        publisher.publish_state(2, None)
        publisher.flush()
    assert place.rows("SELECT key, views FROM counters") == [("tg:1:1", 12)]
    assert place.rows("SELECT id, state FROM channels ORDER BY id") == [(1, "live"), (2, "unwatched")]


def test_the_destination_is_the_store_and_its_epoch(place: Place) -> None:
    with place.publishers.open() as publisher:
        first = publisher.destination(Lane.LIVE)
    with place.publishers.open() as publisher:
        assert publisher.destination(Lane.LIVE) == first != publisher.destination(Lane.BACKFILL)
    database = SqliteDatabase(place.path)
    with database.writing() as writer:  # as a restored backup has it
        writer.execute("UPDATE meta SET value = '2' WHERE name = 'epoch'")
    database.close()
    with place.publishers.open() as publisher:
        assert publisher.destination(Lane.LIVE) != first


def test_a_store_that_is_at_work_when_it_is_closed_is_free_when_that_is_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit: Any = EmbeddedStore._commit
    is_at_work, may_end = threading.Event(), threading.Event()

    def commit_slowly(store: EmbeddedStore, *arguments: Any) -> None:
        is_at_work.set()
        assert may_end.wait(DEADLINE_S)
        commit(store, *arguments)

    monkeypatch.setattr(EmbeddedStore, "_commit", commit_slowly)
    monkeypatch.setattr(publisher_module, "_CLOSE_S", 0.01)
    with structlog.testing.capture_logs() as logs:
        publisher = place.publishers.open()
        delivery = publisher.publish(raw(1, HARBOUR))
        assert is_at_work.wait(DEADLINE_S)
        publisher.close()
    assert [each["event"] for each in logs if each["log_level"] == "warning"] == [
        "the store is still at work; it is closed when that is done"
    ]
    assert not delivery.is_settled
    may_end.set()
    publisher._thread.join(DEADLINE_S)
    assert (delivery.is_settled, delivery.error) == (True, None)
    place.publishers.open().close()  # nobody has it any more
    assert place.rows("SELECT key FROM posts") == [("tg:1:1",)]


# -- what nobody can keep


def test_a_post_that_analysis_fails_on_is_listed_and_the_others_are_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze: Any = Analyzer.analyze_all

    def fail(analyzer: Analyzer, raws: Sequence[RawPost]) -> Any:
        if any(each.text == GRAIN for each in raws):
            raise ValueError("a secret of the post")
        return analyze(analyzer, raws)

    monkeypatch.setattr(Analyzer, "analyze_all", fail)
    with place.publishers.open() as publisher:
        deliveries = [publisher.publish(post) for post in (raw(1, HARBOUR), raw(2, GRAIN), raw(3, HARBOUR))]
        publisher.flush()
    assert all(each.error is None for each in deliveries)
    assert place.copies == [("tg:3:1", "tg:1:1")]
    (letter,) = [orjson.loads(line) for line in publisher.dead_letters.path.read_bytes().splitlines()]
    assert (letter["key"], letter["reason"], letter["message"]) == ("tg:2:1", "failed", "unexpected ValueError")
    assert orjson.loads(letter["raw"])["text"] == GRAIN
    assert publisher.dead_letters.written == 1


def test_erased_posts_do_not_come_back_and_are_counted(place: Place) -> None:
    place.publish(raw(1, HARBOUR))
    database = SqliteDatabase(place.path)
    erase_posts(database, ["tg:1:1"])
    database.close()
    with place.publishers.open() as publisher:
        publisher.publish(raw(1, HARBOUR))
        publisher.publish(raw(2, GRAIN))
        publisher.flush()
        assert publisher.passed_over == 1
    assert place.rows("SELECT key FROM posts") == [("tg:2:1",)]


# -- the next start


def snapshots(place: Place) -> list[Path]:
    return sorted((place.folder / "duplicates").rglob("*.days"))


@pytest.mark.parametrize("has_snapshots", [True, False])
def test_copies_of_posts_of_an_earlier_start_are_found(place: Place, has_snapshots: bool) -> None:
    place.publish(raw(1, HARBOUR))
    assert snapshots(place)
    if not has_snapshots:
        for path in snapshots(place):
            path.unlink()
    place.publish(raw(2, HARBOUR), raw(3, GRAIN))
    assert place.copies == [("tg:2:1", "tg:1:1")]


def test_snapshots_that_are_ahead_of_an_older_copy_of_the_store_are_not_believed(place: Place) -> None:
    place.publish(raw(1, GRAIN))
    older = place.path.read_bytes()
    place.publish(raw(2, HARBOUR))
    place.path.write_bytes(older)
    place.publish(raw(5, GRAIN), raw(6, GRAIN), raw(7, GRAIN))  # the log goes on where the snapshots have others
    place.publish(raw(3, HARBOUR), raw(4, GRAIN))
    assert place.copies == [("tg:4:1", "tg:1:1"), ("tg:5:1", "tg:1:1"), ("tg:6:1", "tg:1:1"), ("tg:7:1", "tg:1:1")]


def test_the_log_is_kept_for_as_long_as_duplicate_detection_looks_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.publish(raw(1, HARBOUR))
    database = SqliteDatabase(place.path)
    with database.writing() as writer:
        writer.execute("UPDATE fingerprints SET at_ms = at_ms - ?", ((DedupSettings().kept_days + 1) * DAY_MS,))
    database.close()
    place.publish(raw(2, GRAIN))
    assert place.rows("SELECT count(*) FROM fingerprints") == [(1,)]


# -- stores that cannot be used


def test_one_process_at_a_time_writes_to_a_store(place: Place) -> None:
    with place.publishers.open(), pytest.raises(StoreInUseError, match=r"another process( \(pid \d+\))? writes to it"):
        place.publishers.open()


def test_a_store_that_is_filled_from_kafka_is_refused(place: Place) -> None:
    Feed(sqlite_store(place.path)).close()
    with pytest.raises(StoreError, match="`tgwire sink store` fills it from Kafka"):
        place.publishers.open()


def test_a_store_that_one_process_fills_is_no_place_for_the_sink(place: Place) -> None:
    place.publish(raw(1, HARBOUR))
    with pytest.raises(StoreError, match="`tgwire up` or `tgwire replay --to store` fills it"):
        Feed(sqlite_store(place.path))


def test_another_table_of_homes_clears_the_fingerprints(place: Place) -> None:
    place.publish(raw(1, HARBOUR))
    assert place.rows("SELECT count(home) FROM posts") == [(1,)]
    EmbeddedStore(SqliteDatabase(place.path), "other homes").close()
    assert place.rows("SELECT count(home) FROM posts") == [(0,)]
    assert place.rows("SELECT count(*) FROM fingerprints") == [(0,)]


def test_a_copy_of_the_store_knows_what_later_posts_repeat(place: Place, tmp_path: Path, analyzer: Analyzer) -> None:
    place.publish(raw(1, HARBOUR))
    other = Place(tmp_path / "other", analyzer)
    with closing(SqliteDatabase(place.path)) as source, closing(SqliteDatabase(other.path)) as target:
        copy_store(source, target)
    other.publish(raw(2, HARBOUR))
    assert other.copies == [("tg:2:1", "tg:1:1")]


def test_a_clock_that_is_weeks_ahead_for_a_moment_forgets_no_fingerprints(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_s, began_s = 86_400, START.timestamp()
    wall_s = [began_s]
    clock = SimpleNamespace(time=lambda: wall_s[0], time_ns=lambda: int(wall_s[0] * 1e9), monotonic=time.monotonic)
    monkeypatch.setattr(duplicates, "time", clock)
    with place.publishers.open() as publisher:
        publisher.publish(raw(1, HARBOUR))
        publisher.flush()
        wall_s[0] += (DedupSettings().kept_days + 7) * day_s
        publisher._duplicates._forgot_at -= 2 * 3600  # it is due
        publisher.publish(raw(2, HARBOUR))
        publisher.flush()
        publisher.publish(raw(3, GRAIN))
        publisher.flush()
    at_ms = [at for (at,) in place.rows("SELECT at_ms FROM fingerprints ORDER BY seq")]
    assert len(at_ms) == 3
    assert max(at_ms) < (began_s + day_s) * 1000


def test_a_post_that_takes_too_long_is_set_aside_and_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze_all, publishers = place._analyzer.analyze_all, place.publishers

    def slow(post: RawPost) -> object:
        if post.text == GRAIN:
            raise OverBudgetError  # as the budget does within it
        return analyze_all([post])[0]

    monkeypatch.setattr(place._analyzer, "analyze", slow)
    monkeypatch.setattr(place._analyzer, "analyze_all", lambda posts: [slow(post) for post in posts])
    with publishers.open() as publisher:
        deliveries = [publisher.publish(raw(1, HARBOUR)), publisher.publish(raw(2, GRAIN))]
        publisher.flush()
        assert all(each.is_settled and each.error is None for each in deliveries)
    (letter,) = map(orjson.loads, publishers.dead_letters.path.read_bytes().splitlines())
    assert (letter["key"], letter["reason"]) == ("tg:2:1", "time_budget")
    assert place.rows("SELECT key FROM posts") == [("tg:1:1",)]
    assert publishers.metrics.set_aside.labels("raw", "time_budget")._value.get() == 1
