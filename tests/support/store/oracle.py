"""What a store has to hold after records, worked out from all records so far and in other terms than the store's."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from schemas.keys import parse_post_key
from schemas.query.tokens import post_tokens
from schemas.times import DAY_MS, HOUR_MS

Place = tuple[int, int, int, int]


class Arrived(NamedTuple):
    """A record, and where in its topic it was."""

    epoch: int
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    value: bytes | None


@dataclass
class Post:
    """A post as the store has to show it."""

    record: dict[str, Any]
    place: Place
    partition: int
    posted_ms: int
    edits: int = 0
    deleted_ms: int | None = None
    is_erased: bool = False

    def see_again(self, arrived: Arrived) -> None:
        """An older state from a later topic shows that the post is still there."""
        if arrived.epoch > self.place[2]:
            self.place = (*self.place[:2], arrived.epoch, arrived.offset)
            self.partition = arrived.partition


@dataclass
class Oracle:
    """Everything that has arrived, folded one by one."""

    keeps_deleted: bool
    posts: dict[str, Post] = field(default_factory=dict)
    deletions: dict[str, tuple[Place, int]] = field(default_factory=dict)
    history: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)
    verdicts: dict[str, tuple[Place, dict[str, Any] | None]] = field(default_factory=dict)
    views: dict[str, dict[int, int]] = field(default_factory=dict)
    names: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def take_state(self, arrived: Arrived) -> None:
        assert arrived.value is not None
        record = orjson.loads(arrived.value.replace(b"\\u0000", "\ufffd".encode()))
        rank = record["provenance"]["rank"]
        place = (rank[0], rank[1], arrived.epoch, arrived.offset)
        if record["type"] == "tombstone":
            self._delete(arrived.key, place, arrived.partition)
            if (post := self.posts.get(arrived.key)) is not None:
                post.see_again(arrived)
        else:
            self._name(record, rank[0])
            self._post(arrived, record, place)

    def _name(self, record: dict[str, Any], moment: int) -> None:
        channel = record["channel"]
        self.names.setdefault(channel["id"], []).append((moment, channel["username"]))

    def _post(self, arrived: Arrived, record: dict[str, Any], place: Place) -> None:
        known = self.posts.get(arrived.key)
        if known is not None and place <= known.place:
            known.see_again(arrived)
            return
        edits = 0
        posted_ms = _moment_ms(record, arrived.timestamp_ms)
        if known is not None:
            edits = known.edits
            if record["posted_at"] is None:
                posted_ms = known.posted_ms
            if record["revision"] != known.record["revision"]:
                edits += 1
                if not known.is_erased:
                    self._remember(arrived.key, (*known.record["provenance"]["rank"], "text", known.record["text"]))
        self.posts[arrived.key] = Post(record, place, arrived.partition, posted_ms, edits)
        if known is None or known.is_erased or record != known.record:
            self._count(arrived.key, record["counters"])
        if known is None and arrived.key in self.deletions:
            deletion, _ = self.deletions.pop(arrived.key)
            if deletion > place:
                self._delete(arrived.key, deletion, arrived.partition)

    def _delete(self, key: str, place: Place, partition: int) -> None:
        post = self.posts.get(key)
        if post is None:
            if key not in self.deletions or place > self.deletions[key][0]:
                self.deletions[key] = (place, place[0] // 1000)
            return
        if place <= post.place:
            return
        post.place, post.partition, post.deleted_ms = place, partition, place[0] // 1000 or post.posted_ms
        self._remember(key, (place[0], place[1], "deleted", None))
        if not self.keeps_deleted:
            post.is_erased = True
            self.history[key] = {row for row in self.history[key] if row[2] == "deleted"}
            self.views.pop(key, None)

    def _remember(self, key: str, row: tuple[Any, ...]) -> None:
        rows = self.history.setdefault(key, set())
        if row[:3] not in {other[:3] for other in rows}:
            rows.add(row)

    def _count(self, key: str, counters: dict[str, Any] | None) -> None:
        if counters is not None:
            self.views.setdefault(key, {})[_ms(counters["observed_at"])] = counters["views"]

    def take_counters(self, arrived: Arrived) -> None:
        assert arrived.value is not None
        post = self.posts.get(arrived.key)
        if self.keeps_deleted or post is None or post.deleted_ms is None:
            self._count(arrived.key, orjson.loads(arrived.value)["counters"])

    def take_verdict(self, arrived: Arrived) -> None:
        known = self.verdicts.get(arrived.key)
        record = None if arrived.value is None else orjson.loads(arrived.value)
        if record is None and known is None:
            return
        rank = (record and record["rank"]) or (known[0][:2] if known else (0, 0))
        place = (rank[0], rank[1], arrived.epoch, arrived.offset)
        if known is None or place > known[0]:
            self.verdicts[arrived.key] = (place, record)
        elif arrived.epoch > known[0][2]:
            self.verdicts[arrived.key] = ((*known[0][:2], arrived.epoch, arrived.offset), known[1])

    # What tables have to hold.

    def post_rows(self) -> dict[str, tuple[Any, ...]]:
        return {  # without its offset: a repeat may leave it as it was
            key: (
                "" if post.is_erased else post.record["text"],
                post.record["revision"],
                post.record["language"]["code"],
                post.posted_ms,
                post.record["posted_at"] is not None,
                post.edits,
                post.deleted_ms,
                *post.place[:3],
                0 if post.is_erased else sum(len(found["items"]) for found in post.record["quote_lists"]),
            )
            for key, post in self.posts.items()
        }

    def mention_rows(self, name: str) -> set[tuple[Any, ...]]:
        """Rows of ``quotes`` or ``citations``: post, position, outlet's name."""
        found: set[tuple[Any, ...]] = set()
        for key, post in self.posts.items():
            if post.is_erased:
                continue
            quotes = [item for each in post.record["quote_lists"] for item in each["items"]]
            items = post.record.get("citations", []) if name == "citations" else quotes
            found |= {(key, item["position"], outlet["name"]) for item in items for outlet in item["outlets"]}
        return found

    def hits(self) -> dict[str, set[str]]:
        """Posts by token."""
        hits: dict[str, set[str]] = {}
        for key, post in self.posts.items():
            text = "" if post.is_erased else post.record["text"]
            tokens = post_tokens(text, post.record["language"]["code"], parse_post_key(key)[0])
            for token in [] if post.is_erased else tokens:
                hits.setdefault(token, set()).add(key)
        return hits

    def rollups(self) -> tuple[Counter[Any], Counter[Any]]:
        """Posts, edited and deleted ones by hour, language and partition, and by day, channel and language."""
        hourly: Counter[Any] = Counter()
        daily: Counter[Any] = Counter()
        for key, post in self.posts.items():
            if post.record["posted_at"] is None:
                continue
            language = post.record["language"]["code"]
            for what, counts in (
                ("posts", True),
                ("edited", post.edits > 0),
                ("deleted", post.deleted_ms is not None),
            ):
                if counts:
                    hourly[post.posted_ms // HOUR_MS, language, post.partition, what] += 1
                    daily[post.posted_ms // DAY_MS, parse_post_key(key)[0], language, what] += 1
        return hourly, daily

    def targets(self) -> dict[str, str]:
        """What each post repeats, by the newest verdict of each."""
        return {
            key: record["duplicate"]["of"]
            for key, (_, record) in self.verdicts.items()
            if record is not None and record["duplicate"] is not None and record["duplicate"]["of"] != key
        }

    def clusters(self) -> set[tuple[str, frozenset[str]]]:
        """Root and members of each story."""
        targets = self.targets()
        neighbours: dict[str, set[str]] = {}
        for key, target in targets.items():
            neighbours.setdefault(key, set()).add(target)
            neighbours.setdefault(target, set()).add(key)
        found, left = set(), set(neighbours)
        while left:
            members, waiting = set(), [left.pop()]
            while waiting:
                members.add(key := waiting.pop())
                waiting += [other for other in neighbours[key] if other not in members]
            left -= members
            found.add((_root(members, targets), frozenset(members)))
        return found

    def copies(self) -> Counter[tuple[int, int]]:
        """Copies by day and channel."""
        return Counter(
            (_ms(record["posted_at"]) // DAY_MS, parse_post_key(key)[0])
            for key, (_, record) in self.verdicts.items()
            if record is not None and key in self.targets()
        )


def _root(members: set[str], targets: Mapping[str, str]) -> str:
    """The member that repeats nothing; of members that all repeat one, the earliest of the ring."""
    originals = [key for key in members if key not in targets]
    if originals:
        (root,) = originals
        return root
    ring = [key for key in members if _comes_back(key, targets)]
    return min(ring, key=lambda key: parse_post_key(key)[1])  # dates ascend with the numbers of the posts


def _comes_back(key: str, targets: Mapping[str, str]) -> bool:
    at = key
    for _ in targets:
        at = targets[at]
        if at == key:
            return True
    return False


def _moment_ms(record: dict[str, Any], timestamp_ms: int) -> int:
    moment = record["posted_at"] or record["provenance"]["collected_at"]
    return timestamp_ms if moment is None else _ms(moment)


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
