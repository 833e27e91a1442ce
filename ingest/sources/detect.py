"""From a path on the command line to sources, and to the files that are none."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple

from ingest.errors import NothingToReadError, SourceNotFoundError, SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.channel_fields import readable_name
from ingest.sources.containers.compression import Codec, CompressedFile, codec_of, head_of
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.containers.expand import LeftOut, Unpacked, expand, is_container
from ingest.sources.containers.piped_files import PipedFile, SpooledFile
from ingest.sources.format import Certainty, Format, FormatMatch
from ingest.sources.json_lines.format import FORMAT as JSON_LINES
from ingest.sources.json_tokens import is_deeper
from ingest.sources.known_formats import FORMATS
from ingest.sources.options import ReadOptions
from ingest.sources.sample import SAMPLE_BYTES, Sample
from ingest.sources.seed_text.format import FORMAT as SEED_TEXT
from ingest.sources.seed_text.reader import SIDECAR_SUFFIX, has_header, keys_of
from ingest.sources.sqlite_files import described
from schemas.regular_files import NOT_REGULAR

_BLANKS, _CHUNK_BYTES = "[]{}, \t\r\n", 1 << 20
NO_FORMAT, EMPTY = "of no known format", "empty"
_MOST_LEVELS = 100
_ENDS = re.compile(rb"[\n}\]>]")
"""Of lines and elements: a pipe that is written letter by letter is not judged at each."""
_TOO_DEEP = f"JSON that is nested too deeply: more than {_MOST_LEVELS} levels"
NO_POSTS_BY_NATURE = "media, a document or a part of pages"
README = "a readme"
_MEDIA = (
    *(".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".heic", ".svg", ".ico", ".mp4", ".webm", ".mov", ".mkv"),
    *(".avi", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac", ".tgs", ".pdf", ".doc", ".docx", ".xls"),
    *(".xlsx", ".ppt", ".pptx", ".epub", ".fb2", ".djvu", ".apk", ".exe", ".css", ".js", ".woff", ".woff2", ".ttf"),
    *(".vcard", ".vcf", ".thumb.jpg"),
)
_READMES = ("readme", "license", "licence", "changelog", "notice")
_JUNK_FOLDERS = ("__MACOSX",)
_FEW = 3
"""So many files of one folder that are left out by their nature are named, more of them counted."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out."""

    name: str
    """``folder/file``, as sources are named."""
    reason: str
    is_expected: bool = False
    """It holds no posts by its nature: hidden files, an archive's media and companions. Any other may hold posts."""

    def __str__(self) -> str:
        return f"{readable_name(self.name)}: left out: {self.reason}"


class Discovery(NamedTuple):
    """What a path holds."""

    sources: list[Source]
    skipped: list[Skipped]


@dataclass(slots=True)
class _ClaimedFiles:
    """Files that formats have claimed, by group, in the order in which they were found."""

    claimed: dict[str, list[tuple[ArchiveFile, Format, FormatMatch | None]]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, name: str, reason: str, *, is_expected: bool = False) -> None:
        self.skipped.append(Skipped(name, reason, is_expected))


def open_sources(path: str | Path, options: ReadOptions, stdin: BinaryIO, format_: Format | None = None) -> Discovery:
    """The sources behind a path, in a fixed order; raises SourceNotFoundError, NothingToReadError and
    SourceUnreadableError.

    A file is one source, or as many as a container holds; a folder is one for each archive in it and below, by name,
    and everything else there is listed as skipped; ``-`` is ``stdin``. Formats are recognised by content, unless one is
    given. Folders below the given one are named by their path from it.
    """
    found = _ClaimedFiles()
    if str(path) == "-":
        _claim_pipe(PipedFile(stdin), format_, found)
    else:
        try:
            _claim_path(path, format_, found)
        except OSError as error:
            raise SourceUnreadableError(f"{error.filename or path}: cannot be read ({error.strerror}).") from error
    _judge_companions(found)
    _leave_out_namesakes(found)
    sources = list(_sources(found, options))
    skipped = list(_summed_up(found.skipped))
    if not sources:
        raise NothingToReadError(_nothing_found(path, skipped))
    return Discovery(sources, skipped)


def holds_archive(stdin: BinaryIO) -> bool:
    """Whether a pipe begins as a file that is packed or of a known format; at most the first 64 kB are waited for, and
    nothing is taken. JSON behind a line of prose is a quotation.
    """
    codec, plain = _head_of_pipe(PipedFile(stdin))
    if codec or is_container(plain):
        return bool(plain)
    sample = Sample("", "", plain)
    is_quoted = sample.json is not None and not sample.text.startswith(("{", "["))
    return not is_quoted and judge(sample) is not None


def sample_of(unpacked: Unpacked) -> Sample:
    """What formats judge of a file."""
    file, head = unpacked
    return Sample(file.base_name, file.folder, head[:SAMPLE_BYTES], is_whole=len(head) <= SAMPLE_BYTES, file=file)


