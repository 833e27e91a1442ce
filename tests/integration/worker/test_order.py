"""The last record of a post is that of its newest state, whatever the order of arrival; over a real broker."""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import PIPELINE_VERSION
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics, delete_topics, recreate_topic
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import (
    Channel,
    DuplicateRecord,
    ForwardOrigin,
    Lane,
    Media,
    MediaKind,
    NormalizedPost,
    PostSource,
    QuoteRecord,
    RawPost,
    Tombstone,
)
from schemas.rank import microseconds
from schemas.topics import DEAD_LETTERS, DUPLICATES, NORMALIZED, QUOTES, STATES, Topic
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S
from tests.support.warm_process import environment_of, start, worker_process
from tgwire.cli.app import app
from tgwire.processes.child import environment, stop

POSTED = datetime(2026, 3, 1, 10, tzinfo=UTC)
SEEN = microseconds(datetime(2026, 3, 1, 10, 1, tzinfo=UTC))
ENGLISH = "The government said on Monday that the new road between both cities would open in spring"
FRENCH = "Le gouvernement a annoncé lundi que la nouvelle route entre les deux villes ouvrirait au printemps"
LEAD_IN = "Western media are discussing the new road between both cities and calling it a failure:"
ITEMS = (
    '🔹The British newspaper Telegraph came out with the headline "The road to nowhere".',
    '🔹The European edition of the Politico newspaper writes about the "complete failure" of the road.',
    '🔹The New York Times newspaper believes that the road could "remove one of the difficulties" of trade.',
    "🔹The German Berliner Zeitung notes that the road was expensive.",
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True),  # what is at stake is no matter of the broker
]

_channels = count(5001)


@dataclass
class Post:
    """A post, and the states of it that a collector or an archive hands on."""

    channel: int = field(default_factory=lambda: next(_channels))
    message: int = 10
    posted: datetime = POSTED

    @property
    def key(self) -> str:
        return f"tg:{self.channel}:{self.message}"

    def seen(self, second: int, text: str, **changes: object) -> RawPost:
        """As the collector saw it so many seconds after it was posted."""
        return self._raw(text, Lane.LIVE).model_copy(
            update={"order": SEEN + second * 1_000_000, "collected_at": POSTED + timedelta(minutes=2)} | changes
        )

    def gone(self, second: int) -> RawPost:
        """Deleted, as the collector saw it."""
        return self.seen(second, "", is_deleted=True, posted_at=None)

    def archived(self, text: str, edited: datetime | None = None) -> RawPost:
        """As an archive has it."""
        return self._raw(text, Lane.BACKFILL).model_copy(update={"edited_at": edited})

    def _raw(self, text: str, lane: Lane) -> RawPost:
        return RawPost(
            channel=Channel(id=self.channel),
            message_id=self.message,
            posted_at=self.posted,
            text=text,
            source=PostSource(kind="test"),
            lane=lane,
        )


EndState = dict[Topic, dict[str, bytes | None]]


