"""What duplicate detection compares: computed from one post alone, so that any worker comes to the same."""

import re
from collections.abc import Sequence
from itertools import pairwise

import rensa
import xxhash

from processors.core.characters import DIGITS
from processors.core.dedup.sketch import LEAD_WORDS, NUMBERS, PERMUTATIONS, pack
from processors.core.folding import fold
from processors.core.footer import footer_words
from schemas import Fingerprint, TextEntity

SEED = 42
BODY_WORDS = 3
"""A post that would be left with fewer is nothing but its footer, and compared as it is."""
_NUMBER = re.compile(rf"[{DIGITS}]\S*+(?: \d++(?!\S))*")
"""What ``fold`` left of 92.10 or 14:30 is one number again."""
NOTHING = Fingerprint(exact=None)


def fingerprint(text: str, entities: Sequence[TextEntity] = (), folded: str | None = None) -> Fingerprint:
    """Fingerprint of a clean text; ``folded`` is ``fold(text)`` where the caller has it."""
    folded = fold(text) if folded is None else folded
    # Bytes, since rensa reads UTF-8: a str keeps a second copy of itself for that, which takes 10 us a post.
    words = folded.encode().split()
    if not words:
        return NOTHING
    count = len(words) - footer_words(text, folded, entities)
    if count >= BODY_WORDS:
        words = words[:count]
    data = b" ".join(words)
    return Fingerprint(exact=xxhash.xxh3_128_hexdigest(data), sketch=_sketch(data.decode(), words, _first_line(folded)))


def _sketch(whole: str, words: list[bytes], first_line: int) -> str:
    """Word 2-grams as the set, with the ends of the text as words, or a short text would lose half of them with each
    word that is changed. RMinHash as the signature: of rensa's classes it errs least (0.03 against 0.045).
    """
    shingles = set(pairwise([b"", *words, b""]))
    minhash = rensa.RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(map(b" ".join, shingles))
    leads = _lead(words), _lead(words[first_line:] or words)
    return pack(minhash.digest(), _numbers(whole), leads, len(shingles))


def _lead(words: list[bytes]) -> int:
    return xxhash.xxh3_64_intdigest(b" ".join(words[:LEAD_WORDS])) & 0xFFFFFFFF


def _numbers(whole: str) -> list[int]:
    """The least hashes of the numbers, in order: of two texts' numbers they are samples that can be compared."""
    hashes = {xxhash.xxh3_64_intdigest(number.encode()) % 0xFFFFFFFF + 1 for number in _NUMBER.findall(whole)}
    return sorted(hashes)[:NUMBERS]


def _first_line(folded: str) -> int:
    """Number of words in the first line that has any."""
    return folded.lstrip("\n").partition("\n")[0].count(" ") + 1
