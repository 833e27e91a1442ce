"""The sketch of a text: what near-duplicates are found and verified by. 294 bytes, little-endian."""

import base64
import binascii
import struct
from typing import NamedTuple

import numpy as np

PERMUTATIONS = 128
BANDS = 32
"""Of 4 rows each: a pair of Jaccard similarity 0.5 shares a band with probability 0.87, one of 0.25 with 0.12."""
LEAD_WORDS = 6
NUMBERS = 7
"""Hashes of numbers that are kept: all of most posts."""

_REST = struct.Struct(f"<{4 * NUMBERS}sIIH")
_BYTES = 2 * PERMUTATIONS + _REST.size


class Sketch(NamedTuple):
    """What was packed."""

    signature: bytes
    """128 MinHash values, cut to 16 bits."""
    numbers: bytes
    """The 7 least 32-bit hashes of the numbers; 0 is none."""
    leads: tuple[int, int]
    """Hashes of the first words of the first two lines: by them a cut copy is found, and one under a new headline."""
    shingles: int
    """How many different ones there are."""


def pack(minhash: list[int], numbers: list[int], leads: tuple[int, int], shingles: int) -> str:
    """A sketch as base64, 392 characters."""
    signature = np.array(minhash, np.uint32).astype("<u2").tobytes()
    few = struct.pack(f"<{len(numbers)}I", *numbers)
    rest = _REST.pack(few, *leads, min(shingles, 0xFFFF))
    return base64.b64encode(signature + rest).decode()


def unpack(packed: str) -> Sketch:
    """The sketch of its base64; ValueError when it is none."""
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not a sketch: {error}") from None
    if len(data) != _BYTES:
        raise ValueError(f"not a sketch: {len(data)} bytes instead of {_BYTES}")
    numbers, one, other, shingles = _REST.unpack_from(data, 2 * PERMUTATIONS)
    return Sketch(data[: 2 * PERMUTATIONS], numbers, (one, other), shingles)
