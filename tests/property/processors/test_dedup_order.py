"""Near-duplicates in any order of arrival, with edits and deletions: the same clusters, the same canonical posts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import fingerprint
from schemas import PostFingerprint
from tests.support.fingerprints import START_US, Reader, deletion, fold, state

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


def _post(number: int, hours: int | None, moment: int, text: str | None) -> PostFingerprint:
    """A state of a post; without a text its deletion."""
    channel, is_collected = number % 4 + 1, moment % 2 == 1
    if text is None:
        return deletion(number + 1, channel=channel, moment=moment, is_collected=is_collected)
    one = state(number + 1, fingerprint(text), channel=channel, moment=moment, is_collected=is_collected)
    return one._replace(posted_us=None if hours is None else START_US + hours * 3_600_000_000)


def _broken(text: str, place: int) -> str:
    """A text with a line end after so many words."""
    words = text.split(" ")
    return " ".join(words[:place]) + "\n" + " ".join(words[place:]) if 0 < place < len(words) else text


BROKEN_TEXTS = st.builds(_broken, TEXTS, st.sampled_from([0, 0, 8, 20]))


@st.composite
def streams(
    draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS, *, has_deletions: bool = True
) -> list[PostFingerprint]:
    """Up to nine posts, some of them in several states, each with a rank of its own."""
    hours = draw(st.lists(HOURS, min_size=2, max_size=9))
    drafts = st.one_of(texts, texts, texts, st.none()) if has_deletions else texts
    states = draw(st.dictionaries(st.tuples(st.integers(0, len(hours) - 1), st.integers(0, 4)), drafts, max_size=14))
    return [_post(number, hours[number], moment, text) for (number, moment), text in states.items()]


def _run(values: list[PostFingerprint]) -> Reader:
    index, reader = DedupIndex(window_days=3), Reader()
    for value in values:
        reader.take(fold(index, value))
    return reader


def _clusters(reader: Reader) -> dict[frozenset[str], str]:
    """The posts that are left, joined by union-find as readers of the topics do; of each cluster those without a
    link.
    """
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        while (above := parent.setdefault(key, key)) != key:
            key = above
        return key

    left = [key for key, record in reader.verdicts.items() if record is not None]
    for key in left:
        parent[find(key)] = find(reader.of(key) or key)
    members: dict[str, set[str]] = {}
    for key in left:
        members.setdefault(find(key), set()).add(key)
    return {
        frozenset(cluster): ", ".join(sorted(key for key in cluster if reader.of(key) is None))
        for cluster in members.values()
    }


@settings(deadline=None)
@given(streams(), st.data())
def test_any_order_ends_in_the_same_clusters_and_canonical_posts(
    values: list[PostFingerprint], data: st.DataObject
) -> None:
    assert _clusters(_run(data.draw(st.permutations(values)))) == _clusters(_run(values))


@settings(deadline=None)
@given(streams(BROKEN_TEXTS), st.integers(1, 9))
def test_posts_together_are_judged_as_one_by_one(values: list[PostFingerprint], size: int) -> None:
    index, alone = DedupIndex(window_days=3), DedupIndex(window_days=3)
    for start in range(0, len(values), size):
        some = values[start : start + size]
        assert fold(index, *some) == [change for value in some for change in fold(alone, value)]


@settings(deadline=None)
@given(streams(has_deletions=False))
def test_each_cluster_has_one_canonical_post_its_earliest(values: list[PostFingerprint]) -> None:
    places = {one.key: (one.posted_us is None, one.posted_us, one.channel_id, one.message_id) for one in values}
    for cluster, canonical in _clusters(_run(values)).items():
        assert canonical == min(cluster, key=places.__getitem__)
