"""Records compressed with a dictionary of the release: small JSON texts have most of their bytes in common.

Each kept record begins with the number of its dictionary. Old dictionaries stay in the package for ever, since stores
hold records that need them.
"""

import sys
from functools import cache
from importlib.resources import files

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CURRENT = 1
"""The dictionary that new records are compressed with."""
_LEVEL = 3


class RecordCodec:
    """Compresses records and unpacks them. For one thread."""

    def __init__(self) -> None:
        self._compressor = zstd.ZstdCompressor(level=_LEVEL, zstd_dict=dictionary(CURRENT).as_digested_dict)
        self._prefix = bytes([CURRENT])

    def pack(self, record: bytes) -> bytes:
        """A record as it is kept; an erased one is empty."""
        if not record:
            return b""
        return self._prefix + self._compressor.compress(record, zstd.ZstdCompressor.FLUSH_FRAME)


def unpack(kept: bytes) -> bytes:
    """The record as it was; ValueError for bytes that are none."""
    if not kept:
        return b""
    try:
        return zstd.decompress(kept[1:], zstd_dict=dictionary(kept[0]).as_digested_dict)
    except (zstd.ZstdError, OSError) as error:
        raise ValueError(f"not a record that tgwire has kept: {error}") from error


@cache
def dictionary(number: int) -> zstd.ZstdDict:
    """A dictionary of the release by its number; OSError for one that is not there."""
    return zstd.ZstdDict(files("sinks.store").joinpath(f"dictionaries/{number}.zdict").read_bytes())
