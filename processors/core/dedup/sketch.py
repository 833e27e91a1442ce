"""The sketch of a text: what near-duplicates are found and verified by. 282 bytes, little-endian."""

import base64
import binascii
import struct
from typing import Any

import numpy as np

PERMUTATIONS = 128
BANDS = 32
"""Of 4 rows each: a pair of Jaccard similarity 0.5 shares a band with probability 0.87, one of 0.25 with 0.12."""
LEAD_WORDS = 6
NUMBER_BITS = 128

SKETCH = np.dtype(
    [
        ("signature", "<u2", (PERMUTATIONS,)),
        ("numbers", "<u8", (NUMBER_BITS // 64,)),
        ("leads", "<u4", (2,)),
        ("shingles", "<u2"),
    ]
)
"""MinHash values cut to 16 bits; a bitmap of the hashes of the numbers; hashes of the first words of the first two
lines, by which a cut copy and one under a new headline are found; how many different shingles there are."""

_REST = struct.Struct("<QQIIH")

Sketch = Any
"""A ``numpy.void`` of the dtype ``SKETCH``."""


def pack(minhash: list[int], numbers: int, leads: tuple[int, int], shingles: int) -> str:
    """A sketch as base64, 376 characters."""
    signature = np.array(minhash, np.uint32).astype("<u2").tobytes()
    rest = _REST.pack(numbers & 0xFFFFFFFFFFFFFFFF, numbers >> 64, *leads, min(shingles, 0xFFFF))
    return base64.b64encode(signature + rest).decode()


def unpack(packed: str) -> bytes:
    """The bytes of a sketch; ValueError when it is none."""
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not a sketch: {error}") from None
    if len(data) != SKETCH.itemsize:
        raise ValueError(f"not a sketch: {len(data)} bytes instead of {SKETCH.itemsize}")
    return data
