"""A day's segment as one run of bytes: what rests in memory, and what files hold."""

import struct
from collections.abc import Iterator, Mapping
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup import chains
from processors.core.dedup.chains import FILTER_WORDS, SLOT_ROWS
from processors.core.dedup.tables import FORWARD, NAME, POST, TEXT, VALUES

Arrays = Mapping[str, NDArray[np.generic]]
"""What a segment is made of. Those of a small day lack the chains, which are made from its texts."""
TABLES: Mapping[str, "np.dtype[np.void]"] = {"posts": POST, "texts": TEXT, "forwards": FORWARD, "names": NAME}
_HEADER = struct.Struct(f"<q{len(TABLES) + 1}I")
_ALIGNMENT = 8
ALIGNMENT = 64
"""Of images in a file."""
LAYOUT = repr([_HEADER.format, FILTER_WORDS, SLOT_ROWS, *(dtype.descr for dtype in TABLES.values())])
"""Images of another layout cannot be read."""


Data = bytes | memoryview
"""Bytes in memory, or those of a memory-mapped file."""


class Head(NamedTuple):
    """What an image says of itself."""

    arrived_ms: int
    """When its last record arrived, by the broker's clock."""
    rows: tuple[int, ...]
    """Of each table."""
    slots: int
    """Of the chains; 0: there are none."""


class Image(NamedTuple):
    """A segment at rest."""

    data: Data
    start: int
    size: int

    def check(self) -> None:
        """ValueError when its size is not what its head says."""
        if self.start < 0 or self.size < _HEADER.size or self.start + self.size > len(self.data):
            raise ValueError(f"{self.size} bytes at {self.start} are no day")
        if self.size != _end(self.head()):
            raise ValueError(f"a day of {_end(self.head())} bytes has {self.size}")

    def head(self) -> Head:
        """Its head."""
        arrived_ms, *rows, slots = _HEADER.unpack_from(self.data, self.start)
        return Head(arrived_ms, tuple(rows), slots)

    def arrays(self) -> Arrays:
        """Its arrays, without a copy: writable only where the bytes are."""
        head = self.head()
        return {
            name: np.frombuffer(self.data, dtype, prod(shape), self.start + begin).reshape(shape)
            for name, dtype, shape, begin in _parts(head)
        }

    def table(self, name: str) -> NDArray[np.void]:
        """One of its tables."""
        head = self.head()
        _, dtype, shape, begin = next(part for part in _parts(head) if part[0] == name)
        return np.frombuffer(self.data, dtype, shape[0], self.start + begin)

    def chunks(self) -> Iterator[memoryview]:
        """Its bytes."""
        yield memoryview(self.data)[self.start : self.start + self.size]


def head_of(arrays: Arrays, arrived_ms: int) -> Head:
    """The head of the image of some arrays."""
    slots = len(arrays["heads"]) // VALUES if "heads" in arrays else 0
    return Head(arrived_ms, tuple(len(arrays[name]) for name in TABLES), slots)


def size_of(arrays: Arrays) -> int:
    """Bytes of the image of some arrays."""
    return _end(head_of(arrays, 0))


def chunks(arrays: Arrays, arrived_ms: int) -> Iterator[memoryview]:
    """The image of some arrays, piece by piece."""
    head = head_of(arrays, arrived_ms)
    yield memoryview(_HEADER.pack(head.arrived_ms, *head.rows, head.slots))
    parts = list(_parts(head))
    at = _HEADER.size
    for name, _, _, begin in parts:
        yield memoryview(bytes(begin - at))
        array = np.ascontiguousarray(arrays[name])
        yield array.reshape(-1).view(np.uint8).data
        at = begin + array.nbytes


def image(arrays: Arrays, arrived_ms: int) -> Image:
    """An image in memory."""
    data = b"".join(chunks(arrays, arrived_ms))
    return Image(data, 0, len(data))


def aligned(offset: int) -> int:
    """Where the next image of a file may begin."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def _shapes(head: Head) -> Iterator[tuple[str, "np.dtype[np.generic]", tuple[int, ...]]]:
    for (name, table), rows in zip(TABLES.items(), head.rows, strict=True):
        yield name, table, (rows,)
    if head.slots:
        texts = head.rows[list(TABLES).index("texts")]
        shapes = {
            "heads": (VALUES * head.slots,),
            "next": (VALUES, texts),
            "filter": (head.slots * SLOT_ROWS * FILTER_WORDS,),
        }
        for name, dtype in chains.LAYOUT.items():
            yield name, dtype, shapes[name]


def _parts(head: Head) -> Iterator[tuple[str, "np.dtype[np.generic]", tuple[int, ...], int]]:
    begin = _HEADER.size
    for name, dtype, shape in _shapes(head):
        begin = -(-begin // _ALIGNMENT) * _ALIGNMENT
        yield name, dtype, shape, begin
        begin += dtype.itemsize * prod(shape)


def _end(head: Head) -> int:
    *_, (_, dtype, shape, begin) = _parts(head)
    return begin + dtype.itemsize * prod(shape)
