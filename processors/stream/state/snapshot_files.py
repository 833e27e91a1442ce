"""The files of a snapshot of the duplicate index, and the manifest that names them.

A file is named by the hash of its content and never changed. ``.days`` holds images of days, one large day or many
small ones; ``.posts`` a run of identities. What a manifest names is complete, since it is written last.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Annotated

import numpy as np
import xxhash
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from processors.core.dedup.known_posts import ENTRY_BYTES, SortedRun
from processors.core.dedup.segment_image import LAYOUT as IMAGES
from processors.core.dedup.segment_image import Image, MappedImage, PackedImage, parts
from processors.stream.state.mapped_files import map_file, map_with_room
from runtime.atomic_file import replace_file, sync
from schemas.validation_messages import reason_of

FORMAT = 4
LAYOUT = xxhash.xxh3_64_hexdigest(IMAGES.encode())
"""Digest of the layout of rows in the images: another version's snapshots differ in it."""
MANIFEST = "manifest.json"
_FIXED = ("heads", "filter")
"""Arrays whose size is that of the slots."""
_LEAST_ROOM = 1024
_ALIGNMENT = 64
_CHUNK = 1 << 20
_WRITTEN_AT_ONCE = 1 << 16
"""Bytes of one write. The cache of Linux holds a file in pieces as large as those in which it was written, and maps a
whole piece for each byte that is read: larger ones only fill memory."""

Natural = Annotated[int, Field(ge=0)]
DaysName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.days$")]
PostsName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.posts$")]


class SnapshotError(Exception):
    """A snapshot cannot be used; the text gives the reason."""


class DaysFile(BaseModel):
    """A file of the rows of one large day, or of some small ones."""

    model_config = ConfigDict(strict=True)
    size: Natural
    is_large: bool
    """Whether the file holds one large day."""
    days: dict[int, tuple[Natural, Natural]]
    """First byte and number of bytes of each day, by number of the day."""


class SnapshotManifest(BaseModel):
    """The files of a snapshot, and how far it follows the log."""

    model_config = ConfigDict(strict=True)
    format: int
    layout: str
    log: str
    """Identity of the log: another topic or epoch has another."""
    offset: Natural
    last: tuple[int, int]
    last_offset: Natural
    unreadable: Natural
    days: dict[DaysName, DaysFile]
    runs: list[tuple[PostsName, Natural]]
    """Names and sizes, the oldest first."""

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of all files of the snapshot, by name."""
        return {name: file.size for name, file in self.days.items()} | dict(self.runs)


def read_manifest(content: bytes, log_id: str) -> SnapshotManifest:
    """A manifest of this log; SnapshotError when it is damaged, or of another log or version."""
    try:
        manifest = SnapshotManifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise SnapshotError(f"{place}: {reason_of(first)}") from None
    if (manifest.format, manifest.layout) != (FORMAT, LAYOUT):
        raise SnapshotError(f"it is of another version of tgwire (format {manifest.format}, layout {manifest.layout})")
    if manifest.log != log_id:
        raise SnapshotError(f"it is of another log ({manifest.log}, not {log_id})")
    return manifest


def open_days(folder: Path, name: str, file: DaysFile) -> dict[int, Image]:
    """The images of a file, memory-mapped; SnapshotError when it is damaged."""
    data = _mapped(folder, name, file.size)
    images = dict[int, Image]()
    for day, (start, size) in file.days.items():
        image = PackedImage(data, start, size)
        try:
            image.check()
        except ValueError as error:
            raise SnapshotError(f"{name}: day {day}: {error}") from None
        images[day] = _with_room(folder / name, image) if file.is_large else image
    return images


def _with_room(path: Path, image: PackedImage) -> MappedImage:
    """A large day that may grow by half before it is copied."""
    head = image.head()
    shapes = [(part, part.shape if part.name in _FIXED else _grown(part.shape)) for part in parts(head)]
    sizes = [(part.begin, part.nbytes, part.dtype.itemsize * prod(shape)) for part, shape in shapes]
    arrays = {
        part.name: np.frombuffer(data, part.dtype).reshape(shape)
        for (part, shape), data in zip(shapes, map_with_room(path, sizes), strict=True)
    }
    return MappedImage(head, arrays, image.size)


def _grown(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0] + shape[0] // 2 + _LEAST_ROOM, *shape[1:])


def open_run(folder: Path, name: str, size: int) -> SortedRun:
    """A run of identities, memory-mapped; SnapshotError when it is damaged."""
    data = _mapped(folder, name, size)
    count = size // ENTRY_BYTES
    return SortedRun(np.frombuffer(data, np.uint64, count), np.frombuffer(data, np.int64, count, 8 * count))


def check_file(path: Path, name: str, size: int) -> None:
    """SnapshotError when a file does not match its name and size. Read, not mapped: it is not to stay resident."""
    try:
        with path.open("rb", buffering=0) as file:
            found, hashed = os.fstat(file.fileno()).st_size, xxhash.xxh3_128()
            if found != size:
                raise SnapshotError(f"{name} has {found} bytes instead of {size}")
            buffer = memoryview(bytearray(_CHUNK))
            while count := file.readinto(buffer):
                hashed.update(buffer[:count])
    except OSError as error:
        raise SnapshotError(f"{name}: {error.strerror}") from None
    if hashed.hexdigest() != name.partition(".")[0]:
        raise SnapshotError(f"{name} is damaged: its content has another hash")


def write_file(folder: Path, suffix: str, chunks: Iterable[memoryview]) -> tuple[str, int]:
    """Write a file under the name of its content, on the disk before this returns; its name and size."""
    new, hashed, size = folder / f"new{suffix}", xxhash.xxh3_128(), 0
    with new.open("wb", buffering=0) as file:
        for chunk in chunks:
            hashed.update(chunk)
            for begin in range(0, len(chunk), _WRITTEN_AT_ONCE):
                size += file.write(chunk[begin : begin + _WRITTEN_AT_ONCE])
        os.fsync(file.fileno())
    name = f"{hashed.hexdigest()}{suffix}"
    new.replace(folder / name)
    return name, size


def write_manifest(folder: Path, manifest: SnapshotManifest) -> None:
    """Let a manifest take the place of the one before, when all that it names is on the disk."""
    sync(folder)
    replace_file(folder / MANIFEST, manifest.model_dump_json().encode())


def laid_out(sizes: Mapping[int, int]) -> tuple[dict[int, tuple[int, int]], int]:
    """Positions of days of these sizes in a file, and the file's size."""
    places, end = dict[int, tuple[int, int]](), 0
    for day, size in sizes.items():
        places[day] = _aligned(end), size
        end = _aligned(end) + size
    return places, end


def padded(images: Iterable[Iterable[memoryview]]) -> Iterator[memoryview]:
    """Images one after the other, each where ``laid_out`` has it."""
    at = 0
    for chunks in images:
        yield memoryview(bytes(_aligned(at) - at))
        at = _aligned(at)
        for chunk in chunks:
            yield chunk
            at += len(chunk)


def run_chunks(run: SortedRun) -> Iterator[memoryview]:
    """The content of the file of a sorted run of identities, piece by piece."""
    for column in run:
        yield np.ascontiguousarray(column).view(np.uint8).data


def _mapped(folder: Path, name: str, size: int) -> memoryview:
    try:
        data = map_file(folder / name)
    except OSError as error:
        raise SnapshotError(f"{name}: {error.strerror}") from None
    if data.nbytes != size:
        raise SnapshotError(f"{name} has {data.nbytes} bytes instead of {size}")
    return data


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT
