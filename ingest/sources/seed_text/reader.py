"""Plain-text seeds: one file is one post, its folder is the channel."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePath

from ingest.errors import SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import MAX_INPUT_BYTES, Position, Rejected, SourceItem
from ingest.sources.context import ReadContext
from ingest.sources.options import ReadOptions
from ingest.sources.seed_text.front_matter import (
    FENCE,
    InvalidHeaderError,
    SeedHeader,
    parse_sidecar,
    split_front_matter,
)
from schemas import RawPost, RejectReason, synthetic_id

SIDECAR_SUFFIX = ".toml"


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: blanks and invisible characters only."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def keys_of(file: ArchiveFile) -> tuple[str, str]:
    """What the ids of a text without a header are made of: its folder's name, and its own without the ending."""
    return PurePath(file.folder).name or file.folder, PurePath(file.base_name).stem


def has_header(file: ArchiveFile) -> bool:
    """Whether a text has front matter, or a file beside it that gives its ids; not, if it cannot be read."""
    try:
        if file.sibling(f"{PurePath(file.base_name).stem}{SIDECAR_SUFFIX}") is not None:
            return True
        with file.open() as stream:
            return stream.read(len(FENCE)) == FENCE.encode()
    except OSError:
        return False


class TextSource:
    """One text file as one post.

    Without a header (see ``front_matter``) the folder is the channel's title, the message id is
    ``synthetic_id("<folder>/<file stem>")``, and the dates are unknown. The folder is the one that holds the file, by
    its own name: the file has the same keys whatever folder above it is read. The text is taken as is. The cursor
    belongs to the content: an edited file is read again, and comes out as a revision of the same post.
    """

    kind = "text"

    def __init__(self, file: ArchiveFile, options: ReadOptions) -> None:
        self._file, self._options = file, options
        self._folder, self._stem = keys_of(file)
        self.name = file.name
        self._context = ReadContext(self.kind, file, options)

    @property
    def path(self) -> Path | None:
        """See ``Source``."""
        return self._file.path

    @property
    def identity(self) -> str | None:
        """The path and a digest of the file and its sidecar; the bare path when it cannot be read."""
        where = self._file.identity
        if where is None:
            return None
        try:
            return f"{where}#{self._digest(*self._contents())}"
        except OSError:
            return where

    @property
    def total_bytes(self) -> int | None:
        """Size of the file now; None when it is gone."""
        return self._file.total_bytes

    @property
    def bytes_read(self) -> int:
        """See ``Source``."""
        return self._file.bytes_read

    @property
    def warnings(self) -> list[str]:
        """See ``Source``."""
        return [f"{self._folder}: {remark}" for remark in self._context.warnings]  # alike for each file of a folder

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        """See ``Source``; at most one item."""
        try:
            data, sidecar = self._contents()
        except OSError as error:
            raise SourceUnreadableError(f"{self.name}: cannot be read ({error.strerror}).") from error
        position = Position(max(1, len(data)), self._digest(data, sidecar))
        if after != position:
            yield SourceItem(self._entry(data, sidecar), position)

    def _contents(self) -> tuple[bytes, bytes | None]:
        """The file, cut one byte above the limit, and its sidecar."""
        with self._file.open() as stream:
            data = stream.read(MAX_INPUT_BYTES + 1)
        sidecar = self._file.sibling(f"{self._stem}{SIDECAR_SUFFIX}")
        if sidecar is None:
            return data, None
        with sidecar.open() as stream:
            return data, stream.read(MAX_INPUT_BYTES + 1)

    @staticmethod
    def _digest(data: bytes, sidecar: bytes | None) -> str:
        digest = hashlib.blake2b(data, digest_size=16)
        if sidecar is not None:
            digest.update(b"\0" + sidecar)
        return digest.hexdigest()

    def _entry(self, data: bytes, sidecar: bytes | None) -> RawPost | Rejected:
        if len(data) > MAX_INPUT_BYTES:
            return Rejected(self.name, RejectReason.TOO_LARGE, f"the file is larger than {MAX_INPUT_BYTES} bytes")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            bad = error.start + len(data) - len(error.object)
            line = data.count(b"\n", 0, bad) + 1
            return Rejected(self.name, RejectReason.INVALID_FIELD, "invalid UTF-8", line=line, offset=bad, field="text")
        try:
            header, text = split_front_matter(text)
        except InvalidHeaderError as error:
            return self._invalid(self.name, error)
        if sidecar is not None:
            sidecar_name = f"{self._file.folder}/{self._stem}{SIDECAR_SUFFIX}"
            if header is not None:
                return Rejected(self.name, RejectReason.INVALID_FIELD, f"has front matter and {sidecar_name}; keep one")
            try:
                header = parse_sidecar(sidecar)
            except InvalidHeaderError as error:
                return self._invalid(sidecar_name, error)
        if is_blank(text):
            return Rejected(self.name, RejectReason.INVALID_FIELD, "the file holds no text", field="text")
        return self._post(text, header or SeedHeader())

    @staticmethod
    def _invalid(name: str, error: InvalidHeaderError) -> Rejected:
        return Rejected(name, RejectReason.INVALID_FIELD, str(error), line=error.line, field=error.field)

    def _post(self, text: str, header: SeedHeader) -> RawPost:
        return self._context.post(
            self._context.channel(
                channel_id=header.channel_id, username=header.username, title=header.title, fallback=self._folder
            ),
            header.message_id or synthetic_id(f"{self._folder}/{self._stem}"),
            place=None,
            posted_at=header.posted_at,
            edited_at=header.edited_at,
            text=text,
        )
