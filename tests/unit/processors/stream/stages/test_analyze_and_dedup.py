"""The stage of the analysis: a slice goes through together, one post that breaks it alone, and none that lies on the
wrong partition.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from processors.core.decision import Candidate
from processors.core.dedup.homes import home_partition
from processors.core.outcomes import Reject
from processors.core.pipeline import Analyzer
from processors.core.quotes.lines.tokens import Spelling
from processors.core.quotes.named_text import NamedText
from processors.loading import load_detector
from processors.stream.process.preflight import NEEDED
from processors.stream.stages.analyze_and_dedup import AnalyzeStage, StageResult
from processors.stream.stages.ordering import StateOrdering, StateUpdate
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from processors.testing import MemoryMessage
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import (
    Channel,
    ChannelName,
    Citation,
    CitationKind,
    CitedOutlet,
    Lane,
    NormalizedPost,
    PostSource,
    QuoteList,
    RawPost,
    RejectReason,
    Span,
    TextEntity,
)
from schemas.quotes import MediaQuote, Outlet, QuoteKind
from schemas.rank import Rank, StateClass
from schemas.topics import CITATIONS, FLAT_TOPICS, QUOTES

BAD = "This text breaks the splitter."
QUOTED = "The minister spoke of two things on Monday."
ENGLISH = "The fire began at noon on Monday."
FRENCH = "Le feu a commencé lundi à midi dans la vieille ville."
PARTITIONS = 6


class Splitter:
    """Fails on one text, and finds two quotes in another."""

    def name_all(self, texts: Sequence[str], letters: Sequence[int]) -> list[NamedText]:
        return [NamedText(text, Spelling(text), []) for text in texts]

    def split_all(
        self, posts: Sequence[tuple[str, tuple[TextEntity, ...], str]], named: Sequence[NamedText]
    ) -> list[tuple[QuoteList, ...]]:
        if any(text == BAD for text, *_ in posts):
            raise ZeroDivisionError
        return [(quotes(key),) if text == QUOTED else () for text, _, key in posts]


class Citations:
    """Finds one citation in one text."""

    def citations_all(
        self, posts: Sequence[tuple[NamedText, tuple[TextEntity, ...], Channel, str, tuple[QuoteList, ...]]]
    ) -> list[tuple[Citation, ...]]:
        return [(citation(key),) if named.text == QUOTED else () for named, _, _, key, _ in posts]


def citation(key: str) -> Citation:
    outlet = CitedOutlet(id="?the wire", name="The Wire", is_known=False, text="The Wire")
    said = Span(text="said", start=0, end=4)
    return Citation(
        key=f"{key}:0",
        position=0,
        text="said",
        start=0,
        end=4,
        outlets=(outlet,),
        outlet_text=(said,),
        kind=CitationKind.REPORT,
    )


def quotes(key: str) -> QuoteList:
    said = Span(text="said", start=0, end=4)
    outlet = Outlet(id=None, name="The Wire", is_known=False)
    return QuoteList(
        items=tuple(
            MediaQuote(
                key=f"{key}:{position}",
                position=position,
                text=said.text,
                start=0,
                end=4,
                outlets=(outlet,),
                outlet_text=(said,),
                kind=QuoteKind.INDIRECT,
            )
            for position in range(2)
        )
    )


@pytest.fixture
def topics() -> ClusterTopics:
    return ClusterTopics("", {topic.name: PARTITIONS for topic in NEEDED})


@pytest.fixture
def ordering(tmp_path: Path, topics: ClusterTopics) -> StateOrdering:
    async def ids() -> TopicIds:
        return TopicIds("n", "s")

    tables = StateTables(tmp_path, lambda *_: pytest.fail("no stage reads a log"), keep_days=90, max_unreadable=0)
    return StateOrdering(tables, topics, lambda: 1, ids, forgotten_after_days=30)


@pytest.fixture
def live(topics: ClusterTopics, ordering: StateOrdering) -> AnalyzeStage:
    return AnalyzeStage(Analyzer(load_detector(), Splitter(), Citations()), Lane.LIVE, topics, ordering)


@pytest.fixture
def backfill(topics: ClusterTopics, ordering: StateOrdering) -> AnalyzeStage:
    return AnalyzeStage(Analyzer(load_detector(), Splitter(), Citations()), Lane.BACKFILL, topics, ordering)


def raw(message_id: int, text: str = "", *, order: int | None = None, **changes: object) -> RawPost:
    post = RawPost(channel=Channel(id=1), message_id=message_id, text=text, source=PostSource(kind="test"), order=order)
    return post.model_copy(update=changes)


@pytest.fixture
def flat(ordering: StateOrdering) -> AnalyzeStage:
    topics = ClusterTopics("", {topic.name: PARTITIONS for topic in (*NEEDED, *FLAT_TOPICS)})
    return AnalyzeStage(Analyzer(load_detector(), Splitter(), Citations()), Lane.LIVE, topics, ordering)


def handled(stage: AnalyzeStage, *posts: RawPost) -> list[StageResult | Reject | Exception]:
    return stage.handle([(MemoryMessage(value=b""), post) for post in posts])


def change(stage: AnalyzeStage, post: RawPost) -> StateUpdate:
    (one,) = handled(stage, post)
    assert isinstance(one, StageResult)
    assert one.change is not None
    return one.change


def test_a_post_that_fails_does_not_take_its_slice_with_it(live: AnalyzeStage) -> None:
    found = handled(live, raw(1, ENGLISH), raw(2, BAD), raw(3, is_deleted=True), raw(4, ENGLISH))
    assert isinstance(found[1], ZeroDivisionError)
    assert [one.outputs[0].key for one in found if isinstance(one, StageResult)] == ["tg:1:1", "tg:1:3", "tg:1:4"]


def test_a_post_on_the_wrong_partition_is_refused(live: AnalyzeStage, topics: ClusterTopics) -> None:
    """Murmur2 of b"1" is partition 3 of 6, as Kafka's own clients have it."""
    value = raw(1, ENGLISH).model_dump_json().encode()
    assert topics.channel_partition(1) == 3
    for partition in range(PARTITIONS):
        read = live.read(MemoryMessage(value=value, tp=("posts.raw.live", partition)))
        if partition == 3:
            assert isinstance(read, RawPost)
        else:
            assert isinstance(read, Reject)
            assert (read.reason, read.field) == (RejectReason.WRONG_PARTITION, "channel.id")
            assert "belong on partition 3" in read.message


