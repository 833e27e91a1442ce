"""What a file holds: itself, what is compressed in it, or the members of a container, and so on."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.errors import SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.compression import CompressedFile, codec_of
from ingest.sources.containers.limits import MAX_DEPTH, MAX_MEMBERS
from ingest.sources.containers.tar_files import HEAD_BYTES, TarMembers
from ingest.sources.containers.zip_files import ZipMembers

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR, _TAR_AT = b"ustar", 257
_UNSUPPORTED = {b"7z\xbc\xaf\x27\x1c": "a .7z file", b"Rar!\x1a\x07": "a .rar file"}
_SPREADSHEETS = (".xlsx", ".xlsm", ".ods")
_ZIP_BY_NATURE = (
    *(".docx", ".pptx", ".odt", ".epub", ".apk", ".apkg", ".jar", ".whl", ".xpi", ".ipa", ".npz"),
    *(".kmz", ".crx"),
)


def is_container(head: bytes) -> bool:
    """Whether a file's first bytes are those of a .zip or .tar."""
    return head.startswith(_ZIP) or head[_TAR_AT:].startswith(_TAR)


class LeftOut(NamedTuple):
    """A file, or a member of a container, that is not read."""

    name: str
    reason: str


class Unpacked(NamedTuple):
    """A file that can be read, with its first bytes: to open it once more for them is slow on network drives."""

    file: ArchiveFile
    head: bytes
    """``HEAD_BYTES`` of it, or all."""


def read_head(file: ArchiveFile) -> bytes:
    """The first bytes of a file, one more than a sample; OSError."""
    with file.open() as stream:
        head = b""
        while len(head) < HEAD_BYTES and (chunk := stream.read(HEAD_BYTES - len(head))):
            head += chunk
    return head


def expand(file: ArchiveFile, depth: int = 0) -> Iterator[Unpacked | LeftOut]:
    """The files that can be read, each opened once; raises OSError when the file itself cannot."""
    head = read_head(file)
    reason = next((what for magic, what in _UNSUPPORTED.items() if head.startswith(magic)), None)
    is_zip, is_tar = head.startswith(_ZIP), head[_TAR_AT:].startswith(_TAR)
    codec = codec_of(head)
    if reason is not None:
        yield LeftOut(file.name, f"{reason}; unpack it first")
    elif is_zip and file.base_name.lower().endswith(_SPREADSHEETS):
        yield LeftOut(file.name, "a spreadsheet; save it as CSV, which is read")
    elif is_zip and file.base_name.lower().endswith(_ZIP_BY_NATURE):
        yield LeftOut(file.name, "a document or program, packed as .zip")
    elif not (is_zip or is_tar or codec):
        yield Unpacked(file, head)
    elif depth == MAX_DEPTH:
        yield LeftOut(file.name, f"packed more than {MAX_DEPTH} times")
    elif codec:
        yield from expand(CompressedFile(file, codec), depth + 1)
    else:
        yield from _members(file, ZipMembers(file) if is_zip else TarMembers(file), depth + 1)


def _members(file: ArchiveFile, container: ZipMembers | TarMembers, depth: int) -> Iterator[Unpacked | LeftOut]:
    try:
        for number, member in enumerate(container.list()):
            if number == MAX_MEMBERS:
                yield LeftOut(file.name, f"holds more than {MAX_MEMBERS:,} files; the others")
                return
            yield from (LeftOut(*member),) if isinstance(member, tuple) else _expanded(member, depth)
    except OSError as error:
        yield LeftOut(file.name, f"cannot be unpacked ({error.strerror or error})")
    except SourceUnreadableError as error:
        yield LeftOut(file.name, str(error))


def _expanded(member: ArchiveFile, depth: int) -> Iterator[Unpacked | LeftOut]:
    try:
        yield from expand(member, depth)
    except OSError as error:
        yield LeftOut(member.name, f"cannot be read ({error.strerror or error})")
