"""Bounds of what is unpacked: a small file must not fill a disk or keep a replay busy for days."""

from typing import Final

MAX_RATIO: Final = 500
"""Posts as JSON shrink to between a 4th and a 30th; a bomb of zeros by gzip to a 1,030th."""
RATIO_FROM_BYTES: Final = 64 << 20
"""Less than this is unpacked whatever its ratio: it costs half a second."""
MAX_COPY_BYTES: Final = 8 << 30
"""Largest file within a container that is copied to disk to be read in any order (a database, a .zip in a .zip)."""
MAX_MEMBERS: Final = 200_000
"""Files of a container; a Desktop export with media has tens of thousands."""
MAX_DEPTH: Final = 4
"""Containers within each other: .zip, .tar, .gz and one more."""
MAX_DICTIONARY_BYTES: Final = 256 << 20
"""Memory that an .xz may ask for; xz -9 asks for 65 MB."""
MAX_WINDOW_LOG: Final = 31
"""Window of a .zst: Pushshift's were written with 2 GB (--long=31)."""


def is_bomb(read: int, unpacked: int) -> bool:
    """Whether bytes unpack to more than anybody's posts would."""
    return unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * max(read, 1)
