"""The duplicate index against a stream in any order, cut anywhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.dedup import DedupIndex
from processors.core.outcomes import DedupOutcome, Repeat
from processors.core.routing import dedup_outputs
from schemas import (
    AnalyzedPost,
    DuplicateLink,
    DuplicateRecord,
    Fingerprint,
    FingerprintRecord,
    NormalizedPost,
)
from tests.analyzed_posts import analyzed_post

START = datetime(2024, 1, 1, tzinfo=UTC)


def _moment(day: int | None) -> datetime | None:
    return None if day is None else START + timedelta(days=day)


def _post(number: int, day: int | None, text: str | None, edited: int | None, language: str) -> AnalyzedPost:
    return analyzed_post(
        number % 3 + 1,
        number + 1,
        text or "",
        revision=f"{text}",
        posted_at=_moment(day),
        edited_at=_moment(edited),
        language=language,
        found=Fingerprint(exact=text),
    )


DAYS = st.one_of(st.none(), st.integers(0, 3))
TEXTS = st.sampled_from([None, "a", "b", "c"])
LANGUAGES = st.sampled_from(["en", "en", "de"])
REVISIONS = st.lists(st.builds(_post, st.integers(0, 6), DAYS, TEXTS, DAYS, LANGUAGES), max_size=25)
ORIGINALS = st.lists(
    st.builds(_post, st.integers(0, 12), DAYS, TEXTS, st.none(), LANGUAGES),
    max_size=12,
    unique_by=lambda value: value.post.key,
)


@dataclass
class _Consumer:
    """What a reader of the output topics knows: the last record of each key."""

    posts: dict[str, NormalizedPost] = field(default_factory=dict)
    links: dict[str, DuplicateLink | None] = field(default_factory=dict)
    log: list[FingerprintRecord] = field(default_factory=list)

    def take(self, outcome: DedupOutcome) -> None:
        for output in dedup_outputs(outcome):
            match output.record:
                case NormalizedPost() as post:
                    self.posts[post.key] = post
                case DuplicateRecord(key=key, duplicate=duplicate):
                    self.links[key] = duplicate
                case FingerprintRecord() as record:
                    self.log.append(record)

    def canonical(self, key: str) -> str:
        """The end of the chain of links."""
        seen = {key}
        while (link := self.links.get(key)) is not None:
            key = link.of
            assert key not in seen, "a circle of links"
            seen.add(key)
        return key


def _run(values: list[AnalyzedPost]) -> tuple[_Consumer, DedupIndex]:
    consumer, index = _Consumer(), DedupIndex()
    for value in values:
        consumer.take(index.decide(value))
    return consumer, index


@settings(deadline=None)
@given(REVISIONS, st.data())
def test_a_restored_index_goes_on_as_the_one_that_was_lost(values: list[AnalyzedPost], data: st.DataObject) -> None:
    crash = data.draw(st.integers(0, len(values)))
    rewind = data.draw(st.integers(0, crash))
    survivor, index = _run(values[:crash])
    follower, _ = _run(values[:crash])
    restored = DedupIndex()
    restored.restore(survivor.log)
    assert len(restored) == len(index)
    for value in values[rewind:]:
        survivor.take(index.decide(value))
        follower.take(restored.decide(value))
        assert survivor == follower


@settings(deadline=None)
@given(ORIGINALS, st.data())
def test_the_order_of_arrival_does_not_change_who_is_canonical(values: list[AnalyzedPost], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(values))
    one, _ = _run(values)
    other, _ = _run(shuffled)
    assert {key: one.canonical(key) for key in one.posts} == {key: other.canonical(key) for key in other.posts}


def _unlinked(post: NormalizedPost) -> NormalizedPost:
    return post.model_copy(update={"duplicate": None})


def _revisions(posts: int) -> st.SearchStrategy[list[AnalyzedPost]]:
    """Revisions with edit dates of their own, so that they have an order; one may take another back."""
    drafts = st.dictionaries(st.tuples(st.integers(0, posts - 1), st.integers(0, 5)), TEXTS, max_size=12)
    return drafts.map(lambda texts: [_post(number, 0, text, edited, "en") for (number, edited), text in texts.items()])


@settings(deadline=None)
@given(_revisions(5), st.data())
def test_edits_in_any_order_end_in_the_same_links(values: list[AnalyzedPost], data: st.DataObject) -> None:
    one, _ = _run(values)
    other, _ = _run(data.draw(st.permutations(values)))
    assert one.posts.keys() == other.posts.keys()
    assert {key: one.canonical(key) for key in one.posts} == {key: other.canonical(key) for key in other.posts}


@settings(deadline=None)
@given(_revisions(2).flatmap(st.permutations))
def test_the_latest_edit_wins_in_any_order(values: list[AnalyzedPost]) -> None:
    consumer, index = _run(values)
    restored = DedupIndex()
    restored.restore(consumer.log)
    in_time = sorted(values, key=lambda value: value.post.edited_at or START)
    latest = {value.post.key: value for value in in_time}
    for key, value in latest.items():
        again = index.decide(value)
        assert again == restored.decide(value)
        assert isinstance(again, Repeat)
        assert again.state is None
        assert _unlinked(again.post) == _unlinked(consumer.posts[key]) == value.post


@settings(deadline=None)
@given(ORIGINALS)
def test_the_canonical_post_is_the_earliest_with_its_text(values: list[AnalyzedPost]) -> None:
    consumer, _ = _run(values)
    for value in values:
        group = [
            other.post
            for other in values
            if (other.fingerprint.exact, other.post.language.code)
            == (value.fingerprint.exact, value.post.language.code)
        ]
        first = min(
            group, key=lambda post: (post.posted_at is None, post.posted_at or START, post.channel.id, post.message_id)
        )
        expected = value.post if value.fingerprint.exact is None else first
        assert consumer.canonical(value.post.key) == expected.key


@settings(deadline=None)
@given(REVISIONS)
def test_after_any_edits_a_reader_knows_the_links_that_the_index_knows(values: list[AnalyzedPost]) -> None:
    english = [value for value in values if value.post.language.code == "en"]
    consumer, index = _run(english)
    texts: dict[str, set[str]] = {}
    for value in english:
        texts.setdefault(value.post.key, set()).add(value.post.text)
    for key, post in consumer.posts.items():
        unlinked = post.model_copy(update={"duplicate": None})
        outcome = index.decide(AnalyzedPost(post=unlinked, fingerprint=Fingerprint(exact=post.text or None)))
        assert isinstance(outcome, Repeat)
        link = consumer.links.get(key)
        assert outcome.post.duplicate == link
        assert link is None or post.text in texts[link.of]
        assert consumer.canonical(key) in consumer.posts


@settings(deadline=None)
@given(REVISIONS)
def test_a_second_replay_changes_nothing(values: list[AnalyzedPost]) -> None:
    unedited = list({value.post.key: value for value in values}.values())
    consumer, index = _run(unedited)
    before = dict(consumer.links), len(consumer.log)
    for value in unedited:
        consumer.take(index.decide(value))
    links = {key: link for key, link in consumer.links.items() if link is not None or key in before[0]}
    assert (links, len(consumer.log)) == before
