"""The core in one process: states by their order, deletions withdrawn, and the verdicts of the stream."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from processors.core.decided_state import arrival_of
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint_records import deletion_fingerprint, post_fingerprint
from processors.core.dedup.homes import HOMES, home_partition
from processors.core.outcomes import Analyzed, DirectResult, DuplicateVerdict
from processors.core.pipeline import Analyzer
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline, DirectStates
from processors.loading import load_analyzer
from schemas import (
    Channel,
    DuplicateRecord,
    ForwardOrigin,
    NormalizedPost,
    PostFingerprint,
    PostSource,
    RawPost,
    Tombstone,
)
from schemas.rank import Freshness, microseconds
from schemas.topics import DUPLICATES, FINGERPRINTS, NORMALIZED
from tests.support.fingerprints import Reader, batch, fold

START = datetime(2026, 3, 1, tzinfo=UTC)
HARBOUR = (
    "The harbour of the northern town was closed this morning after a storm had moved sand into it, officials said."
)
GRAIN = "A report about the price of grain in the southern provinces, as the ministry has announced to the press today."
HAFEN = "Der Hafen der nördlichen Stadt wurde heute früh geschlossen, nachdem ein Sturm Sand hineingetragen hatte."


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


def raw(
    channel: int,
    text: str | None,
    *,
    minute: int = 0,
    edited: int | None = None,
    order: int | None = None,
    name: str | None = None,
    forward: ForwardOrigin | None = None,
) -> RawPost:
    """The first post of a channel; without a text its deletion. All times are minutes, ``order`` too."""
    return RawPost(
        channel=Channel(id=channel, username=name),
        message_id=1,
        posted_at=START + timedelta(minutes=minute),
        edited_at=None if edited is None else START + timedelta(minutes=edited),
        order=None if order is None else microseconds(START + timedelta(minutes=order)),
        text=text or "",
        forward=forward,
        is_deleted=text is None,
        source=PostSource(kind="test"),
    )


def of(settled: DirectResult) -> str | None:
    """What a post repeats, by its own record."""
    assert isinstance(settled.record, NormalizedPost)
    return None if settled.record.duplicate is None else settled.record.duplicate.of


def test_a_post_carries_its_duplicate_and_its_verdict_names_its_state(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    original, copy = pipeline.process_all([raw(1, HARBOUR), raw(2, HARBOUR, minute=1)])
    assert (of(original), of(copy)) == (None, "tg:1:1")
    (verdict,) = copy.verdicts
    assert isinstance(verdict.record, DuplicateRecord)
    assert isinstance(copy.record, NormalizedPost)
    assert verdict.record.duplicate == copy.record.duplicate
    assert (verdict.record.revision, verdict.record.rank) == (copy.record.revision, copy.record.provenance.rank)


def test_a_deletion_withdraws_and_what_is_older_does_not_bring_the_post_back(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    pipeline.process_all([raw(1, HARBOUR, order=1), raw(2, HARBOUR, minute=1)])
    deleted = pipeline.process(raw(1, None, order=5))
    assert isinstance(deleted.record, Tombstone)
    assert {verdict.key: verdict.duplicate for verdict in deleted.verdicts} == {"tg:1:1": None, "tg:2:1": None}
    stale = pipeline.process(raw(1, HARBOUR, edited=4))
    assert (stale.freshness, stale.verdicts) == (Freshness.STALE, (DuplicateVerdict("tg:1:1", None),))
    assert [output.record for output in direct_outputs(stale)] == [None], "that it is deleted is said once more"
    returned = pipeline.process(raw(1, HARBOUR, order=6))
    assert returned.freshness is Freshness.NEWER
    assert {verdict.key: verdict.duplicate and verdict.duplicate.of for verdict in returned.verdicts} == {
        "tg:2:1": "tg:1:1",
        "tg:1:1": None,
    }


def test_a_deletion_without_a_date_takes_the_rank_of_what_is_known(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    known = pipeline.process(raw(1, HARBOUR, edited=3))
    deleted = pipeline.process(raw(1, None))
    assert isinstance(known.record, NormalizedPost)
    assert deleted.record.provenance.rank == known.record.provenance.rank
    assert pipeline.process(raw(2, HARBOUR, order=3)).freshness is Freshness.NEWER
    assert pipeline.process(raw(2, None)).freshness is Freshness.STALE


def test_an_older_state_is_not_emitted_and_copies_of_its_text_are_found(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    pipeline.process_all([raw(1, GRAIN, edited=9), raw(2, HARBOUR, minute=1)])
    stale = pipeline.process(raw(1, HARBOUR))
    assert [output.topic for output in direct_outputs(stale)] == [DUPLICATES]
    assert [(verdict.key, verdict.duplicate and verdict.duplicate.of) for verdict in stale.verdicts] == [
        ("tg:2:1", "tg:1:1")
    ]


def test_a_repeat_is_emitted_again_with_what_is_known_by_then(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    pipeline.process_all([raw(2, HARBOUR, minute=1), raw(1, HARBOUR)])
    again = pipeline.process(raw(2, HARBOUR, minute=1))
    assert (again.freshness, of(again)) == (Freshness.REPEAT, "tg:1:1")
    assert [output.topic for output in direct_outputs(again)] == [NORMALIZED, DUPLICATES]


def test_every_post_has_one_verdict_and_one_of_few_words_repeats_nothing(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    posts = [raw(1, "Fire in town"), raw(2, "Fire in town", minute=1), raw(3, ""), raw(4, None), raw(5, HARBOUR)]
    settled = pipeline.process_all(posts)
    assert [[verdict.key for verdict in one.verdicts] for one in settled] == [[f"tg:{n}:1"] for n in (1, 2, 3, 4, 5)]
    assert [one.verdicts[0].record is None for one in settled] == [False, False, False, True, False]
    assert all(one.verdicts[0].duplicate is None for one in settled)


def test_a_post_stays_in_the_home_of_its_first_long_text(analyzer: Analyzer) -> None:
    """docs/duplicates.md: copies of the text in another language, whose home is another, are not found."""
    assert home_partition("en", FINGERPRINTS.partitions) != home_partition("de", FINGERPRINTS.partitions)
    pipeline = DirectPipeline(analyzer)
    settled = pipeline.process_all([raw(1, HAFEN), raw(2, GRAIN, minute=1), raw(2, HAFEN, minute=1, edited=2)])
    assert of(settled[2]) is None
    grown = pipeline.process_all([raw(3, "Eilmeldung", minute=3), raw(3, HAFEN, minute=3, edited=4)])
    assert of(grown[1]) == "tg:1:1"


def test_a_forward_without_words_is_linked_by_its_channels_name(analyzer: Analyzer) -> None:
    pipeline = DirectPipeline(analyzer)
    forward = raw(2, "📷", forward=ForwardOrigin(channel_username="alpha", message_id=7))
    assert of(pipeline.process(forward)) is None
    named = pipeline.process(raw(1, HARBOUR, name="Alpha"))
    links = {verdict.key: verdict.duplicate and verdict.duplicate.of for verdict in named.verdicts}
    assert links == {"tg:2:1": "tg:1:7", "tg:1:1": None}


HISTORY = [
    raw(1, HARBOUR, order=1, name="alpha"),
    raw(2, HARBOUR, minute=1),
    raw(3, "Fire in town"),
    raw(2, GRAIN, minute=1, edited=7),
    raw(4, HARBOUR, minute=2),
    raw(5, "📷", forward=ForwardOrigin(channel_username="alpha", message_id=1)),
    raw(1, None, order=8),
    raw(2, HARBOUR, minute=1, edited=4),
    raw(6, HAFEN),
    raw(6, HARBOUR, edited=3),
    raw(3, HARBOUR, edited=2),
    raw(1, GRAIN, order=9),
    raw(4, HARBOUR, minute=2),
    raw(2, None, minute=1),
]


def _last(settled: Sequence[DirectResult]) -> Reader:
    return Reader({verdict.key: verdict.record for one in settled for verdict in one.verdicts})


@pytest.mark.parametrize("size", [1, 3, 5, len(HISTORY)])
def test_slices_of_any_size_end_alike_and_as_in_the_stream(analyzer: Analyzer, size: int) -> None:
    pipeline = DirectPipeline(analyzer)
    settled = [
        one for start in range(0, len(HISTORY), size) for one in pipeline.process_all(HISTORY[start : start + size])
    ]
    alone = DirectPipeline(analyzer)
    assert _last(settled) == _last([alone.process(post) for post in HISTORY])
    posts = {one.record.key: one.record for one in settled if one.freshness is not Freshness.STALE}
    verdicts = _last(settled).verdicts
    assert verdicts.keys() == posts.keys()
    for key, record in verdicts.items():
        post = posts[key]
        assert (record is None) == isinstance(post, Tombstone)
        if record is not None and isinstance(post, NormalizedPost):
            assert (record.revision, record.rank) == (post.revision, post.provenance.rank)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_slices_that_are_settled_together_change_what_they_change_alone(analyzer: Analyzer, size: int) -> None:
    outcomes = analyzer.analyze_all(HISTORY)
    arrivals = [arrival_of(post, outcome, HOMES) for post, outcome in zip(HISTORY, outcomes, strict=True)]
    slices = [arrivals[start : start + size] for start in range(0, len(arrivals), size)]
    alone = DirectStates()
    assert DirectStates().settle(slices) == [changes for slice_ in slices for changes in alone.settle([slice_])]


def test_the_verdicts_are_those_of_a_fold_of_all_states_of_one_home(analyzer: Analyzer) -> None:
    """One index that is given all states in another order, none of them marked, as long as one home has them all."""
    history = [
        post for post in HISTORY if post.channel.id != 6 and post.forward is None and post.text != "Fire in town"
    ]
    states: list[PostFingerprint] = []
    for post in history:
        outcome = analyzer.analyze(post)
        if isinstance(outcome, Analyzed):
            states.append(post_fingerprint(outcome.post, outcome.fingerprint))
        elif post.order is not None:
            states.append(deletion_fingerprint(outcome.tombstone))
    index = DedupIndex()
    assert len(batch(states).to_bytes()) > 0
    folded = Reader().take(fold(index, *reversed(states)))
    direct = _last(DirectPipeline(analyzer).process_all(history[:-1]))
    assert {key: folded.canonical(key) for key in folded.verdicts} == {
        key: direct.canonical(key) for key in direct.verdicts
    }
