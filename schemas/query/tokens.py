"""The one tokeniser of search: what words a text has, for both stores, for alerts and for queries.

A token is a run of letters, digits, marks behind them and ``_``, folded by ``schemas.query.characters``. In scripts
that write no blanks each character is a token of its own, so that any piece of a text is found as a phrase.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from typing import NamedTuple

from schemas.query.characters import character_class, folded, pieces

TOKENISER_VERSION = 1
"""Rises whenever a text may get other tokens: what is stored under another version has to be tokenised again."""
MAX_TEXT = 512 * 1024
"""Code points of a text that are read, and bytes of its tokens joined by blanks: PostgreSQL bounds both together."""
MAX_TOKENS = 8_000
MAX_LENGTH = 64
"""Code points of a token; the rest of a longer word is cut off."""
MAX_OCCURRENCES = 250
"""Most occurrences of one token in a text, as far as phrases can be sought: PostgreSQL keeps at most 255 places."""
REPEATED = "\u25a1"
"""Keeps the place of an occurrence beyond; no query contains it."""

_SINGLE = (
    *(range(0xE00, 0xF00), range(0x1000, 0x10A0), range(0x1100, 0x1200), range(0x1780, 0x1800), range(0x2E80, 0xA000)),
    *(
        range(0xA960, 0xA980),
        range(0xA9E0, 0xAA00),
        range(0xAA60, 0xAA80),
        range(0xAC00, 0xD800),
        range(0xF900, 0xFB00),
    ),
    range(0x1AFF0, 0x1B170),
)
"""Thai, Lao, Burmese, Hangul, Khmer, Chinese and Japanese: each letter, digit and mark of these blocks is one token."""


LINKS_TOKEN = "§hlinks"  # noqa: S105
"""In the word index of a post that has links, shown or behind words."""


class TokenSpan(NamedTuple):
    """A token and where the text has it: ``text[start:end]``, in code points of the text as it was given."""

    token: str
    start: int
    end: int


def _categories(first: int, end: int) -> list[str]:
    """Of each code point L, N, M (which make words), or another letter."""
    return [unicodedata.category(character)[0] for character in map(chr, range(first, end))]


def _pattern(categories: Sequence[str], high: str = "") -> re.Pattern[str]:
    """Finds tokens whose characters are among so many code points, or single ones of ``high``."""
    words = {code for code, category in enumerate(categories) if category in "LNM"}
    alone = words.intersection(chain(*_SINGLE))
    words = words - alone | {ord("_")}
    start = character_class(code for code in words if categories[code] != "M")
    word = character_class(words)
    return re.compile(f"[{start}][{word}]*(?:'[{word}]+)*|[{character_class(alone)}{high}]")


@cache
def _usual() -> re.Pattern[str]:
    """For texts without word characters beyond U+FFFF."""
    return _pattern(_categories(0, 0x10000))


_HIGH = re.compile("[\U00010000-\U0010ffff]")


@cache
def _of_all_planes() -> re.Pattern[str]:
    return _pattern(_categories(0, 0x20000), high="\U00020000-\U0003ffff")


@cache
def _high_words() -> frozenset[str]:
    """Word characters from U+10000 to U+1FFFF, which few texts have; emoji are none."""
    found = enumerate(_categories(0x10000, 0x20000), start=0x10000)
    return frozenset(chr(code) for code, category in found if category in "LNM")


def _finder(text: str) -> re.Pattern[str]:
    if text.isascii() or len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return _usual()
    high = set(_HIGH.findall(text))
    is_usual = _high_words().isdisjoint(high) and max(high) < "\U00020000"
    return _usual() if is_usual else _of_all_planes()


def tokens(text: str) -> list[str]:
    """The tokens of a text in order, in time linear in its length and within the bounds of this module."""
    text = folded(text[:MAX_TEXT])
    found = [*islice(_words(text), MAX_TOKENS)] if len(text) > MAX_TOKENS else _finder(text).findall(text)
    if "'" in text or max(map(len, found), default=0) > MAX_LENGTH:
        found = [_token(word) for word in found]
    return _bounded(found)


def spans(text: str) -> list[TokenSpan]:
    """The tokens of a text as ``tokens`` has them, with their places: for marks and snippets, at ten times the cost."""
    text = text[:MAX_TEXT]
    whole, starts, ends = _mapped(text)
    matches = list(islice(_finder(whole).finditer(whole), MAX_TOKENS))
    words = [match[0] for match in matches]
    if "'" in whole or max(map(len, words), default=0) > MAX_LENGTH:
        words = [_token(word) for word in words]
    words = _bounded(words)
    return [
        TokenSpan(word, starts[match.start()], ends[match.end() - 1])
        for word, match in zip(words, matches, strict=False)
    ]


def post_tokens(text: str, language: str, channel_id: int, *, has_links: bool = False) -> list[str]:
    """What the word index holds for a post: its language, its channel and that it has links; the tokens of its text."""
    links = [LINKS_TOKEN] if has_links else []
    return [language_token(language), channel_token(channel_id), *links, *tokens(text)]


@lru_cache
def language_token(code: str) -> str:
    """The token of a language, which no text has; a subtag is joined by ``_``."""
    return "§l" + re.sub("[^a-z0-9]", "_", code.lower())


def channel_token(channel_id: int) -> str:
    """The token of a channel, which no text has."""
    return f"§c{channel_id}"


def _words(text: str) -> Iterator[str]:
    return (match[0] for match in _finder(text).finditer(text))


def _token(word: str) -> str:
    return word.replace("'", "")[:MAX_LENGTH]


def _bounded(found: list[str]) -> list[str]:
    del found[MAX_TOKENS:]
    if len(found) > MAX_OCCURRENCES and Counter(found).most_common(1)[0][1] > MAX_OCCURRENCES:
        found = _without_repeats(found)
    if len(found) * (4 * MAX_LENGTH + 1) > MAX_TEXT:
        found = found[: _within(found, MAX_TEXT)]
    return found


def _without_repeats(found: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    kept: list[str] = []
    for token in found:
        seen[token] += 1
        kept.append(token if seen[token] <= MAX_OCCURRENCES else REPEATED)
    return kept


def _within(found: Sequence[str], limit: int) -> int:
    """How many tokens joined by blanks have at most so many bytes."""
    size = -1
    for number, token in enumerate(found):
        size += len(token.encode()) + 1
        if size > limit:
            return number
    return len(found)


def _mapped(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters where the text has what it was made of."""
    found = list(pieces(text))
    if all(piece.is_plain for piece in found):
        return "".join(piece.folded for piece in found), range(len(text)), range(1, len(text) + 1)
    whole: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in found:
        whole.append(piece.folded)
        if piece.is_plain:
            starts.extend(range(piece.start, piece.end))
            ends.extend(range(piece.start + 1, piece.end + 1))
        else:
            starts.extend([piece.start] * len(piece.folded))
            ends.extend([piece.end] * len(piece.folded))
    return "".join(whole), starts, ends
