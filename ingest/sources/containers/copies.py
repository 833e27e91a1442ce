"""Packed files as files on disk, for what must be read in any order."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from ingest.errors import SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.limits import MAX_COPY_BYTES

_CHUNK_BYTES = 1 << 20


@contextmanager
def temporary_copy(file: ArchiveFile) -> Iterator[Path]:
    """A copy in the folder for temporary files, which is deleted at the end."""
    with tempfile.NamedTemporaryFile(prefix="tgwire-", suffix=PurePath(file.base_name).suffix[:16]) as copy:
        with file.open() as stream:
            size = 0
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_COPY_BYTES:
                    raise SourceUnreadableError(
                        f"{file.name}: unpacks to more than {MAX_COPY_BYTES >> 30} GiB; unpack it first."
                    )
                copy.write(chunk)
        if file.damage:
            raise SourceUnreadableError(f"{file.name}: {file.damage}.")
        copy.flush()
        yield Path(copy.name)
