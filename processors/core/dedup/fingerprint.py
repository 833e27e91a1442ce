"""What duplicate detection compares: computed from one post alone, so that any worker comes to the same."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import rensa
import xxhash
from numpy.typing import NDArray

from processors.core.dedup.minhash import LEAD_WORDS, PERMUTATIONS, pack_all
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
_LONG = bytes(256)
_TOGETHER = 128
"""Texts that rensa is given at once: 256 and more it shares out among threads of its own."""


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
    if len(body) <= MAX_WORDS or body.count(" ") < MAX_WORDS:
        return body
    *_, rest = body.split(" ", MAX_WORDS)
    return body[: -len(rest) - 1]


def _sketches(bodies: Sequence[tuple[str, tuple[int, int], list[int]]]) -> list[bytes]:
    """Sketches of texts that have words, each given with the hashes of its leads and of its numbers.

    The signature is RMinHash: of rensa's classes it errs least (0.03 against 0.045).
    """
    shingles = _shingles([body for body, _, _ in bodies])
    minhashes: list[list[int]] = []
    for first in range(0, len(shingles), _TOGETHER):
        some = shingles[first : first + _TOGETHER]
        minhashes += rensa.RMinHash.digest_matrix_from_token_byte_sets(some, PERMUTATIONS, SEED).to_rows()
    # rensa leaves the processor's vector registers in a state that slows fastText down by 30 us a post (no vzeroupper);
    # what xxhash does for over 240 bytes ends that.
    xxhash.xxh3_64_intdigest(_LONG)
    return pack_all(
        minhashes,
        [numbers for _, _, numbers in bodies],
        [leads for _, leads, _ in bodies],
        [len(set(some)) for some in shingles],
    )


def _shingles(bodies: Sequence[str]) -> list[list[bytes]]:
    """Word 2-grams of each text, with its ends as words, or a short text would lose half of them with each word that is
    changed.
    """
    # Bytes, since rensa reads UTF-8: a str keeps a second copy of itself for that, which takes 10 us a post.
    padded = [f" {body} ".encode() for body in bodies]
    joined = np.frombuffer(b"".join(padded), np.uint8)
    blanks = (joined == ord(" ")).nonzero()[0]
    found = [b""] * len(blanks)
    # Split at each second blank, from the second one and from the first: a quarter of the time that slices take.
    found[::2] = _parts(joined, blanks[1::2])[: (len(blanks) + 1) // 2]
    found[1::2] = _parts(joined, blanks[::2])[1 : len(blanks) // 2 + 1]
    ends = np.searchsorted(blanks, np.cumsum([0, *map(len, padded)])).tolist()
    return [found[first:after] for first, after in pairwise(ends)]


def _parts(joined: NDArray[np.uint8], ends: NDArray[np.intp]) -> list[bytes]:
    parted = joined.copy()
    parted[ends] = ord("\n")
    return parted.tobytes().split(b"\n")


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
