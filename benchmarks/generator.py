"""Invented posts as channels write them: ``python -m benchmarks.generator --count N --seed S > posts.jsonl``.

The same count and seed give the same posts, on any machine. Twelve languages; lengths are log-normal with a mean of
about 500 characters; channels are chosen by a power law; dates only grow. One post in ten is a copy from another
channel of its language, one in a hundred a media-quote list. ``original`` says what each post is:
``{"language": code, "kind": "story" | "quotes", "copy_of": post key | null, "edit": how the copy differs | null}``.
"""

import argparse
import math
import re
import sys
import tomllib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Literal

from schemas import Channel, Counters, EntityKind, Media, MediaKind, PostSource, RawPost, TextEntity, post_key

LANGUAGE_WEIGHTS = {
    "ru": 28, "en": 20, "uk": 12, "de": 6, "fr": 6, "es": 6, "it": 4, "pl": 4, "pt": 4, "tr": 4, "nl": 3, "cs": 3,
}  # fmt: skip
CHANNELS = 240
COPY_SHARE = 0.10
QUOTES_SHARE = 0.01
MEAN_LENGTH = 500
LENGTH_SIGMA = 0.8
"""Spread of the logarithm of the lengths: a tenth is under 130 characters, a tenth over 1,000."""
MAX_LENGTH = 4096
"""Telegram's limit."""
COPY_REACH = 2000
"""A copy is of one of the last so many originals."""
MEAN_GAP_S = 20.0
START = datetime(2025, 1, 6, tzinfo=UTC)

Edit = Literal["exact", "footer", "emoji", "words"]
EDITS: tuple[Edit, ...] = ("exact", "footer", "emoji", "words")
OUTLETS = ("Financial Times", "The New York Times", "Politico", "Berliner Zeitung", "Le Monde", "The Guardian",
           "El País", "Corriere della Sera", "Bloomberg", "The Washington Post", "Der Spiegel", "Reuters")  # fmt: skip
EMOJI = ("⚡️", "❗️", "📌", "🔥", "🚢", "📷", "🇪🇺", "👇")
BULLETS = ("🔹", "▪️", "•", "—")

