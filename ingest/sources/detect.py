"""From a path on the command line to sources, and to the files that are none."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from ingest.errors import SourceNotFoundError, SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile, PipedFile, PlainFile
from ingest.sources.base import Source
from ingest.sources.channel_fields import readable_name
from ingest.sources.format import Format, Match
from ingest.sources.formats import FORMATS
from ingest.sources.json_lines import FORMAT as JSON_LINES
from ingest.sources.options import ReadOptions
from ingest.sources.sample import SAMPLE_BYTES, Sample
from ingest.sources.seed_text.reader import SIDECAR_SUFFIX
from schemas.files import NOT_REGULAR

NO_FORMAT, EMPTY = "of no known format", "empty"
COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".rar", ".tar", ".tgz")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out."""

    name: str
    """``folder/file``, as sources are named."""
    reason: str
    is_expected: bool = False
    """It holds no posts by its nature: hidden files, an archive's companions. Any other file may hold posts."""

    def __str__(self) -> str:
        return f"{readable_name(self.name)}: left out: {self.reason}"


class Discovery(NamedTuple):
    """What a path holds."""

    sources: list[Source]
    skipped: list[Skipped]


@dataclass(slots=True)
class _Folder:
    """Files of one folder that formats have claimed."""

    claimed: list[tuple[ArchiveFile, Format]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def open_sources(path: str | Path, options: ReadOptions, stdin: BinaryIO, format_: Format | None = None) -> Discovery:
    """The sources behind a path, in a fixed order; raises SourceNotFoundError and SourceUnreadableError.

    A file is one source; a folder is one for each archive in it and below, by name, and everything else there is listed
    as skipped; ``-`` is JSON lines from ``stdin``. Formats are recognised by content, unless one is given. Folders
    below the given one are named by their path from it.
    """
    if str(path) == "-":
        return Discovery([(format_ or JSON_LINES).open((PipedFile(stdin),), options)], [])
    try:
        return _open_path(path, options, format_)
    except OSError as error:
        raise SourceUnreadableError(f"{error.filename or path}: cannot be read ({error.strerror}).") from error


def detect(file: ArchiveFile) -> tuple[Format, Match] | None:
    """The format that claims a file with most certainty; OSError when it cannot be read."""
    return _judge(take_sample(file))


def take_sample(file: ArchiveFile) -> Sample:
    """The first bytes of a file; OSError when it cannot be read."""
    with file.open() as stream:
        head = stream.read(SAMPLE_BYTES + 1)
    return Sample(file.base_name, file.folder, head[:SAMPLE_BYTES], is_whole=len(head) <= SAMPLE_BYTES)


def _judge(sample: Sample) -> tuple[Format, Match] | None:
    claims = [(each, match) for each in FORMATS if (match := each.detect(sample)) is not None]
    return max(claims, key=lambda claim: claim[1].certainty, default=None)


def _open_path(path: str | Path, options: ReadOptions, format_: Format | None) -> Discovery:
    # Links are kept as they are: a mounted volume's files link to folders whose names change with every update.
    absolute = Path(os.path.normpath(Path.cwd() / path))
    if absolute.is_dir():
        found = Discovery([], [])
        for each in _walk(absolute, format_):
            found.sources.extend(_sources(each.claimed, options))
            found.skipped.extend(each.skipped)
        if not found.sources:
            names = "; ".join(f"{each.name}: {each.reason}" for each in found.skipped[:10])
            left_out = f" Left out: {len(found.skipped)} ({names}{'; ...' if found.skipped[10:] else ''})."
            raise SourceNotFoundError(f"{path}: the folder holds no archive.{left_out if found.skipped else ''}")
        return found
    if not absolute.exists():
        raise SourceNotFoundError(f"{path}: no such file or folder.")
    folder = _Folder()
    _claim(absolute, absolute.parent.name, format_, folder)
    if folder.skipped:
        reason = folder.skipped[0].reason
        hint = " - reads JSON lines from stdin." if reason == NOT_REGULAR else ""
        raise SourceNotFoundError(f"{path}: {reason}.{hint}")
    return Discovery(list(_sources(folder.claimed, options)), [])


def _sources(claimed: Sequence[tuple[ArchiveFile, Format]], options: ReadOptions) -> Iterator[Source]:
    """One for each archive, of one file or of several."""
    for file, format_ in claimed:
        others = [each for each, its in claimed if its is format_ and each is not file]
        files = format_.parts(file, others)
        if file in files:
            yield format_.open(files, options)


def _claim(path: Path, folder: str, format_: Format | None, into: _Folder) -> None:
    """Add a file to those that are read, or to those that are skipped."""
    file = PlainFile(path, folder)
    if path.exists() and not path.is_file():
        into.skipped.append(Skipped(file.name, NOT_REGULAR))
        return
    if path.suffix.lower() in COMPRESSED_SUFFIXES:
        into.skipped.append(Skipped(file.name, "compressed; unpack it first"))
        return
    if format_ is not None:
        into.claimed.append((file, format_))
        return
    try:
        sample = take_sample(file)
    except OSError:
        sample = Sample(file.base_name, file.folder, b"")  # its name may say what it is; reading it will say the rest
    claim = _judge(sample)
    if claim is None:
        into.skipped.append(Skipped(file.name, NO_FORMAT if sample.head else EMPTY))
    elif not claim[1].holds_posts:
        into.skipped.append(Skipped(file.name, claim[1].note, is_expected=True))
    else:
        into.claimed.append((file, claim[0]))


def _walk(root: Path, format_: Format | None) -> Iterator[_Folder]:
    for parent, folders, files in os.walk(root, onerror=_raise):
        here, found = Path(parent), _Folder()
        folder = Path(root.name, here.relative_to(root)).as_posix()
        for name in sorted(folders):
            if name.startswith("."):
                found.skipped.append(Skipped(f"{folder}/{name}/", "hidden folder", is_expected=True))
            elif (here / name).is_symlink():
                found.skipped.append(Skipped(f"{folder}/{name}/", "a link to a folder; give the folder itself"))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        _claim_all(here, folder, files, format_, found)
        yield found


def _claim_all(here: Path, folder: str, files: Iterable[str], format_: Format | None, into: _Folder) -> None:
    texts = {Path(name).stem for name in files if Path(name).suffix.lower() == ".txt"}
    for name in sorted(files):
        if name.startswith("."):
            into.skipped.append(Skipped(f"{folder}/{name}", "hidden file", is_expected=True))
        elif not (name.endswith(SIDECAR_SUFFIX) and Path(name).stem in texts):
            _claim(here / name, folder, format_, into)


def _raise(error: OSError) -> NoReturn:
    raise error
