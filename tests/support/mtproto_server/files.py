"""Files behind media: bytes that clients fetch by id, access hash and a reference that can grow old."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.errors import RefusedError

DATED = datetime(2024, 1, 1, tzinfo=UTC)
DC = 2
"""This data centre's number."""


@dataclass
class File:
    """Bytes, and how messages name them."""

    id: int
    content: bytes
    reference: bytes
    generation: int = 0

    @property
    def access_hash(self) -> int:
        """The same for all accounts, since it travels in messages."""
        return self.id * 7919

    def photo(self, width: int = 640, height: int = 480) -> Any:
        """As a photo of one size."""
        size = types.PhotoSize("x", width, height, len(self.content))
        return types.Photo(self.id, self.access_hash, self.reference, DATED, [size], DC)

    def document(self, mime_type: str, *attributes: Any) -> Any:
        """As a document: a video, a voice message, a sticker, by its attributes."""
        return types.Document(
            self.id, self.access_hash, self.reference, DATED, mime_type, len(self.content), DC, list(attributes)
        )


@dataclass
class FileShelf:
    """Files by id."""

    files: dict[int, File] = field(default_factory=dict)
    expired: set[bytes] = field(default_factory=set)

    def add(self, content: bytes) -> File:
        """Keep bytes under a new id."""
        file_id = 90_001 + len(self.files)
        self.files[file_id] = File(file_id, content, _reference(file_id, 0))
        return self.files[file_id]

    def renew(self, file: File) -> tuple[bytes, bytes]:
        """Let a file's reference expire; returns the old and the new one, which are equally long."""
        old = file.reference
        self.expired.add(old)
        file.generation += 1
        file.reference = _reference(file.id, file.generation)
        return old, file.reference

    def find(self, location: Any) -> File:
        """The file at an ``inputFileLocation``; raises `RefusedError` for a bad one."""
        file = self.files.get(getattr(location, "id", 0))
        if file is None or location.access_hash != file.access_hash:
            raise RefusedError(400, "LOCATION_INVALID")
        if location.file_reference in self.expired:
            raise RefusedError(400, "FILE_REFERENCE_EXPIRED")
        if location.file_reference != file.reference:
            raise RefusedError(400, "FILE_REFERENCE_INVALID")
        return file


def _reference(file_id: int, generation: int) -> bytes:
    return blake2b(f"{file_id} {generation}".encode(), digest_size=16).digest()
