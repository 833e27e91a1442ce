"""Where a post is compared with others: its home, a partition of ``posts.fingerprints``.

Copies meet only where their homes are equal, so a home follows from the language of a text. It is fixed by the first
text of a post that is long enough for its language to be sure: an edit that changes the language moves nothing.
"""

from collections.abc import Mapping

import xxhash

from schemas import Language
from schemas.topics import FINGERPRINTS

EPOCH = 1
"""Grows with every change of the table below or of what is compared; the topic's name ends with it."""
HOMES = FINGERPRINTS.partitions
"""How many there are where Kafka is not: as many as in the stream, since what copies meet depends on it."""
WORDS = 4
"""Of the texts of three words, 16 % were given another language than the whole they are the beginning of; of the
texts of five, 1.6 %."""
LETTERS_WITHOUT_BLANKS = 8
"""So many letters are enough where no blanks part the words."""

_SLOTS: Mapping[str, int] = {
    "en": 0,
    "ru": 1,
    "uk": 2,
    "ar": 3,
    "fa": 4,
    "es": 5,
    "pt": 8,
    "tr": 9,
    "de": 10,
    "fr": 11,
    "it": 8,
    "pl": 9,
    "und": 10,
    "zh": 11,
}
"""Twelve slots, a multiple of most numbers of partitions: a slot modulo that number is the home. The largest two share
a partition with no other large one, whether there are 3, 4, 6 or 12."""
_OTHER_SLOTS = (2, 3, 4, 5, 8, 9, 10, 11)
_SCRIPTS_WITHOUT_BLANKS = frozenset({"Hani", "Hans", "Hant", "Jpan", "Kana", "Hira", "Thai", "Laoo", "Khmr", "Mymr"})


def home_partition(language: str, partitions: int) -> int:
    """The home of the texts of a language, among so many partitions."""
    slot = _SLOTS.get(language)
    if slot is None:
        slot = _OTHER_SLOTS[xxhash.xxh3_64_intdigest(language.encode()) % len(_OTHER_SLOTS)]
    return slot % partitions


def is_long_enough(folded: str, language: Language) -> bool:
    """Whether a folded text is long enough to fix the home of its post."""
    if language.script in _SCRIPTS_WITHOUT_BLANKS:
        return len(folded) >= LETTERS_WITHOUT_BLANKS
    return len(folded.split(maxsplit=WORDS - 1)) >= WORDS
