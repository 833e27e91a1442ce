"""Which dead letters were sent again: notes on ``dead-letters`` itself, behind the letters that they speak of.

A note lies in the partition of its letter, so that it is kept longer than the letter, and goes with it when the topic
is recreated. It has no value; its header holds the letter's offset.
"""

from collections import Counter
from collections.abc import Iterable

from runtime.kafka.topic_reader import StoredRecord
from schemas.topics import REPLAYED_HEADER, REPLAYS_HEADER

NOTE_KEY = REPLAYED_HEADER.encode()
"""Of every note: clients refuse to send what has neither key nor value."""

Headers = tuple[tuple[str, bytes], ...]


def is_note(record: StoredRecord) -> bool:
    """Whether a record of ``dead-letters`` is a note, and no letter."""
    return any(name == REPLAYED_HEADER for name, _ in record.headers)


def note_of(offset: int) -> Headers:
    """The headers of a note that the letter at this offset was sent again."""
    return ((REPLAYED_HEADER, str(offset).encode()),)


def count_notes(records: Iterable[StoredRecord]) -> Counter[tuple[int, int]]:
    """(Partition, offset) of a letter -> how often it was sent again."""
    notes: Counter[tuple[int, int]] = Counter()
    for record in records:
        for name, content in record.headers:
            if name == REPLAYED_HEADER:
                notes[record.partition, _number(content)] += 1
    return notes


def replays_before(headers: Headers) -> int:
    """How often a message had been sent again before it became this letter."""
    return max((_number(content) for name, content in headers if name == REPLAYS_HEADER), default=0)


def with_replays(headers: Headers, count: int) -> Headers:
    """A message's headers when it is sent for the ``count``-th time."""
    own = tuple(header for header in headers if header[0] != REPLAYS_HEADER)
    return (*own, (REPLAYS_HEADER, str(count).encode()))


def _number(content: bytes) -> int:
    """0 when somebody else wrote the header."""
    return int(content) if content.isdigit() and len(content) < 20 else 0
