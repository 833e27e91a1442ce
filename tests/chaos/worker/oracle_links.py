"""The judge of links: what each post repeats, by what was issued, against where the links lead."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from schemas import DuplicateKind, DuplicateLink
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_verdicts import Verdicts

Links = Mapping[str, DuplicateLink | None]


def judge_links(
    states: Mapping[str, Sequence[Issued]],
    last: Mapping[str, Issued],
    verdicts: Verdicts,
    acknowledged: frozenset[int],
) -> Iterator[tuple[str, str]]:
    """Kind of each fault, and where. ``last`` is the state of each post that its last record shows.

    Every chain of links ends at the earliest post of the story that is not deleted, or at the origin of a forward, and
    passes only posts that had the story or were forwarded. A forward itself links to its origin, by id; nothing else
    links to a deleted post.
    """
    links = {key: verdict.duplicate for key, verdict in verdicts.items() if verdict is not None}
    stories = _Stories(states, last, acknowledged)
    for key, issued in last.items():
        if issued.post.is_deleted:
            continue
        wanted, path = stories.canonical(key), _path(key, links)
        if wanted is not None and (path[-1] != wanted or not stories.explain(path)):
            yield "wrong duplicate verdict", f"{' -> '.join(path)} instead of {wanted}"
        origin, link = issued.origin, links.get(key)
        if origin is not None and (link is None or (link.of, link.kind) != (origin, DuplicateKind.FORWARD)):
            found = f"{link.kind} to {link.of}" if link else "none"
            yield "wrong forward link", f"{key}: {found} instead of forward to {origin}"
        if link is not None and link.kind is not DuplicateKind.FORWARD and stories.is_deleted(link.of):
            yield "link to a deleted post", f"{key} to {link.of}"
        verdict = verdicts.get(key)
        if verdict is not None and link is not None and verdict.original_posted_at != stories.date(issued, link.of):
            yield "wrong date of the original", f"{key}: {verdict.original_posted_at}"


class _Stories:
    """Which posts had what content. A post owns the stories of all its states while it is not deleted, and repeats
    others by its last one.
    """

    def __init__(
        self, states: Mapping[str, Sequence[Issued]], last: Mapping[str, Issued], acknowledged: frozenset[int]
    ) -> None:
        self._owners: dict[str, dict[str, Issued]] = defaultdict(dict)
        self._last = last
        self._dates = {key: next((one.post for one in history if not one.post.is_deleted), history[0].post).posted_at
                       for key, history in states.items()}  # fmt: skip
        self._unsure: set[str] = set()
        """Of posts that may not have arrived."""
        for key, history in states.items():
            if any(issued.number not in acknowledged for issued in history):
                self._unsure |= {issued.story for issued in history}
            if key in last and not last[key].post.is_deleted:
                for issued in history:
                    if issued.said.is_compared:
                        self._owners[issued.story][key] = issued

    def is_deleted(self, key: str) -> bool:
        """Whether a post is known as deleted."""
        return key in self._last and self._last[key].post.is_deleted

    def date(self, issued: Issued, of: str) -> datetime | None:
        """The date of the original of a post: the origin's is known from the forward."""
        forward = issued.post.forward
        return forward.posted_at if forward is not None and issued.origin == of else self._dates.get(of)

    def canonical(self, key: str) -> str | None:
        """The post at the end of the links: the first that had the story, or what that one repeats by now."""
        if key not in self._last or self.is_deleted(key):
            return key  # an origin that was never collected, or was deleted
        issued = self._last[key]
        if issued.origin is not None:
            return self.canonical(issued.origin)
        if issued.story in self._unsure:
            return None
        if not issued.said.is_compared:
            return key
        first = min(self._owners[issued.story].values(), key=_place).key
        return key if first == key else self.canonical(first)

    def explain(self, path: Sequence[str]) -> bool:
        """Whether each post of a path forwards the next one, or repeats a former text of that one."""
        return all(
            after == self._last[key].origin or after in self._owners[self._last[key].story]
            for key, after in pairwise(path)
            if key in self._last
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
