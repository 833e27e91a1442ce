"""Forwards whose origin is known by its channel's name alone: in any order of arrival, over restarts and partitions."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.core.dedup import DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import fingerprint
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.segment_image import packed
from schemas import (
    Channel,
    ChannelName,
    FingerprintBatch,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    PostFingerprint,
    PostSource,
    Provenance,
)
from tests.support.fingerprints import START_MS, Reader, batch, succeeded

START = datetime(2024, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance(source=PostSource(kind="test"), lane=Lane.BACKFILL, pipeline_version="1")
TEXTS = ("", "The harbour is open again.", "Snow fell on both passes during the night.")
NAMES = ("alpha", "beta")


def _post(number: int, channel: int, name: str | None, hours: int | None, text: str, origin: object) -> NormalizedPost:
    forward = None
    if isinstance(origin, tuple):
        forward = ForwardOrigin(channel_username=origin[0], message_id=origin[1], channel_id=origin[2])
    return NormalizedPost(
        key=f"tg:{channel}:{number}",
        revision="0" * 16,
        channel=Channel(id=channel, username=name),
        message_id=number,
        posted_at=None if hours is None else START + timedelta(hours=hours),
        text=text,
        language=Language(code="en"),
        forward=forward,
        provenance=PROVENANCE,
    )


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
def streams(draw: st.DrawFn) -> list[NormalizedPost]:
    drafts = draw(st.lists(DRAFTS, min_size=2, max_size=8))
    return [_post(number, *draft) for number, draft in enumerate(drafts, start=1)]


Value = PostFingerprint | ChannelName


def _clusters(reader: Reader, posts: list[NormalizedPost]) -> tuple[set[frozenset[str]], set[str]]:
    """The clusters, and the posts without a link."""
    links = {key: of for key in reader.verdicts if (of := reader.of(key)) is not None}
    clusters = {key: {key} for key in (*(post.key for post in posts), *links.values())}
    for key, of in links.items():
        joined = clusters[key] | clusters[of]
        clusters |= dict.fromkeys(joined, joined)
    return set(map(frozenset, clusters.values())), clusters.keys() - links.keys()


def _values(posts: list[NormalizedPost]) -> list[Value]:
    """The posts, with the names that each shows in front of it."""
    news = NewChannelNames()
    values: list[Value] = []
    for post in posts:
        values += [*news.of(post), post_fingerprint(post, fingerprint(post.text))]
    return values


def _record(value: Value) -> FingerprintBatch:
    return batch(names=[value]) if isinstance(value, ChannelName) else batch([value])


def _run(values: list[Value]) -> Reader:
    reader, index = Reader(), DedupIndex(window_days=3)
    for value in values:
        reader.take(succeeded(index.fold(_record(value), START_MS)))
    return reader


@settings(deadline=None)
@given(streams(), st.data())
def test_any_order_ends_in_the_same_clusters(posts: list[NormalizedPost], data: st.DataObject) -> None:
    one, other = _run(_values(posts)), _run(_values(data.draw(st.permutations(posts))))
    assert _clusters(one, posts) == _clusters(other, posts)


@settings(deadline=None)
@given(streams(), st.data())
def test_names_may_reach_a_partition_at_any_time(posts: list[NormalizedPost], data: st.DataObject) -> None:
    one, other = _run(_values(posts)), _run(data.draw(st.permutations(_values(posts))))
    assert _clusters(one, posts) == _clusters(other, posts)


TWO_FORWARDS_OF_DIFFERENT_DAYS = [
    _post(1, 1, None, 0, "", None),
    _post(2, 1, None, None, "", ("beta", 1, None)),
    _post(3, 1, None, 0, "", ("beta", 1, None)),
    _post(4, 1, "beta", None, "", None),
]


@settings(deadline=None)
@example(TWO_FORWARDS_OF_DIFFERENT_DAYS, 3)
@given(streams(), st.integers(0, 20))
def test_an_index_restored_from_its_images_goes_on(posts: list[NormalizedPost], cut: int) -> None:
    log = [(_record(value), START_MS) for value in _values(posts)]
    index = DedupIndex(window_days=3)
    index.fold_silently(log[:cut])
    images = {day: packed(segment.chunks()) for day, segment in index.segments.items()}
    restored = DedupIndex(3, images, index.last)
    assert len(restored) == len(index)
    assert restored.fold_all(log[cut:]) == index.fold_all(log[cut:])