_PHRASES = Path(__file__).with_name("phrases")
_SLOT = re.compile(r"\{(\w+)\}")
_ENTITIES = (
    (EntityKind.URL, re.compile(r"https?://\S+")),
    (EntityKind.MENTION, re.compile(r"(?<![\w/])@\w+")),
    (EntityKind.HASHTAG, re.compile(r"#\w+")),
)
_SYLLABLES = {
    "latin": ("bel", "mor", "tan", "vik", "lo", "ras", "den", "gri", "sto", "mar", "ko", "ven", "dal", "ur", "fen"),
    "cyrillic": ("бел", "мор", "тан", "вик", "ло", "рас", "ден", "гри", "сто", "мар", "ко", "вен", "дал", "ур", "фен"),
}


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases of one language."""

    language: str
    slots: dict[str, tuple[str, ...]]
    templates: tuple[str, ...]
    lead_ins: tuple[str, ...]
    cues: tuple[str, ...]
    footer: str
    tag: str


@dataclass(slots=True)
class _Feed:
    """A channel and its last message id."""

    channel: Channel
    phrases: _Phrases
    message_id: int


@cache
def _phrases(language: str) -> _Phrases:
    found = tomllib.loads((_PHRASES / f"{language}.toml").read_text(encoding="utf-8"))
    slots = {name: tuple(found[name]) for name in ("people", "verbs", "objects", "times", "reasons")}
    templates, lead_ins, cues = (tuple(found[name]) for name in ("templates", "lead_ins", "cues"))
    return _Phrases(language, slots, templates, lead_ins, cues, found["footer"], found["tag"])


def generate(count: int, seed: int) -> Iterator[RawPost]:
    """Yield ``count`` posts in the order of their dates."""
    random = Random(seed)  # noqa: S311 - invented posts keep no secret
    feeds = _feeds(random)
    weights = list(accumulate(1 / rank for rank in range(1, len(feeds) + 1)))
    originals: dict[str, deque[RawPost]] = {language: deque(maxlen=COPY_REACH) for language in LANGUAGE_WEIGHTS}
    moment = START
    for number in range(1, count + 1):
        (feed,) = random.choices(feeds, cum_weights=weights)
        moment += timedelta(seconds=round(random.expovariate(1 / MEAN_GAP_S)) + 1)
        source = PostSource(kind="generated", name=f"seed-{seed}", position=number)
        recent = originals[feed.phrases.language]
        copied = _of_another_channel(random, feed, recent) if random.random() < COPY_SHARE else None
        if copied is not None:
            yield _copy(random, feed, copied, moment, source)
        else:
            recent.append(post := _original(random, feed, moment, source))
            yield post


def _of_another_channel(random: Random, feed: _Feed, recent: Sequence[RawPost]) -> RawPost | None:
    tries = random.choices(recent, k=20) if recent else []
    return next((post for post in tries if post.channel.id != feed.channel.id), None)


def _feeds(random: Random) -> list[_Feed]:
    languages = random.choices(list(LANGUAGE_WEIGHTS), list(LANGUAGE_WEIGHTS.values()), k=CHANNELS)
    feeds = []
    for number, language in enumerate(languages):
        name = _invented(random, "latin", 3)
        channel = Channel(
            id=1_000_000_000 + number * 7_919, username=f"{name.lower()}_{language}", title=f"{name} {language.upper()}"
        )
        feeds.append(_Feed(channel, _phrases(language), random.randrange(1, 50_000)))
    return feeds


def _original(random: Random, feed: _Feed, moment: datetime, source: PostSource) -> RawPost:
    is_quotes = random.random() < QUOTES_SHARE
    text = _quotes(random, feed.phrases) if is_quotes else _story(random, feed)
    labels = {"kind": "quotes" if is_quotes else "story", "copy_of": None, "edit": None}
    return _post(random, feed, moment, source, text, labels)


def _copy(random: Random, feed: _Feed, copied: RawPost, moment: datetime, source: PostSource) -> RawPost:
    edit = random.choice(EDITS)
    key = post_key(copied.channel.id, copied.message_id)
    kind = copied.original["kind"] if isinstance(copied.original, dict) else None
    text = _edited(random, feed, copied.text, edit)
    return _post(random, feed, moment, source, text, {"kind": str(kind), "copy_of": key, "edit": edit})


def _edited(random: Random, feed: _Feed, text: str, edit: Edit) -> str:
    match edit:
        case "exact":
            return text
        case "footer":
            return f"{text}\n\n{feed.phrases.footer} @{feed.channel.username}"
        case "emoji":
            return f"{random.choice(EMOJI)} {text}"
        case "words":
            words = text.split(" ")
            for _ in range(max(1, len(words) // 30)):
                words[random.randrange(len(words))] = random.choice(feed.phrases.slots["times"])
            return " ".join(words)


def _post(
    random: Random, feed: _Feed, moment: datetime, source: PostSource, text: str, labels: dict[str, str | None]
) -> RawPost:
    feed.message_id += random.choices((1, 2, 3), (90, 8, 2))[0]
    views = int(random.lognormvariate(7, 1.5))
    return RawPost(
        channel=feed.channel,
        message_id=feed.message_id,
        posted_at=moment,
        text=text[:MAX_LENGTH],
        entities=_entities(text[:MAX_LENGTH]),
        media=(Media(kind=MediaKind.PHOTO, id=str(random.getrandbits(60))),) if random.random() < 0.4 else (),
        counters=Counters(observed_at=moment + timedelta(hours=1), views=views, forwards=views // 90),
        source=source,
        original={"language": feed.phrases.language, **labels},
    )


def _entities(text: str) -> tuple[TextEntity, ...]:
    found = [
        TextEntity(kind=kind, start=match.start(), end=match.end())
        for kind, pattern in _ENTITIES
        for match in pattern.finditer(text)
    ]
    return tuple(sorted(found, key=lambda entity: entity.start))


def _story(random: Random, feed: _Feed) -> str:
    target = random.lognormvariate(math.log(MEAN_LENGTH) - LENGTH_SIGMA**2 / 2, LENGTH_SIGMA)
    text = _sentence(random, feed.phrases, feed.phrases.templates)
    if random.random() < 0.3:
        text = f"{random.choice(EMOJI)} {text}"
    while len(text) < target - 60:  # half a sentence, so that the mean is met
        separator = "\n\n" if random.random() < 0.3 else " "
        text += separator + _sentence(random, feed.phrases, feed.phrases.templates)
    return text + _tail(random, feed)


def _tail(random: Random, feed: _Feed) -> str:
    tail = ""
    if random.random() < 0.15:
        tail += f" https://example.org/{_invented(random, 'latin', 2).lower()}/{random.randrange(10**6)}"
    if random.random() < 0.15:
        tail += f"\n\n#{feed.phrases.tag}"
    if random.random() < 0.2:
        tail += f"\n\n{feed.phrases.footer} @{feed.channel.username}"
    return tail


def _quotes(random: Random, phrases: _Phrases) -> str:
    bullet = random.choice(BULLETS)
    items = []
    for outlet in random.sample(OUTLETS, random.randrange(3, 7)):
        said = _fill(random, phrases, "{people} {verbs} {objects}, {reasons}")
        items.append(f"{bullet} {outlet} {random.choice(phrases.cues)} {said}.")
    return "\n\n".join([_sentence(random, phrases, phrases.lead_ins), *items])


def _sentence(random: Random, phrases: _Phrases, templates: Sequence[str]) -> str:
    sentence = _fill(random, phrases, random.choice(templates))
    return sentence[0].upper() + sentence[1:]


def _fill(random: Random, phrases: _Phrases, template: str) -> str:
    script = "cyrillic" if phrases.language in ("ru", "uk") else "latin"

    def value(match: re.Match[str]) -> str:
        match match[1]:
            case "n":
                return str(random.randrange(3, 9_000))
            case "town":
                return _invented(random, script, 3)
            case "name":
                return f"{_invented(random, script, 2)} {_invented(random, script, 3)}"
            case slot:
                return random.choice(phrases.slots[slot])

    return _SLOT.sub(value, template)


def _invented(random: Random, script: str, syllables: int) -> str:
    return "".join(random.choices(_SYLLABLES[script], k=syllables)).capitalize()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the posts to standard output as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, required=True, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    options = parser.parse_args(arguments)
    for post in generate(options.count, options.seed):
        sys.stdout.write(post.model_dump_json() + "\n")


if __name__ == "__main__":
    main()