class Pipeline:
    """Topics of its own, a worker over them, and what the topics hold in the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def publish(self, *states: RawPost) -> None:
        """Hand states on, each in its lane."""
        with KafkaPublisher(self.settings.kafka, IngestSettings(), IngestMetrics(CollectorRegistry())) as publisher:
            for one in states:
                publisher.publish(one)
            publisher.flush()

    def take(self, *states: RawPost) -> None:
        """Hand states on, and wait until the worker is done with them."""
        self.publish(*states)
        self.wait(lambda: not any(group_lag(self.settings.kafka, self.settings.worker.group).values()))

    def wait(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not is_done():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(KAFKA_POLL_S)  # a poll, not a hope: the deadline above ends it

    @property
    def log(self) -> Path:
        return self.settings.worker.data_dir / "worker.log"

    @contextmanager
    def worker(self) -> Iterator[None]:
        with worker_process(self.settings, self.log):
            yield

    @contextmanager
    def worker_of_version(self, version: str) -> Iterator[None]:
        """A worker whose records name another version of the pipeline."""
        with self.log.open("ab") as log:
            program = "tests.integration.worker.renewed_worker"
            process = start(program, version, env=environment_of(self.settings), stdout=log, stderr=log)
        try:
            yield
        finally:
            stop(process)

    def end(self) -> EndState:
        """The last value of each key. No message may be a dead letter."""
        assert [dict(letter.headers) for letter in read_topic(self.settings.kafka, DEAD_LETTERS)] == []
        return {
            topic: {(record.key or b"").decode(): record.value for record in read_topic(self.settings.kafka, topic)}
            for topic in (NORMALIZED, QUOTES, DUPLICATES)
        }

    def records(self, post: Post) -> "Records":
        return Records.of(self.end(), post.key)


@dataclass
class Records:
    """What readers have of a post in the end."""

    post: NormalizedPost | None
    tombstone: Tombstone | None
    quotes: list[int]
    """Positions of the quotes that are not withdrawn."""
    withdrawn: list[int]
    verdict: DuplicateRecord | None
    has_verdict: bool

    @classmethod
    def of(cls, end: EndState, key: str) -> "Records":
        value = end[NORMALIZED].get(key)
        is_tombstone = value is not None and b'"type":"tombstone"' in value
        quotes = {quote: found for quote, found in end[QUOTES].items() if quote.startswith(f"{key}:")}
        for found in quotes.values():
            if found is not None and value is not None:
                assert QuoteRecord.model_validate_json(found).revision.encode() in value, "of the last record"
        verdict = end[DUPLICATES].get(key)
        return cls(
            post=None if value is None or is_tombstone else NormalizedPost.model_validate_json(value),
            tombstone=Tombstone.model_validate_json(value or b"") if is_tombstone else None,
            quotes=sorted(int(quote.rpartition(":")[2]) for quote, found in quotes.items() if found is not None),
            withdrawn=sorted(int(quote.rpartition(":")[2]) for quote, found in quotes.items() if found is None),
            verdict=None if verdict is None else DuplicateRecord.model_validate_json(verdict),
            has_verdict=key in end[DUPLICATES],
        )

    def require(self, state: RawPost) -> NormalizedPost:
        """The record must be that of a state, and the verdict that of the record."""
        assert self.post is not None, self.tombstone
        assert self.post.text == state.text
        assert self.verdict is not None
        assert (self.verdict.revision, self.verdict.rank) == (self.post.revision, self.post.provenance.rank)
        return self.post

    def require_deleted(self) -> None:
        """Nothing of the post may be left but that it is gone."""
        assert self.tombstone is not None
        assert (self.has_verdict, self.verdict, self.quotes) == (True, None, [])


@pytest.fixture(scope="module")
def new_pipeline(
    kafka_access: KafkaSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Pipeline]]:
    with ExitStack() as stack:

        def new() -> Pipeline:
            prefix = f"t{uuid.uuid4().hex[:8]}."
            kafka = kafka_access.model_copy(update={"topic_prefix": prefix})
            worker = WorkerSettings(
                group=prefix + "group", data_dir=tmp_path_factory.mktemp("worker"), session_timeout_s=SESSION_S
            )
            create_topics(kafka)
            stack.callback(delete_topics, kafka)
            return Pipeline(Settings(kafka=kafka, worker=worker, log=LogSettings(format="json")))

        yield new


@pytest.fixture(scope="module")
def running(new_pipeline: Callable[[], Pipeline]) -> Iterator[Pipeline]:
    """One worker for all tests that need it to run and no more: each has channels of its own."""
    pipeline = new_pipeline()
    with pipeline.worker():
        yield pipeline


def test_an_album_whose_part_is_edited_and_then_deleted_ends_without_it(running: Pipeline) -> None:
    """What is left of an album has an earlier edit date than the part that is gone."""
    post = Post()
    both = tuple(Media(kind=MediaKind.PHOTO, id=name, message_id=10 + n) for n, name in enumerate(("a", "b")))
    edited = POSTED + timedelta(hours=1)
    running.take(
        post.seen(1, ENGLISH, media=both, album_id=9),
        post.seen(2, ENGLISH + " of next year", media=both, album_id=9, edited_at=edited),
    )
    last = post.seen(3, ENGLISH, media=both[:1], album_id=9, edited_at=None)
    running.take(last)
    record = running.records(post).require(last)
    assert [media.id for media in record.media] == ["a"]


def test_a_reaction_after_an_edit_that_was_not_seen_brings_the_edited_text(running: Pipeline) -> None:
    """The edit is hidden: it carries the edit date of before, or none."""
    post = Post()
    last = post.seen(2, ENGLISH + " of next year", edited_at=POSTED + timedelta(minutes=1))
    running.take(post.seen(1, ENGLISH, edited_at=POSTED + timedelta(minutes=5)), last)
    running.records(post).require(last)


def test_a_post_that_comes_back_after_its_deletion_is_there_again(running: Pipeline) -> None:
    post = Post()
    text = "\n\n".join((LEAD_IN, *ITEMS))
    running.take(post.seen(1, text), post.gone(2))
    running.records(post).require_deleted()
    last = post.seen(3, text)
    running.take(last)
    found = running.records(post)
    found.require(last)
    assert found.quotes == [0, 1, 2, 3]


def test_an_edit_that_changes_the_language_is_not_overtaken_by_the_text_before(running: Pipeline) -> None:
    post = Post()
    last = post.seen(2, FRENCH, edited_at=POSTED + timedelta(minutes=1))
    first = post.seen(1, ENGLISH)
    running.take(first, last)
    assert running.records(post).require(last).language.code == "fr"
    running.take(first)
    assert running.records(post).require(last).language.code == "fr"


@pytest.mark.parametrize("order", ["backfill first", "live first", "together"])
def test_an_archive_of_old_states_does_not_undo_live_edits(running: Pipeline, order: str) -> None:
    posts = [Post() for _ in range(20)]
    archive = [
        state
        for post in posts
        for state in (post.archived(ENGLISH), post.archived(ENGLISH + " of 2030", POSTED + timedelta(seconds=20)))
    ]
    live = [state for post in posts for state in (post.seen(1, ENGLISH), post.seen(9, ENGLISH + " of next year"))]
    steps = {"backfill first": [archive, live], "live first": [live, archive], "together": [archive + live]}[order]
    for states in steps:
        running.take(*states)
    end = running.end()
    for post, last in zip(posts, live[1::2], strict=True):
        Records.of(end, post.key).require(last)


def test_an_archive_with_a_later_edit_than_was_seen_is_news(running: Pipeline) -> None:
    post = Post()
    last = post.archived(ENGLISH + " of 2030", POSTED + timedelta(days=1))
    running.take(post.seen(1, ENGLISH))
    running.take(last)
    running.records(post).require(last)
    running.take(post.gone(2))
    running.records(post).require(last)
    running.take(post.gone(100_000))
    running.records(post).require_deleted()
    running.take(last)
    running.records(post).require_deleted()


def test_an_edit_with_fewer_quotes_and_a_deletion_withdraw_them(running: Pipeline) -> None:
    post = Post()
    states = [post.seen(kept, "\n\n".join((LEAD_IN, *ITEMS[: 4 - kept]))) for kept in range(3)]
    for number, one in enumerate(states):
        running.take(one)
        found = running.records(post)
        found.require(one)
        assert (found.quotes, found.withdrawn) == ([*range(4 - number)], [*range(4 - number, 4)])
    running.take(post.gone(9))
    found = running.records(post)
    found.require_deleted()
    assert found.withdrawn == [0, 1, 2, 3]


def test_copies_of_a_deleted_post_repeat_the_earliest_that_is_left_and_forwards_stay(running: Pipeline) -> None:
    text = "Fishermen of the northern islands found an old lighthouse lamp in their nets last night, a keeper said."
    first, second, third, forwarded = (Post(posted=POSTED + timedelta(minutes=number)) for number in range(4))
    origin = ForwardOrigin(channel_id=first.channel, message_id=first.message)
    running.take(*(post.seen(1, text) for post in (first, second, third)))
    running.take(forwarded.seen(1, text, forward=origin))

    def links() -> dict[str, str]:
        verdicts = [running.records(post).verdict for post in (first, second, third, forwarded)]
        of = {verdict.key: verdict.duplicate.of for verdict in verdicts if verdict and verdict.duplicate}
        return {key: end(key, of) for key in of}

    def end(key: str, of: dict[str, str]) -> str:
        """Of a chain of links: which of them are direct depends on the order of arrival."""
        while key in of:
            key = of[key]
        return key

    assert links() == dict.fromkeys((second.key, third.key, forwarded.key), first.key)
    running.take(first.gone(5))
    assert links() == {third.key: second.key, forwarded.key: first.key}
    running.take(first.seen(6, text))
    assert links() == dict.fromkeys((second.key, third.key, forwarded.key), first.key)


def news(posts: int) -> list[RawPost]:
    """Posts of ten channels: each third has quotes, each fifth repeats the one before, each seventh is edited."""
    channels = [next(_channels) for _ in range(10)]
    states = []
    for number in range(posts):
        post = Post(channels[number % 10], 1 + number, POSTED + timedelta(minutes=number))
        said = number - (number % 5 == 4)
        lines = (f"Reporter {said} of the town {said * 7919 % 1009} writes: {ENGLISH}, for {said * 31} days.",)
        text = "\n\n".join((*lines, LEAD_IN, *ITEMS) if said % 3 == 0 else lines)
        states.append(post.seen(number, text))
        if number % 7 == 6:
            states.append(post.seen(posts + number, f"{text}\n\nUpdated."))
    return states


def of_version(end: EndState) -> dict[str, int]:
    """How many records of posts each version of the pipeline wrote."""
    counts: dict[str, int] = defaultdict(int)
    for value in end[NORMALIZED].values():
        counts[NormalizedPost.model_validate_json(value or b"").provenance.pipeline_version] += 1
    return dict(counts)


def require_rich(end: EndState, posts: int) -> None:
    links = [DuplicateRecord.model_validate_json(value or b"").duplicate for value in end[DUPLICATES].values()]
    assert len(end[NORMALIZED]) == len(links) == posts
    assert sum(link is not None for link in links) >= posts // 5
    assert len(end[QUOTES]) >= posts // 3 * 4


def test_one_replay_brings_back_all_of_topics_that_were_lost(new_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = new_pipeline()
    states = news(150)
    with pipeline.worker():
        pipeline.take(*states)
    before = pipeline.end()
    require_rich(before, 150)
    for topic in (NORMALIZED, QUOTES, DUPLICATES):
        recreate_topic(pipeline.settings.kafka, topic, like=STATES)
    assert pipeline.end() == {NORMALIZED: {}, QUOTES: {}, DUPLICATES: {}}
    reset(pipeline)
    with pipeline.worker():
        pipeline.take(*states)
    assert missing(before, pipeline.end()) == []


def test_one_replay_brings_back_all_though_no_state_was_reset(new_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = new_pipeline()
    states = news(60)
    with pipeline.worker():
        pipeline.take(*states)
    before = pipeline.end()
    for topic in (QUOTES, DUPLICATES):
        recreate_topic(pipeline.settings.kafka, topic, like=STATES)
    with pipeline.worker():
        pipeline.take(*states)
    assert missing(before, pipeline.end()) == []


def test_a_new_pipeline_version_renews_every_record_in_one_replay(new_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = new_pipeline()
    states = news(150)
    with pipeline.worker():
        pipeline.take(*states)
    before = pipeline.end()
    assert of_version(before) == {PIPELINE_VERSION: 150}
    with pipeline.worker_of_version("next"):
        pipeline.take(*states)
    after = pipeline.end()
    assert of_version(after) == {"next": 150}
    assert after[QUOTES] == before[QUOTES]
    assert after[DUPLICATES] == before[DUPLICATES]


def reset(pipeline: Pipeline) -> None:
    """``tgwire states reset``, as its user calls it."""
    known = {name: value for name, value in environment(pipeline.settings).items() if "KAFKA" in name}
    known["TGWIRE_WORKER__GROUP"] = pipeline.settings.worker.group
    done = CliRunner().invoke(app, ["states", "reset", "--yes"], env=known)
    assert done.exit_code == 0, (done.output, done.exception)


def missing(before: EndState, after: EndState) -> Sequence[tuple[str, str]]:
    """Records that are not there any more, or not the same."""
    return [
        (topic.name, key)
        for topic, records in before.items()
        for key, value in records.items()
        if after[topic].get(key) != value
    ]
