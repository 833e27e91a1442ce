"""Who copied whom: posts joined by their duplicate links, from JSON lines that a run has written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from schemas import (
    CitationRecord,
    DuplicateLink,
    DuplicateRecord,
    NormalizedPost,
    QuoteRecord,
    Tombstone,
    parse_post_key,
)
from schemas.regular_files import open_regular
from schemas.topics import DUPLICATES, NORMALIZED
from tgwire.errors import RecordFileError

RecordLine = NormalizedPost | DuplicateRecord | Tombstone | QuoteRecord | CitationRecord
_LINE: TypeAdapter[RecordLine] = TypeAdapter(RecordLine)
_OPENING = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A post of a cluster of duplicates."""

    key: str
    link: DuplicateLink | None
    channel: str
    """Title, name or id."""
    posted_at: datetime | None = None
    opening: str = ""
    is_collected: bool = True
    """False for the origin of forwards that was never collected itself."""

    @property
    def place(self) -> tuple[bool, bool, float, tuple[int, int]]:
        """Position in event time: unknown dates last, but an origin without a post is older than its forwards."""
        moment = 0.0 if self.posted_at is None else self.posted_at.timestamp()
        return (self.is_collected, self.posted_at is None, moment, parse_post_key(self.key))


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """Posts with the same content, the first sender's in front."""

    members: tuple[Member, ...]

    @property
    def first(self) -> Member:
        """The post of the first sender."""
        return self.members[0]

    def lag_s(self, member: Member) -> float | None:
        """Seconds between the first post and another; None when a date is unknown."""
        if member.posted_at is None or self.first.posted_at is None:
            return None
        return (member.posted_at - self.first.posted_at).total_seconds()


@dataclass(slots=True)
class Collection:
    """The final state in files of records: the last record of a key wins."""

    posts: dict[str, Member] = field(default_factory=dict)
    links: dict[str, DuplicateLink | None] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    """Posts of which the last record is a deletion: links of theirs have ended."""

    def add(self, record: RecordLine) -> None:
        """Take a record over, in place of an earlier one of its key."""
        match record:
            case NormalizedPost() as post:
                name = post.channel.title or post.channel.username or str(post.channel.id)
                self.posts[post.key] = Member(post.key, None, name, post.posted_at, post.text[:_OPENING])
                self.links[post.key] = post.duplicate
                self.deleted.discard(post.key)
            case DuplicateRecord(key=key, duplicate=duplicate):
                if key not in self.deleted:
                    self.links[key] = duplicate
            case Tombstone(key=key):
                self.posts.pop(key, None)
                self.links.pop(key, None)
                self.deleted.add(key)

    def clusters(self) -> list[DuplicateCluster]:
        """All clusters of two posts or more, the largest first."""
        parent: dict[str, str] = {}
        for key, link in self.links.items():
            if link is not None:
                parent[_root(parent, key)] = _root(parent, link.of)
        keys = {key for pair in parent.items() for key in pair}
        groups: dict[str, list[Member]] = {}
        for key in keys:
            groups.setdefault(_root(parent, key), []).append(self._member(key))
        found = [
            DuplicateCluster(tuple(sorted(members, key=lambda member: member.place)))
            for members in groups.values()
            if len(members) > 1
        ]
        return sorted(found, key=lambda cluster: (-len(cluster.members), cluster.first.place))

    def _member(self, key: str) -> Member:
        post, link = self.posts.get(key), self.links.get(key)
        if post is None:
            return Member(key, link, str(parse_post_key(key)[0]), is_collected=False)
        return Member(key, link, post.channel, post.posted_at, post.opening)


def read_collection(paths: Iterable[Path]) -> Collection:
    """The final state that files of records hold; of a folder its ``posts.normalized.jsonl`` and
    ``posts.duplicates.jsonl``.

    Links are read after all posts, since a link that superseded a post's own was sent later. Raises RecordFileError
    for a file or line that cannot be read.
    """
    collection = Collection()
    links: list[DuplicateRecord] = []
    for path in paths:
        for file in _files(path):
            for record in _records(file):
                if isinstance(record, DuplicateRecord):
                    links.append(record)
                else:
                    collection.add(record)
    for link in links:
        collection.add(link)
    return collection


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    posts, links = (path / f"{topic.name}.jsonl" for topic in (NORMALIZED, DUPLICATES))
    if not posts.exists():
        raise RecordFileError(f"{path}: the folder holds no {posts.name}: name one that replay --direct or demo wrote")
    return [posts, links] if links.exists() else [posts]


def _records(path: Path) -> Iterable[RecordLine]:
    for number, line in enumerate(record_lines(path), start=1):
        if line.strip() and not line.startswith(b'{"type":"rejected"'):
            try:
                yield _LINE.validate_json(line)
            except ValidationError:
                raise RecordFileError(f"{path}:{number}: no record of tgwire") from None


def record_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file of records; RecordFileError when it cannot be read."""
    try:
        with open_regular(path) as file:
            yield from file
    except OSError as error:
        raise RecordFileError(f"{path}: cannot be read: {error.strerror}") from error


def _root(parent: dict[str, str], key: str) -> str:
    root = key
    while (above := parent.setdefault(root, root)) != root:
        root = above
    while parent[key] != root:
        parent[key], key = root, parent[key]
    return root