def judge(sample: Sample) -> tuple[Format, FormatMatch] | None:
    """The format that claims a file with most certainty."""
    claims = [(each, match) for each in FORMATS if (match := each.detect(sample)) is not None]
    return max(claims, key=lambda claim: claim[1].certainty, default=None)


def _claim_path(path: str | Path, format_: Format | None, into: _ClaimedFiles) -> None:
    # Links are kept as they are: a mounted volume's files link to folders whose names change with every update.
    absolute = Path(os.path.normpath(Path.cwd() / path))
    if absolute.is_dir():
        _walk(absolute, format_, into)
    elif absolute.is_symlink() and not absolute.exists():
        raise NothingToReadError(f"{path}: a link that leads nowhere, or in a circle.")
    elif not absolute.exists():
        raise SourceNotFoundError(f"{path}: no such file or folder.")
    else:
        _claim_file(PlainFile(absolute, absolute.parent.name), format_, into, is_among_others=False)


def _judge_companions(found: _ClaimedFiles) -> None:
    """Beside an archive README.txt is no post, and media are no fault; without one both may be what somebody meant."""
    every = [claim for claims in found.claimed.values() for claim in claims]
    if not any(match is None or match.certainty is not Certainty.FALLBACK for _, _, match in every):
        found.skipped = [
            Skipped(each.name, NO_FORMAT) if each.reason == NO_POSTS_BY_NATURE else each for each in found.skipped
        ]
        return
    found.skipped = [
        Skipped(each.name, README, is_expected=True) if each.reason == NO_FORMAT and _is_readme(each.name) else each
        for each in found.skipped
    ]
    for claims in found.claimed.values():
        for claim in [each for each in claims if each[1] is SEED_TEXT and each[2] and _is_readme(each[0].base_name)]:
            claims.remove(claim)
            found.skip(claim[0].name, README, is_expected=True)


def _leave_out_namesakes(found: _ClaimedFiles) -> None:
    """Texts that would be one post with another: folder and file are called alike, and nothing gives ids."""
    first: dict[tuple[str, str], str] = {}
    for claims in found.claimed.values():
        for claim in [each for each in claims if each[1] is SEED_TEXT]:
            file = claim[0]
            namesake = first.setdefault(keys_of(file), file.name)
            if namesake != file.name and not has_header(file):
                claims.remove(claim)
                found.skip(file.name, f"its folder and name are those of {namesake}; give it ids in a header")


def _is_readme(name: str) -> bool:
    return PurePath(name).stem.lower().startswith(_READMES)


def _nothing_found(path: str | Path, skipped: list[Skipped]) -> str:
    if len(skipped) == 1 and skipped[0].name.endswith(PurePath(path).name):
        hint = " - reads stdin." if skipped[0].reason == NOT_REGULAR else ""
        return f"{path}: {skipped[0].reason}.{hint}"
    names = "; ".join(f"{each.name}: {each.reason}" for each in skipped[:10])
    left_out = f" Left out: {len(skipped)} ({names}{'; ...' if skipped[10:] else ''})."
    return f"{path}: holds no archive that can be read.{left_out if skipped else ''}"


def _sources(found: _ClaimedFiles, options: ReadOptions) -> Iterator[Source]:
    """One for each archive, of one file or of several."""
    for claimed in found.claimed.values():
        for file, format_, _ in claimed:
            others = [each for each, its, _ in claimed if its is format_ and each is not file]
            files = format_.parts(file, others)
            if file in files:
                yield format_.open(files, options)


def _claim_file(file: PlainFile, format_: Format | None, into: _ClaimedFiles, *, is_among_others: bool = True) -> None:
    """Add a file on disk, or what is packed in it."""
    if not file.is_regular:
        into.skip(file.name, NOT_REGULAR)
        return
    try:
        for each in expand(file):
            if isinstance(each, LeftOut):
                into.skip(*each, is_expected=_is_media(each.name))
            else:
                _claim(each, format_, into, is_among_others=each.file is not file or is_among_others)
    except OSError as error:
        claim = judge(Sample(file.base_name, file.folder, b""))
        if claim is None:
            into.skip(file.name, f"cannot be read ({error.strerror or error})")
        else:  # its name says what it is; reading it will say what is wrong
            into.claimed.setdefault(file.group, []).append((file, *claim))


def _claim(unpacked: Unpacked, format_: Format | None, into: _ClaimedFiles, *, is_among_others: bool = True) -> None:
    """Add a file to those that are read, or to those that are skipped."""
    file = unpacked.file
    if format_ is not None and not (is_among_others and _is_companion(unpacked, format_)):
        into.claimed.setdefault(file.group, []).append((file, format_, None))
        return
    if _is_hidden(file):
        into.skip(file.name, "hidden file", is_expected=True)
        return
    sample = sample_of(unpacked)
    claim = judge(sample)
    if claim is None:
        has_content = bool(sample.text.strip(_BLANKS))
        if _is_too_deep(sample):
            reason = _TOO_DEEP
        else:
            reason = described(sample) or file.damage or NO_FORMAT if has_content else _why_blank(file, sample)
        is_media = _is_media(file.base_name)
        into.skip(file.name, NO_POSTS_BY_NATURE if is_media else reason, is_expected=is_media)
    elif not claim[1].holds_posts:
        into.skip(file.name, claim[1].note, is_expected=not claim[1].is_fault)
    else:
        into.claimed.setdefault(file.group, []).append((file, *claim))


