"""Ids of posts: by the second of the post, so that newest first is the order of the primary key and the word index."""

from collections.abc import Container
from typing import Final
from zlib import crc32

import xxhash

_SLOT_BITS: Final = 22
SLOTS: Final = 1 << _SLOT_BITS
_SIGN: Final = 1 << 63


def wanted_id(posted_ms: int, key: str) -> int:
    """The id of a post that shares its second and its hash with no other."""
    return (posted_ms // 1000) << _SLOT_BITS | crc32(key.encode()) % SLOTS


def free_id(wanted: int, taken: Container[int]) -> int:
    """The wanted id, or the next free one of its second."""
    first = first_id_of(wanted)
    while wanted in taken:
        wanted = first + (wanted + 1 - first) % SLOTS
    return wanted


def first_id_of(post_id: int) -> int:
    """The first id of the second of an id."""
    return post_id >> _SLOT_BITS << _SLOT_BITS


def is_of_second(post_id: int, posted_ms: int) -> bool:
    """Whether an id is of the second of a post."""
    return post_id >> _SLOT_BITS == posted_ms // 1000


def first_id(posted_ms: int) -> int:
    """No post of this moment's second or later has a smaller id."""
    return (posted_ms // 1000) << _SLOT_BITS


def digest_of(record: bytes) -> int:
    """A digest by which records are compared: 64 bits as a signed number."""
    number = xxhash.xxh3_64_intdigest(record)
    return number - 2 * _SIGN if number >= _SIGN else number
