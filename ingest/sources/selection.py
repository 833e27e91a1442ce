"""A part of a source: posts of a time or above an id, and no more than a number of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.sources.base import NoPost, NoPostKind, Position, Source, SourceItem
from schemas import RawPost

_FILTERED = NoPost(NoPostKind.FILTERED)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted. A post of unknown date is, whatever the time."""

    since: datetime | None = None
    until: datetime | None = None
    from_id: int | None = None

    def wants(self, post: RawPost) -> bool:
        """Whether a post is of the part: ``since`` <= posted < ``until``, id >= ``from_id``."""
        if self.from_id is not None and post.message_id < self.from_id:
            return False
        if post.posted_at is None:
            return True
        is_early = self.since is not None and post.posted_at < self.since
        return not is_early and (self.until is None or post.posted_at < self.until)


class PostLimit:
    """``--limit``: posts of all sources together."""

    def __init__(self, posts: int | None) -> None:
        self._left = posts

    def take(self) -> None:
        """Count one post."""
        if self._left is not None:
            self._left -= 1

    @property
    def is_spent(self) -> bool:
        """Whether no more posts are wanted."""
        return self._left is not None and self._left <= 0


class SelectedSource:
    """The part of a source. Its cursor is its own: what was left out once is there for a replay of another part."""

    def __init__(self, source: Source, selection: Selection, limit: PostLimit, variant: str = "") -> None:
        """``variant`` names whatever else makes its posts differ from those of the bare source (a time zone)."""
        self._source, self._selection, self._limit = source, selection, limit
        self._variant = variant
        self.is_passed_over = False
        """Whether nothing was read of it, as the limit was reached before."""

    @property
    def kind(self) -> str:
        """See ``Source``."""
        return self._source.kind

    @property
    def name(self) -> str:
        """See ``Source``."""
        return self._source.name

    @property
    def path(self) -> Path | None:
        """See ``Source``."""
        return self._source.path

    @property
    def identity(self) -> str | None:
        """That of the source, with what makes it differ from it."""
        identity = self._source.identity
        if identity is None:
            return None
        chosen = self._selection
        parts = [str(part) for part in (chosen.since, chosen.until, chosen.from_id) if part is not None]
        if parts:
            parts = [f"since={chosen.since} until={chosen.until} from_id={chosen.from_id}"]
        return "?".join([identity, *parts, *([self._variant] if self._variant else [])])

    @property
    def total_bytes(self) -> int | None:
        """See ``Source``."""
        return self._source.total_bytes

    @property
    def bytes_read(self) -> int:
        """See ``Source``."""
        return self._source.bytes_read

    @property
    def warnings(self) -> list[str]:
        """See ``Source``."""
        return self._source.warnings

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        """See ``Source``; ends when the limit is reached."""
        if self._limit.is_spent:
            self.is_passed_over = True
            return
        for item in self._source.read(after):
            if isinstance(item.entry, RawPost):
                if not self._selection.wants(item.entry):
                    yield item._replace(entry=_FILTERED, message_id=item.entry.message_id)
                    continue
                self._limit.take()
            yield item
            if self._limit.is_spent:
                return
