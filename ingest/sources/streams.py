"""Streams that may be pipes."""

import io
from collections.abc import Callable
from typing import BinaryIO


def read_some(stream: BinaryIO | io.RawIOBase) -> Callable[[int], bytes]:
    """What gives at most so many bytes, as they arrive; empty at the end.

    ``read`` goes on until a pipe has given all of them, and where it fails, what it has got so far is lost.
    """
    found: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    return found
