"""Numbered posts with a known fate, and all that can become of one: collected live, from history or read from an
archive; edited, deleted and back again; on both lanes, in no order but that of their issue.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from schemas import Channel, ForwardOrigin, Lane, Media, MediaKind, PostSource, RawPost
from schemas.times import UNIX_EPOCH
from tests.chaos.worker.issued import Issued, Kind
from tests.chaos.worker.lives import MICROSECOND, CollectorClock, Life
from tests.chaos.worker.stories import Stories, Story

CHANNELS = 36
"""Enough that every partition of both raw topics has some."""
SHARES = {
    "edit": 0.15,
    "touch": 0.04,
    "delete": 0.06,
    "come_back": 0.03,
    "old": 0.08,
    "copy": 0.14,
    "forward": 0.08,
    "new": 0.42,
}
"""Of all that is issued."""
ARCHIVED_SHARE, HISTORY_SHARE = 0.35, 0.2
"""Of new posts, those that an archive has; of what is collected, that which travels on the backfill lane."""
EARLY_SHARE, UNDATED_SHARE = 0.3, 0.06
"""Of copies, those that were posted before what they repeat; of new posts and of copies, those without a date."""
SAME_TEXT_SHARE, FOREIGN_SHARE, HIDDEN_ORIGIN_SHARE = 0.5, 0.3, 0.2
"""Of forwards: those with the text of their origin; of the others, those of a channel that nobody collects, and those
whose origin has a name and no id.
"""
ALBUM_SHARE, PART_LOST_SHARE, DOOMED_SHARE = 0.2, 0.6, 0.3
"""Of new posts, albums; of the edits of albums, those that take a part away; how soon those are deleted."""
HIDDEN_SHARE, TRANSLATION_SHARE, UNDATED_DELETION_SHARE = 0.35, 0.12, 0.6
"""Of edits, those whose date is hidden, and those into another language; of the deletions that an archive has, those
without a date.
"""
REACH = 300
"""A copy, an edit or a deletion is of one of the last so many posts."""
START = datetime(2026, 3, 1, tzinfo=UTC)
FOREIGN_CHANNELS = range(5001, 5004)
"""Nobody collects them."""


def channel_ids() -> range:
    """All channels."""
    return range(1001, 1001 + CHANNELS)


class Inventor:
    """The n-th state of a seed is always the same."""

    def __init__(self, seed: int, language_of: Callable[[str], str]) -> None:
        self._random = Random(seed)
        self._stories = Stories(self._random, language_of)
        self._clock = CollectorClock()
        self._number = 0
        self._message_ids = dict.fromkeys(channel_ids(), 0)
        self._lives: deque[Life] = deque(maxlen=REACH)
        self._doomed: deque[Life] = deque()
        """Albums that lost a part, and are deleted next."""

    def next(self) -> Issued:
        """The next one."""
        number = self._number
        self._number += 1
        if self._doomed and self._random.random() < DOOMED_SHARE:
            return self._deleted(self._doomed.popleft(), number)
        ways = {
            "edit": self._edit,
            "touch": self._touch,
            "delete": self._delete,
            "come_back": self._come_back,
            "old": self._old,
            "copy": self._copy,
            "forward": self._forward,
            "new": self._new,
        }
        (way,) = self._random.choices(list(SHARES), list(SHARES.values()))
        issued = ways[way](number) if self._lives else None
        return issued or self._new(number)

    def _new(self, number: int) -> Issued:
        story = self._stories.new(number)
        parts = self._random.randint(2, 4) if self._random.random() < ALBUM_SHARE else 0
        parts = parts or (0 if story.text else 1)
        media = tuple(Media(kind=MediaKind.PHOTO, id=f"{number}-{part}") for part in range(parts))
        return self._begun(number, story, Kind.NEW, self._date(number), media=media)

    def _copy(self, number: int) -> Issued | None:
        life = self._random.choice(self._lives)
        original = self._random.choice(life.states)
        if not life.may_share(original):
            return None
        moment = self._date(-number if self._random.random() < EARLY_SHARE else number)
        life.is_list_shared |= original.quotes is not None
        return self._begun(number, original.said, Kind.COPY, moment)

    def _forward(self, number: int) -> Issued | None:
        """Of an older post with a date, since a forward without one would come before its own origin."""
        random = self._random
        dated = [life for life in self._lives if life.first.post.posted_at is not None]
        if not dated:
            return None
        life = random.choice(dated)
        post = life.first.post
        origin = ForwardOrigin(channel_id=post.channel.id, message_id=post.message_id, posted_at=post.posted_at)
        kind = random.random()
        if random.random() < SAME_TEXT_SHARE:
            said = random.choice(life.states)
            if not life.may_share(said):
                return None
            life.is_list_shared |= said.quotes is not None
            return self._begun(number, said.said, Kind.FORWARD, _moment(number), forward=origin)
        if kind < FOREIGN_SHARE:
            origin = ForwardOrigin(channel_id=random.choice(FOREIGN_CHANNELS), message_id=random.randint(1, 50))
        elif kind < FOREIGN_SHARE + HIDDEN_ORIGIN_SHARE:
            origin = ForwardOrigin(name="Somebody")
        return self._begun(number, self._stories.plain(number), Kind.FORWARD, _moment(number), forward=origin)

    def _edit(self, number: int) -> Issued | None:
        life = self._alive()
        if life is None:
            return None
        media = life.current.post.media
        if len(media) > 1 and self._random.random() < PART_LOST_SHARE:
            lost = self._random.randrange(len(media))
            story = self._edited(life, number) if self._random.random() < 0.5 else life.current.said
            self._doomed.append(life)
            left = media[:lost] + media[lost + 1 :]
            return self._state(life, number, story, Kind.PART_LOST, edited_at=_moment(number), media=left)
        is_hidden = self._random.random() < HIDDEN_SHARE
        kind = Kind.HIDDEN_EDIT if is_hidden else Kind.EDIT
        edited_at = life.current.post.edited_at if is_hidden else _moment(number)
        if life.home is not None and self._random.random() < TRANSLATION_SHARE:
            story, kind = self._stories.plain(number, but=life.home.language), Kind.TRANSLATION
        else:
            story = self._edited(life, number)
        return self._state(life, number, story, kind, edited_at=edited_at, is_archived=self._is_archived(life))

    def _touch(self, number: int) -> Issued | None:
        """A reaction, or the same post seen again: a later order, the same content."""
        life = self._alive()
        if life is None:
            return None
        edited_at = self._random.choice((life.current.post.edited_at, _moment(number)))
        return self._state(life, number, life.current.said, Kind.TOUCH, edited_at=edited_at)

    def _delete(self, number: int) -> Issued | None:
        life = self._alive()
        return None if life is None else self._deleted(life, number)

    def _deleted(self, life: Life, number: int) -> Issued:
        is_archived = self._is_archived(life)
        is_undated = is_archived and self._random.random() < UNDATED_DELETION_SHARE
        # An archive's deletion without a date means nothing beside what was collected.
        life.is_deleted |= not is_undated or all(state.post.order is None for state in life.states)
        post = RawPost(
            channel=life.first.post.channel,
            message_id=life.first.post.message_id,
            edited_at=_moment(number) if is_archived and not is_undated else None,
            is_deleted=True,
            order=None if is_archived else self._clock.next(self._now(number)),
            lane=self._lane(is_archived=is_archived),
            source=_source(number),
        )
        kind = Kind.UNDATED_DELETION if is_undated else Kind.DELETION
        return Issued(number, post, "", life.current.language, kind=kind)

    def _come_back(self, number: int) -> Issued | None:
        """A deletion was false, or was taken back: with the text that it had, or with another one."""
        gone = [life for life in self._lives if life.is_deleted]
        if not gone:
            return None
        life = self._random.choice(gone)
        life.is_deleted = False
        story = self._edited(life, number) if self._random.random() < 0.5 else life.current.said
        is_archived = self._is_archived(life)
        return self._state(life, number, story, Kind.RETURN, edited_at=_moment(number), is_archived=is_archived)

    def _old(self, number: int) -> Issued | None:
        """What an archive has of a known post: a state that was replaced, one of the very moment in which the collector
        saw another, one between two that it saw, or a later one.
        """
        life = self._random.choice(self._lives)
        state = self._random.choice(life.states)
        orders = sorted(seen.post.order for seen in life.states if seen.post.order is not None)
        kind, edited_at, is_current = Kind.OLD, state.post.edited_at, False
        match self._random.choice(("as it was", "equal", "between", "later")):
            case "equal" if orders:
                kind, edited_at = Kind.EQUAL, UNIX_EPOCH + self._random.choice(orders) * MICROSECOND
            case "between" if len(orders) > 1:
                edited_at = UNIX_EPOCH + (orders[0] + orders[1]) // 2 * MICROSECOND
            case "later" if not life.is_deleted:
                edited_at, is_current = _moment(number), True
        if life.forced_lane(state.said) is Lane.LIVE:
            return None
        media = state.post.media
        made = self._made(life.first.post, number, state.said, kind, is_archived=True, edited_at=edited_at, media=media)
        return self._noted(life, made, is_current=is_current)

    def _state(
        self,
        life: Life,
        number: int,
        story: Story,
        kind: Kind,
        *,
        edited_at: datetime | None,
        media: tuple[Media, ...] | None = None,
        is_archived: bool = False,
    ) -> Issued:
        """The state that a known post has now."""
        media = life.current.post.media if media is None else media
        forced = life.forced_lane(story)
        is_archived &= forced is not Lane.LIVE
        made = self._made(
            life.first.post, number, story, kind, is_archived=is_archived, edited_at=edited_at, media=media, lane=forced
        )
        return self._noted(life, made, is_current=True)

    def _noted(self, life: Life, made: Issued, *, is_current: bool) -> Issued:
        life.is_list_edited |= made.quotes is not None and made.story != life.first.story
        life.states.append(made)
        if is_current:
            life.current = made
        return made

    def _edited(self, life: Life, number: int) -> Story:
        return self._stories.edited(life.current.said, number, may_edit_list=not life.is_list_shared)

    def _begun(
        self,
        number: int,
        story: Story,
        kind: Kind,
        moment: datetime | None,
        *,
        media: tuple[Media, ...] = (),
        forward: ForwardOrigin | None = None,
    ) -> Issued:
        channel = self._random.choice(channel_ids())
        self._message_ids[channel] += 1
        post = RawPost(
            channel=Channel(id=channel),
            message_id=self._message_ids[channel],
            posted_at=moment,
            album_id=number if len(media) > 1 else None,
            forward=forward,
            source=_source(number),
        )
        is_archived = self._random.random() < ARCHIVED_SHARE
        issued = self._made(post, number, story, kind, is_archived=is_archived, media=media)
        is_shared = kind is not Kind.NEW and story.quotes is not None
        self._lives.append(Life(issued, issued, [issued], is_list_shared=is_shared))
        return issued

    def _made(
        self,
        post: RawPost,
        number: int,
        story: Story,
        kind: Kind,
        *,
        is_archived: bool,
        media: tuple[Media, ...],
        edited_at: datetime | None = None,
        lane: Lane | None = None,
    ) -> Issued:
        changes = {
            "text": story.text,
            "media": media,
            "edited_at": edited_at,
            "order": None if is_archived else self._clock.next(self._now(number)),
            "lane": lane or self._lane(is_archived=is_archived),
            "source": _source(number),
        }
        return Issued(
            number, post.model_copy(update=changes), story.text, story.language, story.quotes, story.statement, kind
        )

    def _alive(self) -> Life | None:
        alive = [life for life in self._lives if not life.is_deleted]
        return self._random.choice(alive) if alive else None

    def _is_archived(self, life: Life) -> bool:
        """Whether what follows is read from an archive: the collector may have come later, or have been away."""
        return self._random.random() < (0.6 if life.first.post.order is None else 0.1)

    def _lane(self, *, is_archived: bool) -> Lane:
        is_backfill = is_archived or self._random.random() < HISTORY_SHARE
        return Lane.BACKFILL if is_backfill else Lane.LIVE

    def _now(self, number: int) -> datetime:
        """When the collector sees something: often in the very second, and sometimes at its beginning."""
        return _moment(number) + self._random.choice((0, self._random.randrange(1_000_000))) * MICROSECOND

    def _date(self, number: int) -> datetime | None:
        return None if self._random.random() < UNDATED_SHARE else _moment(number)


def _source(number: int) -> PostSource:
    return PostSource(kind="chaos", position=number)


def _moment(number: int) -> datetime:
    return START + timedelta(seconds=number)
