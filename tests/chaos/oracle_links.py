"""The judge of links: what each post repeats, by what was issued, against where the links lead."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from schemas import DuplicateKind, DuplicateLink, DuplicateRecord, NormalizedPost, Tombstone
from tests.chaos.invention import Issued
from tgwire.reading import StoredRecord

Links = Mapping[str, DuplicateLink | None]


def judge_links(
    revisions: Mapping[str, Sequence[Issued]],
    last: Mapping[str, NormalizedPost | Tombstone],
    records: Iterable[StoredRecord],
    acknowledged: frozenset[int],
) -> Iterator[tuple[str, str]]:
    """Kind of each fault, and where.

    Every chain of links ends at the earliest post of the story, or at the origin of a forward, and passes only posts
    that had the story or were forwarded. A forward itself links to its origin, by id.
    """
    links: dict[str, DuplicateLink | None] = {}
    for key, payload in last.items():
        if isinstance(payload, NormalizedPost):
            links[key] = payload.duplicate
    for stored in records:
        record = DuplicateRecord.model_validate_json(stored.value or b"")
        if record.key not in revisions:
            yield "phantom", f"link of {record.key}"
        links[record.key] = record.duplicate
    stories = _Stories(revisions, acknowledged)
    for key in last.keys() & revisions.keys():
        wanted = stories.canonical(key)
        path = _path(key, links)
        if wanted is not None and (path[-1] != wanted or not stories.explain(path)):
            yield "wrong duplicate verdict", f"{' -> '.join(path)} instead of {wanted}"
        origin, link = stories.origin(key), links.get(key)
        if origin is not None and (link is None or (link.of, link.kind) != (origin, DuplicateKind.FORWARD)):
            found = f"{link.kind} to {link.of}" if link else "none"
            yield "wrong forward link", f"{key}: {found} instead of forward to {origin}"


class _Stories:
    """Which posts said what. A post owns the stories of all its revisions, and repeats others by its last one; a
    deletion leaves the words where they were.
    """

    def __init__(self, revisions: Mapping[str, Sequence[Issued]], acknowledged: frozenset[int]) -> None:
        self._owners: dict[str, dict[str, Issued]] = defaultdict(dict)
        self._current: dict[str, Issued] = {}
        self._unsure: set[str] = set()
        """Of posts that may not have arrived."""
        for key, history in revisions.items():
            texts = [issued for issued in history if not issued.post.is_deleted]
            self._current[key] = texts[-1]
            for issued in texts:
                self._owners[issued.story][key] = issued
            if any(issued.number not in acknowledged for issued in history):
                self._unsure |= {issued.story for issued in history}

    def canonical(self, key: str) -> str | None:
        """The post at the end of the links: the first that had the story, or what that one repeats by now."""
        if key not in self._current:
            return key  # an origin that was never collected
        if (origin := self.origin(key)) is not None:
            return self.canonical(origin)
        story = self._current[key].story
        if story in self._unsure:
            return None
        first = min(self._owners[story].values(), key=_place).key
        return key if first == key else self.canonical(first)

    def origin(self, key: str) -> str | None:
        """Key of what a post forwards, whatever it says; None when it forwards nothing, or its origin has no id."""
        return self._current[key].origin if key in self._current else None

    def explain(self, path: Sequence[str]) -> bool:
        """Whether each post of a path forwards the next one, or says what that one had said."""
        return all(
            after == self.origin(key) or after in self._owners[self._current[key].story]
            for key, after in pairwise(path)
            if key in self._current
        )


def _place(issued: Issued) -> tuple[datetime, int, int]:
    """Posts without a date come last."""
    post = issued.post
    return (post.posted_at or datetime.max.replace(tzinfo=UTC), post.channel.id, post.message_id)


def _path(key: str, links: Links) -> list[str]:
    path = [key]
    while (link := links.get(path[-1])) is not None:
        if link.of in path:
            return [*path, link.of, "(circle)"]
        path.append(link.of)
    return path
