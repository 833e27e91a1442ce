"""Near-duplicates in any order of arrival, with edits: the same clusters, the same canonical posts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.dedup import DedupIndex
from processors.core.dedup.image import packed
from processors.core.fingerprint import fingerprint
from processors.core.outcomes import DedupOutcome
from processors.core.routing import dedup_outputs
from schemas import (
    AnalyzedPost,
    Channel,
    DuplicateLink,
    DuplicateRecord,
    FingerprintRecord,
    Lane,
    Language,
    NormalizedPost,
    Provenance,
    Source,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance(source=Source(kind="test"), lane=Lane.BACKFILL, pipeline_version="1")
WORDS = [
    f"{head}{tail}" for head in ("har", "fer", "sto", "pie", "tid") for tail in ("bour", "ry", "rm", "ket", "ble", "on")
]


def _text(story: int, start: int, length: int, changes: tuple[int, ...], number: int | None) -> str:
    """A piece of one of three stories, with words exchanged."""
    words = [f"{WORDS[(7 * place + 11 * story) % 30]}{place % 5}" for place in range(40)][start : start + length]
    for change in changes:
        words[change % len(words)] = f"other{change}"
    return " ".join(words) + ("" if number is None else f" {number}")


TEXTS = st.builds(
    _text,
    st.integers(0, 2),
    st.sampled_from([0, 0, 2, 8]),
    st.sampled_from([40, 40, 28, 18]),
    st.lists(st.integers(0, 39), max_size=6).map(tuple),
    st.sampled_from([None, None, 1, 2]),
)
HOURS = st.one_of(st.none(), st.integers(0, 24 * 12))
Draft = tuple[int, int, str]


def _post(number: int, hours: int | None, edited: int, text: str) -> AnalyzedPost:
    channel = number % 4 + 1
    post = NormalizedPost(
        key=f"tg:{channel}:{number + 1}",
        revision=text,  # so that an edit can take another one back
        channel=Channel(id=channel),
        message_id=number + 1,
        posted_at=None if hours is None else START + timedelta(hours=hours),
        edited_at=START + timedelta(days=30, hours=edited),
        text=text,
        language=Language(code="en"),
        provenance=PROVENANCE,
    )
    return AnalyzedPost(post=post, fingerprint=fingerprint(text))


def _broken(text: str, place: int) -> str:
    """A text with a line end after so many words."""
    words = text.split(" ")
    return " ".join(words[:place]) + "\n" + " ".join(words[place:]) if 0 < place < len(words) else text


BROKEN_TEXTS = st.builds(_broken, TEXTS, st.sampled_from([0, 0, 8, 20]))


@st.composite
def streams(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> list[AnalyzedPost]:
    """Up to nine posts, some of them in several revisions, each with an edit date of its own."""
    hours = draw(st.lists(HOURS, min_size=2, max_size=9))
    drafts = draw(st.lists(st.tuples(st.integers(0, len(hours) - 1), st.integers(0, 2), texts), max_size=14))
    latest = {(number, edited): text for number, edited, text in drafts}
    return [_post(number, hours[number], edited, text) for (number, edited), text in latest.items()]


@dataclass
class _Reader:
    """Resolves the links by union-find, as readers of the topics do."""

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

    def clusters(self) -> dict[frozenset[str], str]:
        """Clusters and the canonical post of each: the one without a link."""
        parent = {key: key for key in self.posts}

        def find(key: str) -> str:
            while parent[key] != key:
                key = parent[key]
            return key

        for key, link in self.links.items():
            if link is not None:
                parent[find(key)] = find(link.of)
        members: dict[str, set[str]] = {}
        for key in self.posts:
            members.setdefault(find(key), set()).add(key)
        roots = {key for key in self.posts if self.links.get(key) is None}
        return {frozenset(cluster): ", ".join(sorted(cluster & roots)) for cluster in members.values()}


def _run(values: list[AnalyzedPost]) -> _Reader:
    reader, index = _Reader(), DedupIndex(window_days=3)
    for value in values:
        reader.take(index.decide(value))
    return reader


@settings(deadline=None)
@given(streams(), st.data())
def test_any_order_ends_in_the_same_clusters_and_canonical_posts(
    values: list[AnalyzedPost], data: st.DataObject
) -> None:
    assert _run(data.draw(st.permutations(values))).clusters() == _run(values).clusters()


@settings(deadline=None)
@given(streams(BROKEN_TEXTS), st.integers(1, 9))
def test_posts_together_fare_as_one_by_one(values: list[AnalyzedPost], size: int) -> None:
    index, alone = DedupIndex(window_days=3), DedupIndex(window_days=3)
    for start in range(0, len(values), size):
        some = values[start : start + size]
        assert index.decide_all(some) == [alone.decide(value) for value in some]


@settings(deadline=None)
@given(streams())
def test_each_cluster_has_one_canonical_post_its_earliest(values: list[AnalyzedPost]) -> None:
    reader = _run(values)
    for cluster, canonical in reader.clusters().items():
        first = min(
            (reader.posts[key] for key in cluster),
            key=lambda post: (post.posted_at is None, post.posted_at or START, post.channel.id, post.message_id),
        )
        assert canonical == first.key


@settings(deadline=None)
@given(streams(), st.data())
def test_an_index_cut_off_anywhere_goes_on_from_its_files_and_log(
    values: list[AnalyzedPost], data: st.DataObject
) -> None:
    saved_at = data.draw(st.integers(0, len(values)))
    index, reader = DedupIndex(window_days=3), _Reader()
    for value in values[:saved_at]:
        reader.take(index.decide(value))
    covered = len(reader.log)
    files = {day: packed(segment.chunks()) for day, segment in index.segments.items()}
    index.identities.seal()
    runs = list(index.identities.runs)
    for value in values[saved_at:]:
        reader.take(index.decide(value))
    restored = DedupIndex(3, files, runs=runs)
    restored.restore(reader.log[covered:])
    assert len(restored) == len(index)
    for value in values:
        assert restored.decide(value) == index.decide(value)
