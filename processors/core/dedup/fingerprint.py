"""What duplicate detection compares: computed from one post alone, so that any worker comes to the same."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import rensa
import xxhash
from numpy.typing import NDArray

from processors.core.dedup.minhash import LEAD_WORDS, PERMUTATIONS, pack
from processors.core.text.folding import fold
from processors.core.text.footer import footer_words
from schemas import Fingerprint, TextEntity

VERSION = 1
"""Grows with every change of what is compared: fingerprints of two versions are not comparable."""
SEED = 42
BODY_WORDS = 3
"""A post that would be left with fewer is nothing but its footer, and compared as it is."""
_NUMBER = re.compile(r"[0-9][0-9]*+(?: [0-9]++(?!\S))*+")
"""What ``fold`` left of 92.10 or 14:30 is one number again; endings (15th, 10-я) are no part of it. ``fold`` makes
digits those of ASCII, and ``re`` skips to one character in half the time that it takes to skip to several.
"""
_CUT_SHORT = ("…", "...")
MAX_WORDS = 20_000
"""Words of a text that near-duplicates are found by, thirty times those of Telegram's longest message. Whether two
texts are equal is judged by all of their words.
"""
NOTHING = Fingerprint(exact=None)


def fingerprint(text: str, entities: Sequence[TextEntity] = ()) -> Fingerprint:
    """Fingerprint of a clean text."""
    (found,) = fingerprints([(text, entities, fold(text))])
    return found


def fingerprints(posts: Sequence[tuple[str, Sequence[TextEntity], str]]) -> list[Fingerprint]:
    """Fingerprints of clean texts, given with their entities and as ``fold`` has folded them."""
    bodies = [_body(*post) for post in posts]
    compared = [
        (head, _leads(folded), _numbers(head, is_cut=text.endswith(_CUT_SHORT)))
        for body, (text, _, folded) in zip(bodies, posts, strict=True)
        if (head := _head(body))
    ]
    sketches = iter(_sketches(compared))
    return [
        Fingerprint(exact=xxhash.xxh3_64_intdigest(body.encode()), sketch=next(sketches)) if body else NOTHING
        for body in bodies
    ]


def _body(text: str, entities: Sequence[TextEntity], folded: str) -> str:
    """The words of a post without its footer, on one line."""
    whole = " ".join(filter(None, folded.split("\n")))
    footer = footer_words(text, folded, entities)
    return whole.rsplit(" ", footer)[0] if 0 < footer <= whole.count(" ") + 1 - BODY_WORDS else whole


def _head(body: str) -> str:
    if body.count(" ") < MAX_WORDS:
        return body
    *_, rest = body.split(" ", MAX_WORDS)
    return body[: -len(rest) - 1]


def _sketches(bodies: Sequence[tuple[str, tuple[int, int], list[int]]]) -> list[bytes]:
    """Sketches of texts that have words, each given with the hashes of its leads and of its numbers.

    The signature is RMinHash: of rensa's classes it errs least (0.03 against 0.045).
    """
    # Bytes, since rensa reads UTF-8: a str keeps a second copy of itself for that, which takes 10 us a post.
    padded = [f" {body} ".encode() for body, _, _ in bodies]
    joined = b"".join(padded)
    blanks = (np.frombuffer(joined, np.uint8) == ord(" ")).nonzero()[0]
    firsts = np.searchsorted(blanks, np.cumsum([0, *map(len, padded)])).tolist()
    shingles = _shingles(joined, blanks)
    return [
        _sketch(shingles[first:after], leads, numbers)
        for (_, leads, numbers), (first, after) in zip(bodies, pairwise(firsts), strict=True)
    ]


def _shingles(joined: bytes, blanks: NDArray[np.intp]) -> list[bytes]:
    """Word 2-grams, with the ends of a text as words, or a short text would lose half of them with each word that is
    changed: each begins behind a blank, and ends before the next but one.
    """
    starts, ends = [0, *(blanks[:-1] + 1).tolist()], [*blanks[1:].tolist(), len(joined)]
    return [joined[start:end] for start, end in zip(starts, ends, strict=True)]


def _sketch(shingles: Sequence[bytes], leads: tuple[int, int], numbers: list[int]) -> bytes:
    minhash = rensa.RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(shingles)
    return pack(minhash.digest(), numbers, leads, len(set(shingles)))


def _leads(folded: str) -> tuple[int, int]:
    """Hashes of the first words of a text's first two lines, or twice of the first one's.

    They are read from the whole text: of a short one and of its copy, different ends may count as footers.
    """
    lead = _lead(folded)
    _, _, rest = folded.lstrip("\n").partition("\n")
    return lead, _lead(rest) if rest.strip() else lead


def _lead(text: str) -> int:
    words = text.split(maxsplit=LEAD_WORDS)[:LEAD_WORDS]
    return xxhash.xxh3_64_intdigest(" ".join(words).encode()) & 0xFFFFFFFF


def _numbers(body: str, *, is_cut: bool) -> list[int]:
    """Hashes of the numbers; each time that one is repeated counts as another one: "2 dead, 2 hurt" has two.

    The last word of a text that was cut may be half a number, unless it is the only one.
    """
    numbers = _NUMBER.findall(body)
    if is_cut and len(numbers) > 1 and body.endswith(numbers[-1]):
        del numbers[-1]
    seen: dict[str, int] = {}
    hashes = []
    for number in numbers:
        digits = number.replace(" ", "")  # 10 000 is 10000
        times = seen.get(digits, 0)
        hashes.append(xxhash.xxh3_64_intdigest(digits.encode(), times) % 0xFFFFFFFF + 1)
        seen[digits] = times + 1
    return hashes