def test_what_is_no_post_is_refused_for_that_and_not_for_its_partition(live: AnalyzeStage) -> None:
    for value, reason in ((b"{", RejectReason.INVALID_JSON), (b"{}", RejectReason.INVALID_FIELD)):
        read = live.read(MemoryMessage(value=value))
        assert isinstance(read, Reject)
        assert read.reason is reason


def test_a_name_goes_with_the_first_post_that_shows_it(live: AnalyzeStage) -> None:
    posts = [raw(number, ENGLISH, channel=Channel(id=7, username="Wire")) for number in (1, 2)]

    def names() -> list[tuple[ChannelName, ...]]:
        return [one.change.names for one in handled(live, *posts) if isinstance(one, StageResult) and one.change]

    assert names() == [(ChannelName("wire", 7),), ()]
    assert names() == [(), ()]
    live.set_aside(MemoryMessage(value=b""))  # what was made of a post is not sent
    assert names() == [(ChannelName("wire", 7),), ()]


def test_a_state_asks_with_its_rank_home_and_quotes(live: AnalyzeStage) -> None:
    asked = change(live, raw(5, QUOTED, order=77))
    assert isinstance(asked.record, NormalizedPost)
    assert asked.post_id == (1, 5)
    assert asked.candidate == Candidate(
        rank=Rank(77, StateClass.COLLECTED),
        revision=asked.record.revision,
        is_deleted=False,
        quotes=2,
        home=home_partition("en", PARTITIONS),
        may_be_edit=False,
        citations=1,
    )
    assert (asked.entry.rank, asked.entry.language, asked.record.provenance.rank) == ((77, 1), "en", (77, 1))


