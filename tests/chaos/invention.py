"""Numbered posts with a known fate: which are copies, which revision is the last, which bytes are poison."""

import re
import tomllib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import benchmarks
from schemas import Channel, ForwardOrigin, Lane, RawPost, Source, post_key
from tests.chaos import quote_lists
from tests.chaos.quote_lists import LEAD_INS, QuoteList

LANGUAGES = ("ru", "en", "uk", "de", "fr", "es", "it", "pl", "pt", "tr", "nl", "cs")
CHANNELS = 36
"""Enough that every partition of both raw topics has some."""
WORDS = 24
"""Of a story: enough for the language to be sure, and for two stories to have next to nothing in common."""
COPY_SHARE, EARLY_SHARE, EDIT_SHARE, DELETE_SHARE, FORWARD_SHARE = 0.15, 0.3, 0.12, 0.02, 0.08
"""Of all posts; of the copies, those that were posted before what they repeat."""
QUOTES_SHARE, LONG_SHARE = 0.2, 0.01
"""Of new posts: media-quote lists, and long texts."""
UNDATED_SHARE = 0.06
"""Of new posts and of copies."""
SAME_TEXT_SHARE, FOREIGN_SHARE, HIDDEN_SHARE = 0.5, 0.3, 0.2
"""Of forwards: those that say what their origin says; of the others, those of a channel that nobody collects, and those
whose origin has a name and no id.
"""
UNLISTED_SHARE, LISTED_SHARE = 0.15, 0.05
"""Of the edits of lists, those that leave no list; of the other edits, those that make one."""
MAX_MARKS = 20
"""Each edit adds one, and a text must not become another for it."""
LONG_CHARACTERS = (10_000, 200_000)
"""Of long texts; on a logarithmic scale all lengths come as often."""
REACH = 400
"""A copy, an edit or a deletion is of one of the last so many posts."""
START = datetime(2026, 3, 1, tzinfo=UTC)

FOREIGN_CHANNELS = range(5001, 5004)
"""Nobody collects them."""

