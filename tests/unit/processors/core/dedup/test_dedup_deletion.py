"""Deleted posts leave all their texts; who is left is linked as if they had never been."""

from datetime import UTC, datetime
from itertools import permutations

import numpy as np
import pytest

from processors.core.dedup import DedupIndex
from processors.core.dedup.candidate_rows import BUCKET
from processors.core.dedup.minhash import pack
from processors.core.outcomes import DedupOutcome, Folded
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from schemas import Channel, ChannelName, Fingerprint, NamedOrigin, PostFingerprint, PostSource, RawPost
from tests.support.fingerprints import START_MS, Reader, batch, deletion, fold, links, sketched, state, succeeded


@pytest.fixture
def index() -> DedupIndex:
    return DedupIndex()


def _verdicts(index: DedupIndex, *posts: PostFingerprint) -> dict[str, str | None]:
    """Key -> what the post repeats, of all that was sent for some posts."""
    return links(verdict for change in fold(index, *posts) for verdict in change.verdicts)


def test_the_verdict_on_a_deleted_post_is_null_and_its_copies_go_to_the_earliest_that_is_left(
    index: DedupIndex,
) -> None:
    fold(index, *(state(number, "news", day=number) for number in (1, 2, 3)))
    (deleted,) = fold(index, deletion(1, moment=5))
    assert deleted.change is DedupOutcome.DELETED
    assert deleted.verdict == ("tg:1:1", None)
    assert links(deleted.changed) == {"tg:1:2": None, "tg:1:3": "tg:1:2"}


def test_five_posts_with_the_same_text_are_deleted_one_after_the_other(index: DedupIndex) -> None:
    """Four have edited it away before: each of them was the owner of the text while those before it were gone."""
    for channel in (1, 2, 3, 4):
        fold(index, state(1, sketched(1, 0), channel=channel, day=channel / 100))
    for channel in (1, 2, 3, 4):
        fold(index, state(1, sketched(2, 0), channel=channel, day=channel / 100, moment=50))
    reader = Reader().take(fold(index, state(1, sketched(1, 0), channel=5, day=0.09)))
    ends = [reader.of("tg:5:1")]
    for channel in (1, 2, 3, 4):
        reader.take(fold(index, deletion(1, channel=channel, moment=60)))
        ends.append(reader.of("tg:5:1"))
    assert ends == ["tg:1:1", "tg:2:1", "tg:3:1", "tg:4:1", None]


def test_near_copies_of_all_texts_that_a_deleted_post_had_are_linked_again(index: DedupIndex) -> None:
    fold(index, state(1, sketched(1, 0), channel=1), state(1, sketched(2, 0), channel=1, moment=1))
    copies = state(2, sketched(1, 1), channel=2, day=1), state(3, sketched(2, 1), channel=3, day=2)
    assert _verdicts(index, *copies) == {"tg:2:2": "tg:1:1", "tg:3:3": "tg:1:1"}
    fold(index, state(4, sketched(2, 2), channel=4, day=1.5))
    assert _verdicts(index, deletion(1, moment=2)) == {
        "tg:1:1": None,
        "tg:2:2": None,
        "tg:3:3": "tg:4:4",
        "tg:4:4": None,
    }


def test_a_post_that_repeats_another_of_its_day_does_not_keep_the_link_to_a_deleted_one(index: DedupIndex) -> None:
    fold(index, *(state(number, "news") for number in (2, 3, 1)))  # 3 -> 2 -> 1
    assert _verdicts(index, deletion(2, moment=4)) == {"tg:1:3": "tg:1:1", "tg:1:2": None}


def test_a_late_original_does_not_take_a_deleted_post(index: DedupIndex) -> None:
    fold(index, state(2, "news", day=2), deletion(2, moment=3))
    assert _verdicts(index, state(1, "news", day=1)) == {"tg:1:1": None}


def test_a_deleted_post_is_nobodys_original(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1), deletion(1, moment=3))
    assert _verdicts(index, state(2, "news", day=2)) == {"tg:1:2": None}


@pytest.mark.parametrize("posted", [None, 1])
def test_a_deletion_that_arrives_before_the_post_is_known(index: DedupIndex, posted: int | None) -> None:
    assert _verdicts(index, deletion(1, day=posted, moment=3)) == {"tg:1:1": None}
    assert fold(index, state(1, "news", day=1)) == [Folded(DedupOutcome.STALE)]
    assert _verdicts(index, state(2, "news", day=2)) == {"tg:1:2": None}
    assert _verdicts(index, state(1, "other", day=1, moment=4)) == {"tg:1:1": None, "tg:1:2": "tg:1:1"}
    assert _verdicts(index, state(3, "news", day=30)) == {"tg:1:3": None}  # beyond the window of the day of the post


def test_a_return_after_a_deletion_owns_all_its_texts_again(index: DedupIndex) -> None:
    fold(index, state(1, "first", day=1), state(1, "second", day=1, moment=1))
    fold(index, state(2, "first", day=2), state(3, "second", day=3), deletion(1, moment=2, is_collected=True))
    (returned,) = fold(index, state(1, "third", day=1, moment=3, is_collected=True))
    assert returned.change is DedupOutcome.REVISE
    assert links(returned.verdicts) == {"tg:1:2": "tg:1:1", "tg:1:3": "tg:1:1", "tg:1:1": None}
    assert _verdicts(index, state(4, "first", day=4)) == {"tg:1:4": "tg:1:1"}


