"""Forwards whose origin is known by its channel's name alone: in any order of arrival, over restarts and partitions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.channel_names import NameNews
from processors.core.dedup import DedupIndex
from processors.core.dedup.image import packed
from processors.core.fingerprint import fingerprint
from processors.core.routing import dedup_outputs
from schemas import (
    AnalyzedPost,
    AnalyzedValue,
    Channel,
    ChannelName,
    DuplicateLink,
    DuplicateRecord,
    FingerprintRecord,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    Provenance,
    Source,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance(source=Source(kind="test"), lane=Lane.BACKFILL, pipeline_version="1")
TEXTS = ("", "The harbour is open again.", "Snow fell on both passes during the night.")
NAMES = ("alpha", "beta")


def _post(number: int, channel: int, name: str | None, hours: int | None, text: str, origin: object) -> AnalyzedPost:
    forward = None
    if isinstance(origin, tuple):
        forward = ForwardOrigin(channel_username=origin[0], message_id=origin[1], channel_id=origin[2])
    post = NormalizedPost(
        key=f"tg:{channel}:{number}",
        revision="1",
        channel=Channel(id=channel, username=name),
        message_id=number,
        posted_at=None if hours is None else START + timedelta(hours=hours),
        text=text,
        language=Language(code="en"),
        forward=forward,
        provenance=PROVENANCE,
    )
    return AnalyzedPost(post=post, fingerprint=fingerprint(text))


ORIGINS = st.one_of(
    st.none(), st.tuples(st.sampled_from(NAMES), st.integers(1, 8), st.sampled_from([None, None, None, 1, 2]))
)
DRAFTS = st.tuples(
    st.integers(1, 3),
    st.sampled_from([None, *NAMES]),
    st.one_of(st.none(), st.integers(0, 120)),
    st.sampled_from(TEXTS),
    ORIGINS,
)


@st.composite
def streams(draw: st.DrawFn) -> list[AnalyzedPost]:
    drafts = draw(st.lists(DRAFTS, min_size=2, max_size=8))
    return [_post(number, *draft) for number, draft in enumerate(drafts, start=1)]


@dataclass
class _Reader:
    """What the links say at last."""

    links: dict[str, DuplicateLink | None] = field(default_factory=dict)
    log: list[FingerprintRecord | ChannelName] = field(default_factory=list)

    def take(self, index: DedupIndex, value: AnalyzedValue) -> None:
        for output in dedup_outputs(index.decide(value)):
            match output.record:
                case DuplicateRecord(key=key, duplicate=duplicate):
                    self.links[key] = duplicate
                case FingerprintRecord() | ChannelName() as record:
                    self.log.append(record)

    def clusters(self, posts: list[AnalyzedPost]) -> tuple[set[frozenset[str]], set[str]]:
        """The clusters, and the posts without a link."""
        links = {key: link.of for key, link in self.links.items() if link is not None}
        clusters = {key: {key} for key in (*(value.post.key for value in posts), *links.values())}
        for key, of in links.items():
            joined = clusters[key] | clusters[of]
            clusters |= dict.fromkeys(joined, joined)
        return set(map(frozenset, clusters.values())), clusters.keys() - links.keys()


def _values(posts: list[AnalyzedPost]) -> list[AnalyzedValue]:
    news = NameNews()
    values: list[AnalyzedValue] = []
    for post in posts:
        values += [*news.of(post.post), post]
    return values


def _run(posts: list[AnalyzedPost]) -> _Reader:
    reader, index = _Reader(), DedupIndex(window_days=3)
    for value in _values(posts):
        reader.take(index, value)
    return reader


@settings(deadline=None)
@given(streams(), st.data())
def test_any_order_ends_in_the_same_clusters(posts: list[AnalyzedPost], data: st.DataObject) -> None:
    assert _run(data.draw(st.permutations(posts))).clusters(posts) == _run(posts).clusters(posts)


@settings(deadline=None)
@given(streams(), st.data())
def test_names_may_reach_a_partition_at_any_time(posts: list[AnalyzedPost], data: st.DataObject) -> None:
    reader, index = _Reader(), DedupIndex(window_days=3)
    for value in data.draw(st.permutations(_values(posts))):
        reader.take(index, value)
    assert reader.clusters(posts) == _run(posts).clusters(posts)


@settings(deadline=None)
@given(streams(), st.integers(1, 9))
def test_values_together_end_as_one_by_one(posts: list[AnalyzedPost], size: int) -> None:
    index, alone, values = DedupIndex(window_days=3), DedupIndex(window_days=3), _values(posts)
    for start in range(0, len(values), size):
        some = values[start : start + size]
        assert index.decide_all(some) == [alone.decide(value) for value in some]


@settings(deadline=None)
@given(streams(), st.data())
def test_an_index_cut_off_anywhere_goes_on_from_its_files_and_log(
    posts: list[AnalyzedPost], data: st.DataObject
) -> None:
    values = _values(posts)
    saved_at, cut_at = sorted(data.draw(st.tuples(st.integers(0, len(values)), st.integers(0, len(values)))))
    index, reader = DedupIndex(window_days=3), _Reader()
    for value in values[:saved_at]:
        reader.take(index, value)
    covered = len(reader.log)
    files = {day: packed(segment.chunks()) for day, segment in index.segments.items()}
    for value in values[saved_at:cut_at]:
        reader.take(index, value)
    restored = DedupIndex(3, files)
    restored.restore(reader.log[covered:])
    assert len(restored) == len(index)
    for value in values[cut_at:]:
        assert restored.decide(value) == index.decide(value)