_LATIN, _CYRILLIC = "abcdefghiklmnoprstuvz", "абвгдежзиклмнопрстуя"
_ENDS = ("", "", "", "", "", "", "", ",", ".", ".\n\n-")
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
    quotes: QuoteList | None = None
    """What the story is made of, when it is a media-quote list."""

    @property
    def origin(self) -> str | None:
        """Key of what it forwards; None when it forwards nothing, or the origin has no id."""
        forward = self.post.forward
        if forward is None or forward.channel_id is None or forward.message_id is None:
            return None
        return post_key(forward.channel_id, forward.message_id)

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
        self._edited_lists: set[str] = set()
        self._shared_lists: set[str] = set()
        """Keys of lists that were edited, and of those that others repeat. No list is both: an edited list is nearly
        equal to the copies of what it was, and whether it is near enough for a link is not known here."""

    def next(self) -> Issued:
        """The next one."""
        number = self._number
        self._number += 1
        ways = (self._edit, self._deletion, self._copy, self._forward, self._new)
        shares = (EDIT_SHARE, DELETE_SHARE, COPY_SHARE, FORWARD_SHARE)
        (way,) = self._random.choices(ways, (*shares, 1 - sum(shares)))
        issued = way(number) if self._recent else self._new(number)
        if not issued.post.is_deleted:
            self._recent.append(issued)
        return issued

    def _new(self, number: int) -> Issued:
        kind = self._random.random()
        if kind < QUOTES_SHARE:
            language = self._random.choice(list(LEAD_INS))
            return self._list(number, quote_lists.invent(self._random, language, _vocabulary(language)))
        text = self._long_text() if kind < QUOTES_SHARE + LONG_SHARE else self._short_text()
        story = f"{text} #s{number}"
        return self._post(number, story, self._language_of(story), self._date(number))

    def _short_text(self) -> str:
        return " ".join(self._random.choices(_vocabulary(self._random.choice(LANGUAGES)), k=WORDS))

    def _long_text(self) -> str:
        """Every second word is made up: two such texts, and one and a short one, have no word pairs in common."""
        random, language = self._random, self._random.choice(LANGUAGES)
        letters = _CYRILLIC if language in ("ru", "uk") else _LATIN
        length = int(LONG_CHARACTERS[0] * (LONG_CHARACTERS[1] / LONG_CHARACTERS[0]) ** random.random())
        words, characters = list[str](), 0
        while characters < length:
            made_up = "".join(random.choices(letters, k=8))
            words.append(f"{random.choice(_vocabulary(language))} {made_up}{random.choice(_ENDS)}")
            characters += len(words[-1]) + 1
        return " ".join(words)

    def _list(self, number: int, quotes: QuoteList) -> Issued:
        return self._post(number, quotes.text, self._language_of(quotes.text), self._date(number), quotes)

    def _copy(self, number: int) -> Issued:
        original = self._random.choice(self._recent)
        if original.quotes and original.key in self._edited_lists:
            return self._new(number)
        is_early = self._random.random() < EARLY_SHARE
        moment = self._date(-number if is_early else number)
        return self._shared(original, self._post(number, original.story, original.language, moment, original.quotes))

    def _shared(self, original: Issued, copy: Issued) -> Issued:
        if copy.quotes:
            self._shared_lists |= {original.key, copy.key}
        return copy

    def _forward(self, number: int) -> Issued:
        """Of an older post with a date, since a forward without one would come before its own origin."""
        random = self._random
        dated = [issued for issued in self._recent if issued.post.posted_at is not None]
        known = random.choice(dated) if dated else None
        has_same_text = random.random() < SAME_TEXT_SHARE
        if known is None or (has_same_text and known.quotes and known.key in self._edited_lists):
            return self._new(number)
        if has_same_text:
            return self._shared(known, self._forwarding(number, known, _origin_of(known)))
        story = f"{self._short_text()} #s{number}"
        other = Issued(number, known.post, story, self._language_of(story))
        kind = random.random()
        if kind < FOREIGN_SHARE:
            foreign = ForwardOrigin(channel_id=random.choice(FOREIGN_CHANNELS), message_id=random.randint(1, 50))
            return self._forwarding(number, other, foreign)
        if kind < FOREIGN_SHARE + HIDDEN_SHARE:
            return self._forwarding(number, other, ForwardOrigin(name="Somebody"))
        return self._forwarding(number, other, _origin_of(known))

    def _forwarding(self, number: int, said: Issued, origin: ForwardOrigin) -> Issued:
        issued = self._post(number, said.story, said.language, _moment(number), said.quotes)
        return replace(issued, post=issued.post.model_copy(update={"forward": origin}))

    def _date(self, number: int) -> datetime | None:
        return None if self._random.random() < UNDATED_SHARE else _moment(number)

    def _post(
        self, number: int, story: str, language: str, moment: datetime | None, quotes: QuoteList | None = None
    ) -> Issued:
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
        return Issued(number, post, story, language, quotes)

    def _edit(self, number: int) -> Issued:
        """Mostly other words; now and then only the date, which is no new revision."""
        known = self._random.choice(self._recent)
        story, quotes = known.story, known.quotes
        if self._random.random() >= 0.1:
            story, quotes = self._edited(known, number)
        if self._language_of(story) != known.language:
            story, quotes = known.story, known.quotes
        if quotes != known.quotes:
            self._edited_lists.add(known.key)
        changes = {"text": story, "edited_at": _moment(number)}
        return Issued(number, self._latest(known).post.model_copy(update=changes), story, known.language, quotes)

    def _edited(self, known: Issued, number: int) -> tuple[str, QuoteList | None]:
        """A story and what it is made of, in the known one's place."""
        if known.quotes is None and known.language in LEAD_INS and self._random.random() < LISTED_SHARE:
            quotes = quote_lists.invent(self._random, known.language, _vocabulary(known.language))
            return quotes.text, quotes
        if known.quotes is None:
            is_worn = known.story.count("#s") >= MAX_MARKS
            return (known.story if is_worn else f"{_shuffled(self._random, known.story)} #s{number}"), None
        if self._random.random() < UNLISTED_SHARE:
            words = self._random.choices(_vocabulary(known.quotes.language), k=WORDS)
            return f"{' '.join(words)} #s{number}", None
        if known.key in self._shared_lists:
            return known.story, known.quotes
        quotes = quote_lists.edit(self._random, known.quotes, _vocabulary(known.quotes.language))
        return quotes.text, quotes

    def _deletion(self, number: int) -> Issued:
        known = self._random.choice(self._recent)
        for issued in [issued for issued in self._recent if issued.key == known.key]:
            self._recent.remove(issued)  # what is deleted is not edited
        post = known.post.model_copy(update={"is_deleted": True, "text": ""})
        return Issued(number, post, known.story, known.language, known.quotes)

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


def _origin_of(known: Issued) -> ForwardOrigin:
    post = known.post
    return ForwardOrigin(channel_id=post.channel.id, message_id=post.message_id, posted_at=post.posted_at)


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
