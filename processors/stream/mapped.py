"""Memory-mapped files without open descriptors."""

import ctypes
import mmap
import os
import weakref
from pathlib import Path

import numpy as np

_DONT_NEED = 4
"""MADV_DONTNEED, of Linux and macOS; ``mmap`` has it only where its own objects know it."""
_FAILED = ctypes.c_void_p(-1).value
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def map_file(path: Path) -> memoryview:
    """A file's bytes, read-only; pages that were not asked for take no memory. It may be removed meanwhile.

    Python's own ``mmap``, and with it ``numpy.memmap``, keeps a descriptor open for each file (before 3.13, always):
    a worker with a month of days would be out of them.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return memoryview(b"")
        address = _libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
    if address == _FAILED:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), str(path))
    region = (ctypes.c_uint8 * size).from_address(address)
    weakref.finalize(region, _libc.munmap, address, size)
    return memoryview(region).cast("B").toreadonly()


def release(data: object) -> None:
    """Let go of the pages of a mapped file that were read, if ``data`` is of one: they stay in the system's cache while
    there is room, and come back from it by themselves.
    """
    while isinstance(data, np.ndarray | memoryview):
        data = data.base if isinstance(data, np.ndarray) else data.obj
    if isinstance(data, ctypes.Array):
        _libc.madvise(ctypes.addressof(data), ctypes.sizeof(data), _DONT_NEED)