def test_the_citations_of_a_post_are_sent_with_it(live: AnalyzeStage) -> None:
    (one,) = handled(live, raw(5, QUOTED))
    assert isinstance(one, StageResult)
    assert [output.key for output in one.outputs if output.topic is CITATIONS] == ["tg:1:5:0"]


def test_the_quotes_of_a_post_are_sent_with_it(live: AnalyzeStage) -> None:
    (one,) = handled(live, raw(5, QUOTED))
    assert isinstance(one, StageResult)
    assert [output.key for output in one.outputs if output.topic is QUOTES] == ["tg:1:5:0", "tg:1:5:1"]


@pytest.mark.parametrize(
    ("text", "home"),
    [
        (ENGLISH, home_partition("en", PARTITIONS)),
        (FRENCH, home_partition("fr", PARTITIONS)),
        ("Three words only", None),
        ("", None),
    ],
)
def test_the_home_follows_from_the_language_of_a_text_that_is_long_enough(
    live: AnalyzeStage, text: str, home: int | None
) -> None:
    assert home_partition("en", PARTITIONS) != home_partition("fr", PARTITIONS)
    assert change(live, raw(1, text)).candidate.home == home


def test_only_a_live_edit_or_deletion_may_follow_on_a_state_that_is_not_known(
    live: AnalyzeStage, backfill: AnalyzeStage
) -> None:
    """The quotes that such a state may have had are withdrawn; an archive would withdraw 64 for each of its edits."""
    edited = datetime(2026, 3, 1, tzinfo=UTC)
    states = [raw(1, ENGLISH), raw(1, ENGLISH, edited_at=edited), raw(1, is_deleted=True)]
    assert [change(live, state).candidate.may_be_edit for state in states] == [False, True, True]
    assert [change(backfill, state).candidate.may_be_edit for state in states] == [False, False, False]


def test_an_archived_deletion_without_a_date_has_no_rank_of_its_own(backfill: AnalyzeStage) -> None:
    assert change(backfill, raw(1, is_deleted=True)).candidate.rank is None
    dated = raw(1, is_deleted=True, edited_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    assert change(backfill, dated).candidate.rank == Rank(1_000_000, StateClass.ARCHIVED)


def test_fingerprints_hold_the_time_at_which_the_broker_got_the_raw_post(live: AnalyzeStage) -> None:
    for post in (raw(1, ENGLISH), raw(1, is_deleted=True)):
        (one,) = live.handle([(MemoryMessage(value=b"", timestamp=1_700_000_000.123), post)])
        assert isinstance(one, StageResult)
        assert one.change is not None
        assert one.change.entry.raw_at_ms == 1_700_000_000_123


def test_a_flat_row_goes_with_each_record_of_a_post(live: AnalyzeStage, flat: AnalyzeStage) -> None:
    """The first record stays the post's own: a deletion without a date gets its rank there."""
    plain, both = (handled(stage, raw(5, QUOTED), raw(6, is_deleted=True)) for stage in (live, flat))
    found = []
    for one, other in zip(plain, both, strict=True):
        assert isinstance(one, StageResult)
        assert isinstance(other, StageResult)
        assert other.outputs[: len(one.outputs)] == one.outputs
        found += [
            (output.topic.name, output.key, output.record is None) for output in other.outputs[len(one.outputs) :]
        ]
    assert found == [
        ("posts.flat", "tg:1:5", False),
        ("quotes.flat", "tg:1:5:0", False),
        ("quotes.flat", "tg:1:5:1", False),
        ("citations.flat", "tg:1:5:0", False),
        ("posts.flat", "tg:1:6", True),
    ]
