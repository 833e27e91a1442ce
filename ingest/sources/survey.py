"""What archives hold, in numbers, for ``tgwire inspect``. Memory grows with ids (a few bytes each), not with texts."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from ingest.sources.base import NoPost, NoPostKind, Rejected, SourceItem
from schemas import Channel, RawPost

LANGUAGE_POSTS = 2_000
"""First posts of a channel whose language is looked at: it costs ten times what reading does."""
MAX_ORIGINS = 10_000
"""Most origins of forwards that are counted one by one."""
Detect = Callable[[str], str | None]
"""The language of a text by its code; None for unknown."""


class IdSet:
    """Message ids as runs: those of a channel are mostly dense."""

    def __init__(self) -> None:
        self.runs: dict[int, int] = {}
        """Block of 64 ids -> which of them are there."""
        self.count = 0

    def add(self, number: int) -> bool:
        """Whether it is new."""
        block, bit = number >> 6, 1 << (number & 63)
        before = self.runs.get(block, 0)
        if before & bit:
            return False
        self.runs[block] = before | bit
        self.count += 1
        return True

    def take_in(self, others: "IdSet") -> int:
        """Add the others; how many of them were there."""
        known = 0
        for block, bits in others.runs.items():
            before = self.runs.get(block, 0)
            known += (before & bits).bit_count()
            self.runs[block] = before | bits
        self.count += others.count - known
        return known

    @property
    def first(self) -> int:
        """The lowest."""
        block = min(self.runs)
        bits = self.runs[block]
        return (block << 6) + (bits & -bits).bit_length() - 1

    @property
    def last(self) -> int:
        """The highest."""
        block = max(self.runs)
        return (block << 6) + self.runs[block].bit_length() - 1

    @property
    def missing(self) -> int:
        """Ids between the first and the last that are not there: deleted, parts of albums, gaps."""
        return self.last - self.first + 1 - self.count if self.count else 0

    def filled_by(self, others: "IdSet") -> "IdSet":
        """These, and those of the others that are between the first and the last."""
        found = IdSet()
        found.runs, found.count = dict(self.runs), self.count
        if self.count:
            first, last = self.first, self.last
            for number in others:
                if first < number < last:
                    found.add(number)
        return found

    def __iter__(self) -> Iterator[int]:
        """All, in order."""
        for block in sorted(self.runs):
            bits = self.runs[block]
            while bits:
                yield (block << 6) + (bits & -bits).bit_length() - 1
                bits &= bits - 1

    def longest_gap(self) -> tuple[int, int] | None:
        """The first and last id of the longest run that is missing; None for none."""
        best: tuple[int, int] | None = None
        previous = None
        for number in self:
            if previous is not None and number - previous > 1:
                gap = (previous + 1, number - 1)
                if best is None or gap[1] - gap[0] > best[1] - best[0]:
                    best = gap
            previous = number
        return best


@dataclass
class ChannelSurvey:
    """One channel of an archive."""

    channel: Channel
    posts: int = 0
    other_states: int = 0
    """Of posts that were there before; a repeat of the same state is rejected."""
    in_earlier_files: int = 0
    """Posts that are in archives surveyed before this one, too."""
    undated: int = 0
    first: datetime | None = None
    last: datetime | None = None
    forwards: int = 0
    replies: int = 0
    characters: int = 0
    ids: IdSet = field(default_factory=IdSet)
    other_ids: IdSet = field(default_factory=IdSet)
    """Of service messages, empty ones and rejected records: they are in the file, and no gap."""
    languages: Counter[str] = field(default_factory=Counter)
    media: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    """Where forwards come from, by name or id."""
    days: Counter[date] = field(default_factory=Counter)

    @property
    def known_ids(self) -> IdSet:
        """Ids of all records from the first post to the last."""
        return self.ids.filled_by(self.other_ids)

    def add(self, post: RawPost, detect: Detect) -> None:
        """Count a post."""
        self.posts += 1
        self.other_states += not self.ids.add(post.message_id)
        self._add_date(post.posted_at)
        self.replies += post.reply_to is not None
        self.characters += len(post.text)
        self.media.update(media.kind.value for media in post.media)
        if self.posts <= LANGUAGE_POSTS and post.text:
            self.languages[detect(post.text) or "unknown"] += 1
        if post.forward is not None:
            self.forwards += 1
            origin = post.forward
            name = origin.name or origin.channel_username or str(origin.channel_id or "unknown")
            if name in self.origins or len(self.origins) < MAX_ORIGINS:
                self.origins[name] += 1

    def _add_date(self, moment: datetime | None) -> None:
        if moment is None:
            self.undated += 1
            return
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = moment if self.last is None else max(self.last, moment)
        self.days[moment.date()] += 1


@dataclass
class Survey:
    """One source."""

    name: str
    kind: str
    size_bytes: int | None
    channels: dict[int, ChannelSurvey] = field(default_factory=dict)
    no_posts: Counter[NoPostKind] = field(default_factory=Counter)
    rejected: int = 0
    repeated: int = 0
    """Rejected records that repeat a post."""
    warnings: list[str] = field(default_factory=list)
    other_ids: IdSet = field(default_factory=IdSet)
    """Of records before the first post: they are of its channel, as those behind a post are of that one's."""
    _latest: ChannelSurvey | None = None
    failure: str | None = None
    """Why it could not be read to its end."""

    @property
    def posts(self) -> int:
        """Of all channels."""
        return sum(channel.posts for channel in self.channels.values())

    def add(self, item: SourceItem, detect: Detect) -> None:
        """Count an item."""
        entry = item.entry
        if isinstance(entry, Rejected):
            self.rejected += 1
            self.repeated += entry.is_repeat
            self._add_other(item.message_id)
        elif isinstance(entry, NoPost):
            self.no_posts[entry.kind] += 1
            if entry.kind is not NoPostKind.OTHER_CHAT:
                self._add_other(item.message_id)
        else:
            known = self.channels.get(entry.channel.id)
            if known is None:
                known = self.channels[entry.channel.id] = ChannelSurvey(entry.channel)
            if self._latest is None:
                known.other_ids = self.other_ids
            self._latest = known
            known.add(entry, detect)

    def _add_other(self, message_id: int | None) -> None:
        """An id of the channel of the records around; not every record of service says its own."""
        if message_id is not None:
            (self.other_ids if self._latest is None else self._latest.other_ids).add(message_id)


class EarlierPosts:
    """The ids of all archives surveyed so far, by channel."""

    def __init__(self) -> None:
        self._ids: dict[int, IdSet] = {}

    def compare(self, survey: Survey) -> None:
        """Count what a survey has in common with those before it, and remember it for those to come."""
        for number, channel in survey.channels.items():
            channel.in_earlier_files = self._ids.setdefault(number, IdSet()).take_in(channel.ids)