def _is_too_deep(sample: Sample) -> bool:
    return sample.text.startswith(("{", "[")) and is_deeper(sample.text, _MOST_LEVELS)


def _why_blank(file: ArchiveFile, sample: Sample) -> str:
    """Of a file that begins with nothing: it may be empty, damaged, a bomb, or too long before its content."""
    if not sample.is_whole:
        with file.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                if chunk.strip(_BLANKS.encode() + b"\0"):
                    return f"its first {SAMPLE_BYTES >> 10} kB and more are blanks or empty brackets; take them away"
    return file.damage or EMPTY


def _is_hidden(file: ArchiveFile) -> bool:
    return "__MACOSX" in file.name.split("/") or file.base_name.startswith(".")


def _is_companion(unpacked: Unpacked, format_: Format) -> bool:
    """Whether a file is no archive of the format that is given for all files, but one that is beside it."""
    file = unpacked.file
    if _is_media(file.base_name) or _is_hidden(file):
        return True
    match = format_.detect(sample_of(unpacked))
    return match is not None and not match.holds_posts


def _is_media(name: str) -> bool:
    return name.lower().endswith(_MEDIA)


def _claim_pipe(pipe: PipedFile, format_: Format | None, into: _ClaimedFiles) -> None:
    """Stdin: a compressed file, a container, an archive of any format; JSON lines if it looks like nothing else."""
    codec, plain = _head_of_pipe(pipe)
    if is_container(plain):
        for each in expand(SpooledFile(pipe)):
            if isinstance(each, LeftOut):
                into.skip(*each)
            else:
                _claim(each, format_, into)
        return
    file = CompressedFile(pipe, codec) if codec else pipe
    claim = judge(Sample(file.base_name, "", plain))
    into.claimed[""] = [(file, format_ or (claim[0] if claim else JSON_LINES), None)]


def _head_of_pipe(pipe: PipedFile) -> tuple[Codec | None, bytes]:
    """How a pipe is compressed, and its first bytes, unpacked."""
    head = pipe.peek(1)
    claim = _judge_head(head)
    while claim is None and len(head) < SAMPLE_BYTES and len(more := pipe.peek(len(head) + 1)) > len(head):
        claim = _judge_head(more) if _ENDS.search(more, len(head)) else None
        head = more  # no more than it takes is waited for
    codec = codec_of(head)
    return codec, head_of(head, codec, SAMPLE_BYTES) if codec else head


def _judge_head(head: bytes) -> tuple[Format, FormatMatch] | None:
    """A claim to the first bytes of a pipe that more bytes would hardly change."""
    claim = judge(Sample("", "", head))
    is_sure = claim is not None and (claim[1].certainty is not Certainty.FALLBACK or b"\n" in head)
    return claim if is_sure else None


def _walk(root: Path, format_: Format | None, into: _ClaimedFiles) -> None:
    def cannot_list(error: OSError) -> None:
        if error.filename is None or Path(error.filename) == root:
            raise error
        name = Path(root.name, Path(error.filename).relative_to(root)).as_posix()
        into.skip(f"{name}/", f"the folder cannot be read ({error.strerror})")

    for parent, folders, files in os.walk(root, onerror=cannot_list):
        here = Path(parent)
        folder = Path(root.name, here.relative_to(root)).as_posix()
        for name in sorted(folders):
            if name.startswith(".") or name in _JUNK_FOLDERS:
                into.skip(f"{folder}/{name}/", "hidden folder", is_expected=True)
            elif (here / name).is_symlink():
                into.skip(f"{folder}/{name}/", "a link to a folder; give the folder itself")
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _JUNK_FOLDERS)
        _claim_all(here, folder, files, format_, into)


def _claim_all(here: Path, folder: str, files: Iterable[str], format_: Format | None, into: _ClaimedFiles) -> None:
    texts = {Path(name).stem for name in files if Path(name).suffix.lower() == ".txt"}
    for name in sorted(files):
        if name.startswith("."):
            into.skip(f"{folder}/{name}", "hidden file", is_expected=True)
        elif not (name.endswith(SIDECAR_SUFFIX) and Path(name).stem in texts):
            _claim_file(PlainFile(here / name, folder), format_, into)


def _summed_up(skipped: list[Skipped]) -> Iterator[Skipped]:
    """Thousands of photos as one."""
    together: dict[tuple[str, str], list[Skipped]] = {}
    for each in skipped:
        if each.is_expected and each.reason == NO_POSTS_BY_NATURE:
            together.setdefault((each.name.rpartition("/")[0], each.reason), []).append(each)
        else:
            yield each
    for (folder, reason), some in together.items():
        if len(some) <= _FEW:
            yield from some
        else:
            yield Skipped(f"{folder}/ ({len(some):,} files)", reason, is_expected=True)
