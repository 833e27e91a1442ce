"""Memory-mapped files without open descriptors."""

import ctypes
import mmap
import os
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_DONT_NEED = 4
"""MADV_DONTNEED, of Linux and macOS; ``mmap`` has it only where its own objects know it."""
_FIXED = 0x10
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0x40
"""Flags that ``mmap`` has no names for."""
_KIND_SHIFT = np.uint64(61)
_ABSENT, _OF_FILE = 0b000, 0b101
"""The highest bits in Linux's page map: in memory, swapped out, of a file. A page with others is the process's own."""
_LEAST_RUN = 16
"""Pages between two of the process's own that are worth a system call."""
_FAILED = ctypes.c_void_p(-1).value
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def map_file(path: Path) -> memoryview:
    """A file's bytes, read-only; pages that were not requested take no memory. It may be removed meanwhile.

    Python's own ``mmap``, and with it ``numpy.memmap``, keeps a descriptor open for each file (before 3.13, always):
    a worker with a month of days would be out of them.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return memoryview(b"")
        address = _mmap(path, None, size, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
    region = (ctypes.c_uint8 * size).from_address(address)
    weakref.finalize(region, _libc.munmap, address, size)
    return memoryview(region).cast("B").toreadonly()


def map_with_room(path: Path, pieces: Sequence[tuple[int, int, int]]) -> list[memoryview]:
    """Pieces of a file, each by its beginning (where a page does), its bytes and the bytes that it may grow to. What is
    written stays in this process; room that is not written to takes no memory.
    """
    starts, total = list[int](), 0
    for _, _, room in pieces:
        starts.append(total)
        total += -(-room // mmap.PAGESIZE) * mmap.PAGESIZE
    access, private = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | _NO_RESERVE
    with path.open("rb") as file:
        address = _mmap(path, None, total, access, private | mmap.MAP_ANONYMOUS, -1, 0)
        region = (ctypes.c_uint8 * total).from_address(address)
        weakref.finalize(region, _libc.munmap, address, total)
        for start, (begin, size, _) in zip(starts, pieces, strict=True):
            if size:
                _mmap(path, address + start, size, access, private | _FIXED, file.fileno(), begin)
    whole = memoryview(region).cast("B")
    return [whole[start : start + room] for start, (_, _, room) in zip(starts, pieces, strict=True)]


def release(data: bytes | memoryview | NDArray[np.generic], *, is_clean: bool = False) -> None:
    """On Linux, let go of the pages of mapped bytes, or of an array of them, that were only read. They stay in the
    system's cache while there is room, and come back from it by themselves. Nothing may be written to them meanwhile.
    ``is_clean``: nothing was ever written to any of them. Bytes that are not mapped stay as they are.
    """
    if not _is_mapped(data):
        return
    whole = np.frombuffer(data, np.uint8)
    first, pages = whole.ctypes.data // mmap.PAGESIZE, -(-whole.nbytes // mmap.PAGESIZE)
    for begin, end in [(0, pages)] if is_clean else _runs_not_written(first, pages):
        _libc.madvise((first + begin) * mmap.PAGESIZE, (end - begin) * mmap.PAGESIZE, _DONT_NEED)


def _is_mapped(data: object) -> bool:
    while isinstance(data, np.ndarray | memoryview):
        data = data.base if isinstance(data, np.ndarray) else data.obj
    return isinstance(data, ctypes.Array)


def _runs_not_written(first: int, count: int) -> Iterator[tuple[int, int]]:
    """Runs of pages none of which was written to."""
    try:
        with Path("/proc/self/pagemap").open("rb", buffering=0) as table:
            kinds = np.frombuffer(os.pread(table.fileno(), 8 * count, 8 * first), np.uint64) >> _KIND_SHIFT
    except OSError:  # another system: its memory is as large as what was read
        return
    own = np.flatnonzero((kinds != _ABSENT) & (kinds != _OF_FILE))
    begins, ends = np.append(0, own + 1), np.append(own, len(kinds))
    is_long = ends - begins >= _LEAST_RUN
    yield from zip(begins[is_long].tolist(), ends[is_long].tolist(), strict=True)


def _mmap(path: Path, *arguments: int | None) -> int:
    address = _libc.mmap(*arguments)
    if address == _FAILED:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), str(path))
    return int(address)
