"""A file of an archive, wherever it lies: on disk, within a container, on stdin."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class ArchiveFile(Protocol):
    """A file as formats see it: its bytes are unpacked, its name is that of what is inside."""

    @property
    def name(self) -> str:
        """``folder/file`` or ``folder/export.zip/chats/result.json``, as records and messages show it."""

    @property
    def base_name(self) -> str:
        """The last part of the name, without the ending of a compression: ``result.json`` of ``result.json.gz``."""

    @property
    def folder(self) -> str:
        """Name of the folder that holds it, without a container's: tools name it after the channel."""

    @property
    def group(self) -> str:
        """Place of the folder: files of one group may be parts of one archive."""

    @property
    def path(self) -> Path | None:
        """The file on disk that it is, or that holds it; None for stdin."""

    @property
    def identity(self) -> str | None:
        """Key of its cursor; None when it cannot be read twice."""

    @property
    def total_bytes(self) -> int | None:
        """Size that ``bytes_read`` grows to; of a compressed file its size on disk. None when unknown."""

    @property
    def bytes_read(self) -> int:
        """How much of it the last ``open`` has read."""

    @property
    def damage(self) -> str | None:
        """Why the content of the last ``open`` ended early: cut or broken compression, a limit; None: it did not."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Its unpacked content as it is, from the start; OSError. Damaged content ends early and sets ``damage``."""

    def local(self) -> AbstractContextManager[Path]:
        """It as a file that can be read in any order (SQLite, Parquet): itself, or a copy that is deleted at the end.

        OSError, and SourceUnreadableError for one that is damaged or larger than what may be copied.
        """

    def sibling(self, place: str) -> "ArchiveFile | None":
        """Another file of the same archive, by its place from the folder of this one (``channels.ndjson``,
        ``../../lists/chats.html``); None when there is none. For descriptions that are needed. Open it before this
        file: a .tar is read from front to back.
        """
