"""Records that are not taken, since what they are about was erased, or is older than what the store keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.keys import parse_post_key
from sinks.store.database import Reader
from sinks.store.writing.rows import ERASED, MarkRow

_MARKS = f"SELECT {', '.join(MarkRow._fields)} FROM marks WHERE key"


@dataclass
class PassedOver:
    """What is known of posts that the store does not keep, and how many records were skipped for it."""

    marks: Mapping[str, MarkRow]
    erased_channels: frozenset[int]
    horizon_ms: int
    """Posts before this moment are not kept."""
    upkeep: str
    """Changes whenever something other than a sink writes: what was read before has to be read again."""
    erased: int = field(default=0, init=False)
    retired: int = field(default=0, init=False)

    @classmethod
    def load(cls, reader: Reader, keys: Sequence[str]) -> "PassedOver":
        """Read what there is about these posts."""
        meta: dict[str, str] = dict(reader.rows("SELECT name, value FROM meta WHERE name IN ('horizon_ms', 'upkeep')"))
        channels = frozenset(channel for (channel,) in reader.rows("SELECT channel_id FROM erased_channels"))
        marks = {row[0]: MarkRow._make(row) for row in reader.among(_MARKS, keys)}
        return cls(marks, channels, int(meta["horizon_ms"]), meta["upkeep"])

    def takes(self, key: str, moment_ms: int | None) -> bool:
        """Whether a record is skipped, which is counted then; ``moment_ms`` of one that may be too old."""
        if self.is_erased(key):
            self.erased += 1
            return True
        if moment_ms is not None and moment_ms < self.horizon_ms:
            self.retired += 1
            return True
        return False

    def is_erased(self, key: str) -> bool:
        """Whether nothing of a post is to be kept."""
        mark = self.marks.get(key)
        if mark is not None and mark.why == ERASED:
            return True
        return bool(self.erased_channels) and parse_post_key(key)[0] in self.erased_channels

    def takes_channel(self, channel: int) -> bool:
        """Whether a record of a channel is skipped, which is counted then."""
        is_erased = channel in self.erased_channels
        self.erased += is_erased
        return is_erased

    def deletion(self, key: str) -> MarkRow | None:
        """The known deletion of a post that is not there."""
        return self.marks.get(key)
