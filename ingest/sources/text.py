"""Plain-text seeds: one file is one post, its folder is the channel."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import SourceUnreadableError
from ingest.sources.base import MAX_INPUT_BYTES, Item, Position, Rejected
from ingest.sources.identity import channel_fields, path_identity, readable_name
from ingest.sources.seed_header import InvalidHeaderError, SeedHeader, parse_sidecar, split_front_matter
from schemas import Channel, Lane, PostSource, RawPost, RejectReason, synthetic_id
from schemas.files import open_regular

SIDECAR_SUFFIX = ".toml"


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: blanks and invisible characters only."""
    return not any(character.isprintable() and not character.isspace() for character in text)


class TextSource:
    """One text file as one post.

    Without a header (see ``seed_header``) the channel is ``synthetic_id(folder)`` with the folder as its title, the
    message id is ``synthetic_id("<folder>/<file stem>")``, and the dates are unknown. The text is taken as is. The
    cursor belongs to the content: an edited file is read again, and comes out as a revision of the same post.
    """

    kind = "text"

    def __init__(self, path: Path, folder: str, lane: Lane) -> None:
        """``folder`` names the channel: the name of the file's folder, or its path below the folder replayed."""
        self.path, self._lane = path, lane
        self._folder, self._stem = readable_name(folder), readable_name(path.stem)
        self.name = f"{self._folder}/{readable_name(path.name)}"

    @property
    def identity(self) -> str | None:
        """The path and a digest of the file and its sidecar; the bare path when it cannot be read."""
        try:
            return f"{path_identity(self.path)}#{self._digest(*self._contents())}"
        except OSError:
            return path_identity(self.path)

    @property
    def total_bytes(self) -> int | None:
        """Size of the file now; None when it is gone."""
        try:
            return self.path.stat().st_size
        except OSError:
            return None

    def read(self, after: Position | None = None) -> Iterator[Item]:
        """See ``PostSource``; at most one item."""
        try:
            data, sidecar = self._contents()
        except OSError as error:
            raise SourceUnreadableError(f"{self.name}: cannot be read ({error.strerror}).") from error
        position = Position(max(1, len(data)), self._digest(data, sidecar))
        if after != position:
            yield Item(self._entry(data, sidecar), position)

    def _contents(self) -> tuple[bytes, bytes | None]:
        """The file, cut one byte above the limit, and its sidecar."""
        with open_regular(self.path) as stream:
            data = stream.read(MAX_INPUT_BYTES + 1)
        try:
            with open_regular(self.path.with_suffix(SIDECAR_SUFFIX)) as stream:
                return data, stream.read(MAX_INPUT_BYTES + 1)
        except FileNotFoundError:
            return data, None

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
            sidecar_name = f"{self._folder}/{self._stem}{SIDECAR_SUFFIX}"
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
        channel = channel_fields(header.channel_id, header.username, header.title, self._folder)
        return RawPost(
            channel=Channel.model_validate(channel),
            message_id=header.message_id or synthetic_id(f"{self._folder}/{self._stem}"),
            posted_at=header.posted_at,
            edited_at=header.edited_at,
            text=text,
            source=PostSource(kind=self.kind, name=self.name),
            lane=self._lane,
        )