def test_an_old_text_of_a_deleted_post_counts_once_the_post_is_back(index: DedupIndex) -> None:
    fold(index, state(2, "news", day=2), state(1, "draft", day=1, moment=1), deletion(1, moment=3))
    assert fold(index, state(1, "news", day=1, moment=2, is_stale=True)) == [Folded(DedupOutcome.STALE)]
    assert _verdicts(index, state(1, "draft", day=1, moment=4)) == {"tg:1:2": "tg:1:1", "tg:1:1": None}


def test_the_link_of_a_forward_of_a_deleted_post_stays(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1), state(5, "news", channel=2, day=2, origin=(1, 1)))
    assert _verdicts(index, deletion(1, moment=3)) == {"tg:1:1": None}
    assert Reader().take(fold(index, state(5, "news", channel=2, day=2, origin=(1, 1)))).of("tg:2:5") == "tg:1:1"


def test_a_deleted_forward_leaves_the_text_that_it_only_owned(index: DedupIndex) -> None:
    fold(index, state(5, "news", channel=2, origin=(9, 1)), state(6, "news", day=1))
    assert _verdicts(index, deletion(5, channel=2, moment=3)) == {"tg:2:5": None, "tg:1:6": None}


def test_a_deleted_forward_is_not_linked_when_its_origin_becomes_known(index: DedupIndex) -> None:
    forward = state(5, "news", channel=2)._replace(named_origin=NamedOrigin("alpha", 7))
    fold(index, forward, deletion(5, channel=2, moment=3))
    (named,) = succeeded(index.fold(batch(names=[ChannelName("alpha", 501)]), START_MS))
    assert named == Folded(DedupOutcome.NAMED)
    reader = Reader().take(fold(index, forward._replace(rank=forward.rank._replace(moment_us=4))))
    assert reader.of("tg:2:5") == "tg:501:7"


def test_a_repeated_deletion_changes_nothing(index: DedupIndex) -> None:
    gone = deletion(1, moment=5)
    fold(index, state(1, "news", day=1), state(2, "news", day=2), gone)
    (again,) = fold(index, gone)
    assert again == Folded(DedupOutcome.REPEAT, again.verdict)
    assert again.verdict == ("tg:1:1", None)
    assert _verdicts(index, deletion(1, moment=6)) == {"tg:1:1": None}


def test_no_link_to_a_deleted_post_is_left_where_a_bound_has_cut_the_search_short(index: DedupIndex) -> None:
    """A flood of posts that share the first words hides copies from the search; the deletion finds them still."""
    crowd = [
        state(number, Fingerprint(number, _with_lead(number)), channel=number, day=number / 1000)
        for number in range(2, BUCKET * 3)
    ]
    near = state(900, Fingerprint(900, _with_lead(1, is_changed=True)), channel=900, day=0.0015)
    original = state(1, Fingerprint(1, _with_lead(1)), channel=1)
    reader = Reader().take(fold(index, original, near))
    assert reader.of("tg:900:900") == "tg:1:1"
    reader.take(fold(index, *crowd))
    reader.take(fold(index, deletion(1, moment=5)))
    assert index.bound_hits > 0
    assert reader.of("tg:900:900") is None


def _with_lead(seed: int, *, is_changed: bool = False) -> bytes:
    """A sketch of which only the first words are those of others; a changed one shares
    three quarters of its values with that of its seed, and no band.
    """
    signature = np.random.default_rng(seed).integers(0, 1 << 16, 128)
    if is_changed:
        signature[::4] = np.random.default_rng(seed + 1000).integers(0, 1 << 16, 32)
    return pack(signature.tolist(), [], (7, 7), 60)


def _raw(message: int, order: int, text: str = "", *, is_deleted: bool = False) -> RawPost:
    return RawPost(
        channel=Channel(id=1),
        message_id=message,
        posted_at=None if is_deleted else datetime(2026, 3, 1, 12, message, tzinfo=UTC),
        order=order,
        text=text,
        is_deleted=is_deleted,
        source=PostSource(kind="test"),
    )


def test_a_post_that_comes_back_has_all_its_texts_in_whatever_order_they_came() -> None:
    """Its deletion may overtake it, being on the other lane."""
    harbour, market = "The harbour was closed in the night of the storm.", "The market opens again on the first of May."
    states = [_raw(1, 10, harbour), _raw(1, 20, is_deleted=True), _raw(1, 30, market)]
    analyzer = load_analyzer()
    for order in permutations(states):
        pipeline = DirectPipeline(analyzer)
        for raw in order:
            pipeline.process(raw)
        (verdict,) = pipeline.process(_raw(2, 40, harbour)).verdicts
        assert verdict.duplicate is not None, [raw.order for raw in order]
        assert verdict.duplicate.of == "tg:1:1"


def test_a_deletion_that_overtook_its_post_keeps_copies_from_linking_to_it() -> None:
    harbour = "The harbour was closed in the night of the storm."
    pipeline = DirectPipeline(load_analyzer())
    for raw in (_raw(1, 20, is_deleted=True), _raw(1, 10, harbour)):
        pipeline.process(raw)
    (verdict,) = pipeline.process(_raw(2, 40, harbour)).verdicts
    assert verdict.record is not None
    assert verdict.duplicate is None
