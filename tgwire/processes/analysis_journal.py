"""What a replay without Kafka has analyzed so far, so that one that was killed does not analyze it again.

Analysis takes most of the time. Duplicates are looked for from the start in any case: what they are found by is in
memory alone. So the records of a replay that goes on are those of one that was never interrupted.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import xxhash

from processors.core.pipeline import PIPELINE_VERSION
from runtime.errors import StateLockedError
from runtime.file_lock import FileLock, LockHeldError
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from tgwire.processes.packed_analysis import Packed, decode

NAME = ".analysis.part"
# A frame for each slice of posts: length, checksum of what follows, digest of these and all earlier posts, outcomes.
_LENGTH_BYTES = 8
_CHECK_BYTES = 8
_DIGEST_BYTES = 16


class AnalysisJournal:
    """A file in the output folder. It is read as long as the posts are those of the earlier run, then written on."""

    def __init__(self, folder: Path, language: LanguageSettings, quotes: QuoteSettings) -> None:
        """Creates folder and file; OSError. An outcome of other settings is not taken. StateLockedError while another
        process has the journal of this folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / NAME
        try:
            self._lock = FileLock(folder)
        except LockHeldError:
            raise StateLockedError(
                f"{folder}: another replay writes to it. Wait for its end, or choose another folder."
            ) from None
        try:
            self._file: BinaryIO = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        except BaseException:
            self._lock.close()
            raise
        self._digest = xxhash.xxh3_128(_settings_key(language, quotes))
        self._is_reading = True

    def known(self, posts: Sequence[bytes]) -> list[Packed] | None:
        """The outcomes that an earlier run noted for the next slice of raw posts, given as JSON; None when there are
        none, now and from here on.
        """
        for post in posts:
            self._digest.update(post)
        if not self._is_reading:
            return None
        at = self._file.tell()
        outcomes = self._next()
        if outcomes is not None and len(outcomes) == len(posts):
            return outcomes
        self._is_reading = False
        self._file.seek(at)
        self._file.truncate()
        return None

    def note(self, outcomes: bytes, digest: bytes) -> None:
        """Add what analysis made of a slice, encoded; ``digest`` as it was when ``known`` was asked for it."""
        content = digest + outcomes
        check = xxhash.xxh3_64_digest(content)
        self._file.write(len(content).to_bytes(_LENGTH_BYTES) + check + content)
        self._file.flush()  # to the system: a process that is killed loses nothing, a machine may

    @property
    def digest(self) -> bytes:
        """A digest of all posts that ``known`` was asked for so far."""
        return self._digest.digest()

    def _next(self) -> list[Packed] | None:
        """The outcomes of the next frame, if it is whole, and of the posts of which ``digest`` is."""
        head = self._file.read(_LENGTH_BYTES + _CHECK_BYTES)
        if len(head) < _LENGTH_BYTES + _CHECK_BYTES:
            return None
        length, check = int.from_bytes(head[:_LENGTH_BYTES]), head[_LENGTH_BYTES:]
        if length > os.fstat(self._file.fileno()).st_size:
            return None
        content = self._file.read(length)
        if xxhash.xxh3_64_digest(content) != check or not content.startswith(self.digest):
            return None
        try:
            return decode(memoryview(content)[_DIGEST_BYTES:])
        except msgspec.MsgspecError:
            return None

    def close(self, *, is_done: bool) -> None:
        """Let go of the file, and delete it when all is done, or nothing is in it."""
        try:
            if is_done or not os.fstat(self._file.fileno()).st_size:
                self.path.unlink(missing_ok=True)
        finally:
            self._file.close()
            self._lock.close()


def _settings_key(language: LanguageSettings, quotes: QuoteSettings) -> bytes:
    parts = [PIPELINE_VERSION.encode(), language.model_dump_json().encode(), quotes.model_dump_json().encode()]
    parts += [path.read_bytes() for path in (language.prior, quotes.outlets) if path is not None and path.exists()]
    return b"\0".join(parts)
