"""What became of the records of one source: for reports."""

from collections import Counter
from dataclasses import dataclass, field

from ingest.sources.base import NoPost, NoPostKind, Rejected, Source, SourceItem
from schemas import RawPost

MAX_CHANNELS = 1000
"""Channels of a source that are counted by name; a larger set is a research corpus."""


@dataclass
class Tally:
    """Counts of one source."""

    source: Source
    posts: int = 0
    rejected: int = 0
    no_posts: Counter[NoPostKind] = field(default_factory=Counter)
    skipped: int = 0
    """Items that earlier replays have settled."""
    channels: dict[int, str] = field(default_factory=dict)
    """Id -> @name or title of the first MAX_CHANNELS."""

    @property
    def read(self) -> int:
        """All records."""
        return self.posts + self.rejected + self.no_posts.total()

    def add(self, item: SourceItem) -> None:
        """Count an item."""
        entry = item.entry
        if isinstance(entry, RawPost):
            self.posts += 1
            channel = entry.channel
            if channel.id not in self.channels and len(self.channels) < MAX_CHANNELS:
                self.channels[channel.id] = f"@{channel.username}" if channel.username else channel.title or ""
        elif isinstance(entry, Rejected):
            self.rejected += 1
        elif isinstance(entry, NoPost):
            self.no_posts[entry.kind] += 1

    def unpublishable(self) -> None:
        """A post was refused after all: it is too large."""
        self.posts -= 1
        self.rejected += 1
