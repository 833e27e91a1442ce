"""Numbered posts with a known fate: which are copies, which revision is the last, which bytes are poison."""

import re
import tomllib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import benchmarks
from schemas import Channel, Lane, RawPost, Source, post_key

LANGUAGES = ("ru", "en", "uk", "de", "fr", "es", "it", "pl", "pt", "tr", "nl", "cs")
CHANNELS = 36
"""Enough that every partition of both raw topics has some."""
WORDS = 24
"""Of a story: enough for the language to be sure, and for two stories to have next to nothing in common."""
COPY_SHARE, EARLY_SHARE, EDIT_SHARE, DELETE_SHARE = 0.15, 0.3, 0.12, 0.02
"""Of all posts; of the copies, those that were posted before what they repeat."""
MAX_STORY = 400
"""Characters: each edit adds a mark."""
REACH = 400
"""A copy, an edit or a deletion is of one of the last so many posts."""
START = datetime(2026, 3, 1, tzinfo=UTC)

_PHRASES = Path(benchmarks.__file__).with_name("phrases")


@dataclass(frozen=True, slots=True)
class Issued:
    """A post, an edit of one, or its deletion, as it was handed to the publisher."""

    number: int
    """From 0, in the order of issue."""
    post: RawPost
    story: str
    """Posts with equal stories say the same."""
    language: str
    """Code that the pipeline's detector gives."""

    @property
    def key(self) -> str:
        """The post's key; edits and the deletion share it."""
        return post_key(self.post.channel.id, self.post.message_id)


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that can never become a record."""

    number: int
    key: bytes | None
    value: bytes | None


def channel_ids() -> range:
    """All channels."""
    return range(1001, 1001 + CHANNELS)


def lane_of(channel_id: int) -> Lane:
    """A channel keeps to its lane, since there is no order between lanes."""
    return Lane.LIVE if channel_id % 2 else Lane.BACKFILL


class Inventor:
    """The n-th post of a seed is always the same.

    ``language_of`` is the pipeline's own detector: an edit never changes the language that it finds, since the order
    of revisions is not promised then (docs/reliability.md).
    """

    def __init__(self, seed: int, language_of: Callable[[str], str]) -> None:
        self._random = Random(seed)
        self._language_of = language_of
        self._number = 0
        self._message_ids = dict.fromkeys(channel_ids(), 0)
        self._recent: deque[Issued] = deque(maxlen=REACH)

    def next(self) -> Issued:
        """The next one."""
        roll, number = self._random.random(), self._number
        self._number += 1
        if self._recent and roll < EDIT_SHARE:
            issued = self._edit(number)
        elif self._recent and roll < EDIT_SHARE + DELETE_SHARE:
            issued = self._deletion(number)
        elif self._recent and roll < EDIT_SHARE + DELETE_SHARE + COPY_SHARE:
            issued = self._copy(number)
        else:
            issued = self._new(number)
        if not issued.post.is_deleted:
            self._recent.append(issued)
        return issued

    def _new(self, number: int) -> Issued:
        random = self._random
        words = _vocabulary(random.choice(LANGUAGES))
        story = f"{' '.join(random.choices(words, k=WORDS))} #s{number}"
        return self._post(number, story, self._language_of(story), _moment(number))

    def _copy(self, number: int) -> Issued:
        original = self._random.choice(self._recent)
        is_early = self._random.random() < EARLY_SHARE
        return self._post(number, original.story, original.language, _moment(-number if is_early else number))

    def _post(self, number: int, story: str, language: str, moment: datetime) -> Issued:
        channel = self._random.choice(channel_ids())
        self._message_ids[channel] += 1
        post = RawPost(
            channel=Channel(id=channel),
            message_id=self._message_ids[channel],
            posted_at=moment,
            text=story,
            source=Source(kind="chaos", position=number),
            lane=lane_of(channel),
        )
        return Issued(number, post, story, language)

    def _edit(self, number: int) -> Issued:
        """Mostly other words; now and then only the date, which is no new revision."""
        known = self._random.choice(self._recent)
        story = known.story if self._random.random() < 0.1 else f"{_shuffled(self._random, known.story)} #s{number}"
        if len(story) > MAX_STORY or self._language_of(story) != known.language:
            story = known.story
        changes = {"text": story, "edited_at": _moment(number)}
        return Issued(number, self._latest(known).post.model_copy(update=changes), story, known.language)

    def _deletion(self, number: int) -> Issued:
        known = self._random.choice(self._recent)
        for issued in [issued for issued in self._recent if issued.key == known.key]:
            self._recent.remove(issued)  # what is deleted is not edited
        post = known.post.model_copy(update={"is_deleted": True, "text": ""})
        return Issued(number, post, known.story, known.language)

    def _latest(self, known: Issued) -> Issued:
        return next(issued for issued in reversed(self._recent) if issued.key == known.key)


def poison(number: int, random: Random) -> Poison:
    """One of the ways in which a message can be bad, told apart by its number."""
    mark = b'"chaos": %d' % number
    value = random.choice(
        (
            b"{%b, broken" % mark,
            b"\xff\xfe {%b}" % mark,
            b'{%b, "schema_version": 99, "type": "raw_post"}' % mark,
            b'{%b, "type": "raw_post", "channel": {"id": -5}, "message_id": 1}' % mark,
            b"[%d]" % number,
        )
    )
    return Poison(number, random.choice((None, b"poison-%d" % number, b"\x00\xff")), value)


def _moment(number: int) -> datetime:
    return START + timedelta(seconds=number)


def _shuffled(random: Random, text: str) -> str:
    words = text.split(" ")
    random.shuffle(words)
    return " ".join(words)


@cache
def _vocabulary(language: str) -> tuple[str, ...]:
    phrases = tomllib.loads((_PHRASES / f"{language}.toml").read_text(encoding="utf-8"))
    text = " ".join(phrase for name in ("people", "verbs", "objects", "times", "reasons") for phrase in phrases[name])
    return tuple(sorted(set(re.findall(r"[^\W\d_]{2,}", text))))
