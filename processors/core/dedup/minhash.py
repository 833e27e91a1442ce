"""The sketch of a text: what near-duplicates are found and verified by. 294 bytes, little-endian."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 128
BANDS = 32
"""Of 4 rows each: a pair of Jaccard similarity 0.5 shares a band with probability 0.87, one of 0.25 with 0.12."""
LEAD_WORDS = 6
NUMBERS = 6
"""Hashes of numbers that are kept: all of most posts."""

SKETCH = np.dtype(
    [
        ("signature", "<u2", (PERMUTATIONS,)),
        ("numbers", "<u4", (NUMBERS,)),
        ("number_count", "<u2"),
        ("number_order", "<u2"),
        ("leads", "<u4", (2,)),
        ("shingles", "<u2"),
    ]
)
"""128 MinHash values, cut to 16 bits; the 6 least 32-bit hashes of the numbers, 0 is none; how many numbers there are,
and a hash of all of them in their order; hashes of the first words of the first two lines, by which a cut copy is
found, and one under a new headline; how many different shingles there are.
"""

_SIGNATURE = struct.Struct(f"<{PERMUTATIONS}I")
_SIGNATURE_BYTES = 2 * PERMUTATIONS
_REST = struct.Struct(f"<{NUMBERS}IHHIIH")
_NO_NUMBERS = (0,) * NUMBERS


def pack(minhash: Sequence[int], numbers: Sequence[int], leads: tuple[int, int], shingles: int) -> bytes:
    """The sketch of one text: see ``pack_all``."""
    (sketch,) = pack_all([minhash], [numbers], [leads], [shingles])
    return sketch


def pack_all(
    minhashes: Sequence[Sequence[int]],
    numbers: Sequence[Sequence[int]],
    leads: Sequence[tuple[int, int]],
    shingles: Sequence[int],
) -> list[bytes]:
    """Sketches; given are, for each text, its 128 MinHash values, the 32-bit hashes of all its numbers in their order,
    of its leads, and how many different shingles it has.
    """
    wide = b"".join([_SIGNATURE.pack(*minhash) for minhash in minhashes])
    signatures = np.frombuffer(wide, "<u2")[::2].tobytes()
    starts = range(0, len(signatures), _SIGNATURE_BYTES)
    return [
        signatures[start : start + _SIGNATURE_BYTES] + _rest(own, lead, count)
        for start, own, lead, count in zip(starts, numbers, leads, shingles, strict=True)
    ]


def _rest(numbers: Sequence[int], leads: tuple[int, int], shingles: int) -> bytes:
    least = sorted(numbers)[:NUMBERS]
    count = min(len(numbers), 0xFFFF)
    order = sum(hashed * (2 * place + 3) for place, hashed in enumerate(numbers)) & 0xFFFF
    return _REST.pack(*least, *_NO_NUMBERS[len(least) :], count, order, *leads, min(shingles, 0xFFFF))


def unpack(packed: Sequence[bytes]) -> NDArray[np.void]:
    """Rows of SKETCH; ValueError when one is none."""
    data = b"".join(packed)
    if len(data) != SKETCH.itemsize * len(packed):
        raise ValueError(f"not a sketch: {len(data)} bytes in {len(packed)} instead of {SKETCH.itemsize} each")
    return np.frombuffer(data, SKETCH)
