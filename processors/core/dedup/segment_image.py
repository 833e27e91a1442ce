"""A day's segment as one run of bytes: what rests in memory, and what files hold."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup import band_index as chains
from processors.core.dedup.band_index import FILTER_WORDS, SLOT_ROWS
from processors.core.dedup.owned_texts import OWNED
from processors.core.dedup.post_table import FORWARD, NAME, POST, TEXT, VALUES

Arrays = Mapping[str, NDArray[np.generic]]
"""What a segment is made of. Those of a small day lack the chains, which are made of its texts."""
TABLES: Mapping[str, "np.dtype[np.void]"] = {
    "posts": POST,
    "texts": TEXT,
    "forwards": FORWARD,
    "names": NAME,
    "owned": OWNED,
}
LARGE = 4 << 20
"""Bytes from which on a day has a file of its own, whose arrays begin where pages do, on any system."""
_PAGE = 1 << 16
_ALIGNMENT = 8
_HEADER = struct.Struct(f"<q{len(TABLES) + 1}I")
LAYOUT = repr([_HEADER.format, LARGE, FILTER_WORDS, SLOT_ROWS, *(dtype.descr for dtype in TABLES.values())])
"""Images of another layout cannot be read."""

Data = bytes | memoryview
"""Bytes in memory, or those of a memory-mapped file."""


class ImageHead(NamedTuple):
    """Header of an image."""

    arrived_ms: int
    """Greatest broker's time of what changed it."""
    rows: tuple[int, ...]
    """Of each table."""
    slots: int
    """Of the chains; 0: there are none."""


class ImagePart(NamedTuple):
    """An array in an image."""

    name: str
    dtype: "np.dtype[np.generic]"
    shape: tuple[int, ...]
    begin: int

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        return self.dtype.itemsize * prod(self.shape)


class Image(Protocol):
    """A segment at rest."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def head(self) -> ImageHead:
        """Its head."""
        ...

    def arrays(self) -> Arrays:
        """Its arrays, without a copy; they may be read-only, or have room for more rows."""
        ...

    def table(self, name: str) -> NDArray[np.void]:
        """The rows of one of its tables."""
        ...

    def chunks(self) -> Iterable[memoryview]:
        """Its bytes, piece by piece."""
        ...


class PackedImage(NamedTuple):
    """An image among others."""

    data: Data
    start: int
    size: int

    def check(self) -> None:
        """ValueError when its size differs from the one in its header."""
        if self.start < 0 or self.size < _HEADER.size or self.start + self.size > len(self.data):
            raise ValueError(f"{self.size} bytes at {self.start} are no day")
        if self.size != size_of(self.head()):
            raise ValueError(f"a day of {size_of(self.head())} bytes has {self.size}")

    def head(self) -> ImageHead:
        """Its head."""
        arrived_ms, *rows, slots = _HEADER.unpack_from(self.data, self.start)
        return ImageHead(arrived_ms, tuple(rows), slots)

    def arrays(self) -> Arrays:
        """Its arrays, read-only."""
        return {
            part.name: np.frombuffer(self.data, part.dtype, prod(part.shape), self.start + part.begin).reshape(
                part.shape
            )
            for part in parts(self.head())
        }

    def table(self, name: str) -> NDArray[np.void]:
        """The rows of one of its tables."""
        part = next(part for part in parts(self.head()) if part.name == name)
        return np.frombuffer(self.data, TABLES[name], part.shape[0], self.start + part.begin)

    def chunks(self) -> Iterator[memoryview]:
        """Its bytes."""
        yield memoryview(self.data)[self.start : self.start + self.size]


class MappedImage(NamedTuple):
    """A large day in a file of its own. What is written to its arrays stays in memory and copies no more than pages."""

    of: ImageHead
    with_room: Arrays
    size: int

    def head(self) -> ImageHead:
        """Its head."""
        return self.of

    def arrays(self) -> Arrays:
        """Its arrays, writable, with room."""
        return self.with_room

    def table(self, name: str) -> NDArray[np.void]:
        """The rows of one of its tables."""
        rows = self.of.rows[list(TABLES).index(name)]
        return self.with_room[name][:rows]  # type: ignore[return-value]

    def chunks(self) -> Iterator[memoryview]:
        """Its bytes."""
        arrays = {part.name: self.with_room[part.name][: part.shape[0]] for part in parts(self.of)}
        return chunks(arrays, self.of.arrived_ms)


def head_of(arrays: Arrays, arrived_ms: int) -> ImageHead:
    """The head of the image of some arrays."""
    slots = len(arrays["heads"]) // VALUES if "heads" in arrays else 0
    return ImageHead(arrived_ms, tuple(len(arrays[name]) for name in TABLES), slots)


def size_of(head: ImageHead) -> int:
    """Bytes of an image."""
    *_, last = parts(head)
    return last.begin + last.nbytes


def is_large(head: ImageHead) -> bool:
    """Whether a day has a file of its own."""
    return sum(dtype.itemsize * prod(shape) for _, dtype, shape in _shapes(head)) >= LARGE


def chunks(arrays: Arrays, arrived_ms: int) -> Iterator[memoryview]:
    """The image of some arrays, piece by piece."""
    head, at = head_of(arrays, arrived_ms), _HEADER.size
    yield memoryview(_HEADER.pack(head.arrived_ms, *head.rows, head.slots))
    for part in parts(head):
        yield memoryview(bytes(part.begin - at))
        yield np.ascontiguousarray(arrays[part.name]).reshape(-1).view(np.uint8).data
        at = part.begin + part.nbytes


def packed(pieces: Iterable[memoryview]) -> PackedImage:
    """An image in memory."""
    data = b"".join(pieces)
    return PackedImage(data, 0, len(data))


def parts(head: ImageHead) -> Iterator[ImagePart]:
    """Positions of the arrays of an image."""
    begin, alignment = _HEADER.size, _PAGE if is_large(head) else _ALIGNMENT
    for name, dtype, shape in _shapes(head):
        part = ImagePart(name, dtype, shape, -(-begin // alignment) * alignment)
        yield part
        begin = part.begin + part.nbytes


def _shapes(head: ImageHead) -> Iterator[tuple[str, "np.dtype[np.generic]", tuple[int, ...]]]:
    for (name, table), rows in zip(TABLES.items(), head.rows, strict=True):
        yield name, table, (rows,)
    if head.slots:
        texts = head.rows[list(TABLES).index("texts")]
        filter_words = head.slots * SLOT_ROWS * FILTER_WORDS
        for name, shape in {
            "heads": (VALUES * head.slots,),
            "next": (texts, VALUES),
            "filter": (filter_words,),
        }.items():
            yield name, chains.LAYOUT[name], shape
