"""Snapshots of the duplicate index, so that an assignment reads only the end of the state log.

Each partition has a folder in the worker's data folder, and one under ``worker.snapshots`` where that is set: a worker
on another machine starts from there. In the latter a manifest is ``<offset>.<hash of the log>.json``, beside the files
that it names; what has been uploaded is not uploaded again. See ``processors.stream.state.snapshot_files``.
"""

import re
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
import xxhash

from processors.core.dedup import DedupIndex
from processors.core.dedup.day_segments import DaySegments
from processors.core.dedup.known_posts import KnownPosts, SortedRun
from processors.core.dedup.segment_image import (
    TABLES,
    Data,
    Image,
    ImageHead,
    MappedImage,
    PackedImage,
    is_large,
    size_of,
)
from processors.stream.state.mapped_files import release
from processors.stream.state.snapshot_files import (
    FORMAT,
    LAYOUT,
    MANIFEST,
    DaysFile,
    SnapshotError,
    SnapshotManifest,
    check_file,
    laid_out,
    open_days,
    open_run,
    padded,
    read_manifest,
    run_chunks,
    write_file,
    write_manifest,
)
from processors.stream.state.snapshot_store import SnapshotStore
from runtime.atomic_file import put_in_place

PACKS = 8
"""Files of small days; one more, and those that are not full become one."""
PACK_BYTES = 64 << 20
"""Bytes from which a file of small days is full."""
KEPT = 2
"""Shared snapshots of a partition that are kept, so that one may be read while the next is published."""
LEFT_OVER_S = 86_400.0
"""Age from which a shared file that nothing names is what a crash left behind, and no upload at work."""
_TOGETHER = 4
_NAME = re.compile(rb"[0-9a-f]{32}\.(?:days|posts)")
_OLD = re.compile(r"-?\d+\.\d+")
"""Folders of a day, as versions before had them."""
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SavedIndex:
    """The duplicate index of a snapshot, and how far it follows the log."""

    offset: int
    """All records of the log below it are in the days."""
    last: tuple[int, int]
    """``DedupIndex.last`` of the last record that is in them."""
    last_offset: int
    """Offset of the record of ``last``; those between it and ``offset`` cannot be read."""
    unreadable: int
    """Records of the log that could not be read, and are missing."""
    days: Mapping[int, Image]
    """Rows of each day, by number of the day: memory-mapped, read-only."""
    runs: tuple[SortedRun, ...]
    """Sorted identities of posts: memory-mapped, read-only."""


class Snapshots:
    """The snapshots of one partition, bound to one log."""

    def __init__(self, folder: Path, log_id: str, shared: tuple[SnapshotStore, str] | None = None) -> None:
        """``log_id`` names topic and epoch: a snapshot of another log is not believed. ``shared`` is a store, and the
        folder of the partition in it.
        """
        self.folder = folder
        """Folder in which this worker keeps its snapshots."""
        self._log_id = log_id
        self._shared = shared
        self._files: dict[str, DaysFile] = {}
        self._runs: list[tuple[SortedRun, str, int]] = []
        self._manifest: SnapshotManifest | None = None
        self._published = -1
        self._uploading: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        """Around ``_manifest`` and ``_uploading``, which ``publish`` looks at beside ``save``."""

    def open(self) -> SavedIndex | None:
        """The latest snapshot of this log; None when there is none, or none that this version can read. Those that are
        damaged or of another log are named in the worker's log, and skipped.
        """
        local = self._local_manifest()
        found = [(offset, False, name) for offset, name in self._shared_manifests()]
        if local is not None:
            found.append((local.offset, True, str(self.folder / MANIFEST)))
        for offset, is_local, name in sorted(found, reverse=True):
            manifest = local if is_local else self._shared_manifest(name)
            if manifest is not None and (saved := self._opened(manifest, name)) is not None:
                self._published = -1 if is_local else offset
                return saved
        return None

    def save(self, index: DedupIndex, offset: int, last_offset: int | None = None, unreadable: int = 0) -> None:
        """Write the days that changed since they were saved last, and go on with those in files that did not: they need
        no memory until they are requested. What the disk does not take stays in memory.

        The index must hold what the log has below ``offset``, all of it delivered, and must not change meanwhile.
        ``last_offset`` is that of the last record in it where records behind it cannot be read.
        """
        there: set[str] | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            there = self._names()
            index.days.unload_idle(all_days=True)
            index.known_posts.seal()
            files, images = self._write_days(index.days)
            runs = self._write_runs(index.known_posts)
            manifest = SnapshotManifest(
                format=FORMAT,
                layout=LAYOUT,
                log=self._log_id,
                offset=offset,
                last=index.last,
                last_offset=max(offset - 1, 0) if last_offset is None else last_offset,
                unreadable=unreadable,
                days=files,
                runs=[(name, size) for _, name, size in runs],
            )
            write_manifest(self.folder, manifest)
        except (OSError, SnapshotError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            _log.warning("duplicate index not saved; the log has it", folder=str(self.folder), problem=problem)
            self._remove_new(there)
            return
        self._files, self._runs = files, runs
        index.known_posts.runs = [run for run, _, _ in runs]
        for day, image in images.items():
            index.days.replace(day, image)
        self._keep(manifest)

    def _remove_new(self, before: Set[str] | None) -> None:
        """Remove what a save has left that did not come to its end: on a full disk each try would leave more."""
        with suppress(OSError):  # the next save that comes to its end removes it
            for name in self._names() - before if before is not None else ():
                (self.folder / name).unlink(missing_ok=True)

    def _names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def publish(self) -> bool:
        """Copy what was saved last to where workers share it, as far as it is not there; whether it is there now.

        Runs in a thread of its own, beside ``save``. What fails is logged, and done with the next.
        """
        with self._lock:
            manifest = self._manifest
            if self._shared is None or manifest is None or manifest.offset <= self._published:
                return False
            self._uploading = frozenset(manifest.sizes)
        try:
            self._upload(*self._shared, manifest)
        except Exception as error:  # noqa: BLE001 - a store raises what it likes; the index goes on without
            _log.warning("snapshot not shared", folder=self._shared[1], problem=str(error) or type(error).__name__)
            return False
        finally:
            with self._lock:
                self._uploading = frozenset()
        self._published = manifest.offset
        return True

    def release(self, index: DedupIndex) -> None:
        """Let the system have the memory of mapped pages: those in use come back at once. The filters of large days
        stay: each look-up reads them in some hundred places.
        """
        packs = dict[int, Data]()
        for day, image in index.days.images().items():
            if isinstance(image, PackedImage):
                packs[id(image.data)] = image.data
            elif isinstance(image, MappedImage):
                changed = index.days[day] if index.days.is_changed(day) else None
                has_new_texts = changed is not None and changed.texts.size != len(image.table("texts"))
                for name, array in image.with_room.items():
                    if name != "filter":
                        is_chain = name not in TABLES
                        release(array, is_clean=changed is None or (is_chain and not has_new_texts))
        for each in (*packs.values(), *(column for run, _, _ in self._runs for column in run)):
            release(each, is_clean=sys.platform == "linux")

    def remove(self) -> None:
        """Remove the snapshots that this worker saved."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._files, self._runs, self._manifest = {}, [], None

    def _local_manifest(self) -> SnapshotManifest | None:
        path = self.folder / MANIFEST
        try:
            return read_manifest(path.read_bytes(), self._log_id)
        except FileNotFoundError:
            return None
        except (OSError, SnapshotError) as error:
            self._pass_over(str(path), error)
            return None

    def _shared_manifests(self) -> list[tuple[int, str]]:
        """Offsets and names of the shared snapshots of this log."""
        if self._shared is None:
            return []
        store, folder = self._shared
        try:
            found = [name for name in store.names(folder) if name.endswith(".json")]
        except Exception as error:  # noqa: BLE001 - a store raises what it likes; the log has it all
            _log.warning("shared snapshots cannot be listed", folder=folder, problem=str(error) or type(error).__name__)
            return []
        own = [name for name in found if name.endswith(self._ending)]
        for name in found:
            if name not in own:
                self._pass_over(f"{folder}/{name}", SnapshotError("it is of another log"))
        return [(int(name.partition(".")[0]), name) for name in own if name.partition(".")[0].isdecimal()]

    @property
    def _ending(self) -> str:
        return f".{xxhash.xxh3_64_hexdigest(self._log_id.encode())}.json"

    def _shared_manifest(self, name: str) -> SnapshotManifest | None:
        assert self._shared is not None
        store, folder = self._shared
        try:
            return read_manifest(store.read(folder, name), self._log_id)
        except Exception as error:  # noqa: BLE001 - a store raises what it likes
            self._pass_over(f"{folder}/{name}", error)
            return None

    def _opened(self, manifest: SnapshotManifest, name: str) -> SavedIndex | None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(_TOGETHER) as pool:
                list(pool.map(lambda each: self._obtain(*each), manifest.sizes.items()))
            files = {name: open_days(self.folder, name, file) for name, file in manifest.days.items()}
            runs = [(open_run(self.folder, name, size), name, size) for name, size in manifest.runs]
            write_manifest(self.folder, manifest)
        except Exception as error:  # noqa: BLE001 - a store raises what it likes; the log has it all
            self._pass_over(name, error)
            return None
        self._files, self._runs = dict(manifest.days), runs
        self._keep(manifest)
        return SavedIndex(
            manifest.offset,
            manifest.last,
            manifest.last_offset,
            manifest.unreadable,
            {day: image for images in files.values() for day, image in images.items()},
            tuple(run for run, _, _ in runs),
        )

    def _obtain(self, name: str, size: int) -> None:
        """See that a file is in the folder, whole."""
        path = self.folder / name
        try:
            check_file(path, name, size)
        except SnapshotError:
            if self._shared is None:
                raise
            store, folder = self._shared
            new = path.with_suffix(".new")
            store.fetch(folder, name, new)
            check_file(new, name, size)
            put_in_place(new, path)

    def _write_days(self, days: DaySegments) -> tuple[dict[str, DaysFile], dict[int, Image]]:
        """The files that hold all days, new ones among them, and the images of the days in these."""
        stale, there = set(days.unsaved()), self._names()
        where = {
            day: name
            for name, file in self._files.items()
            if name in there
            for day in file.days
            if day in days and day not in stale
        }
        for name in self._to_rewrite(where):
            where = {day: other for day, other in where.items() if other != name}
        files: dict[str, DaysFile] = {}
        for day, name in where.items():
            known = self._files[name]
            files.setdefault(name, DaysFile(size=known.size, is_large=known.is_large, days={})).days[day] = known.days[
                day
            ]
        images: dict[int, Image] = {}
        for group in _groups({day: days.head(day) for day in sorted(days) if day not in where}):
            places, size = laid_out(group)
            name, written = write_file(self.folder, ".days", padded(days.chunks(day) for day in group))
            assert written == size
            large = len(group) == 1 and is_large(days.head(next(iter(group))))
            files[name] = DaysFile(size=size, is_large=large, days=places)
            images |= open_days(self.folder, name, files[name])
        return files, images

    def _to_rewrite(self, where: Mapping[int, str]) -> set[str]:
        """Files of which less than half is in use, and those of few days when they are many."""
        used: dict[str, int] = defaultdict(int)
        for day, name in where.items():
            used[name] += self._files[name].days[day][1]
        rewritten = {name for name, size in used.items() if size < self._files[name].size / 2}
        packs = [name for name in used if _is_pack(self._files[name])]
        return rewritten | set(packs) if len(packs) >= PACKS else rewritten

    def _write_runs(self, identities: KnownPosts) -> list[tuple[SortedRun, str, int]]:
        written = {id(run): (run, name, size) for run, name, size in self._runs if (self.folder / name).exists()}
        runs = []
        for run in identities.runs:
            if (known := written.get(id(run))) is None:
                name, size = write_file(self.folder, ".posts", run_chunks(run))
                known = open_run(self.folder, name, size), name, size
            runs.append(known)
        return runs

    def _keep(self, manifest: SnapshotManifest) -> None:
        """Go on from a manifest that is in the folder, and remove what it does not name. What is still mapped stays
        readable until it is let go.
        """
        with self._lock:
            self._manifest = manifest
            kept = {MANIFEST, *manifest.sizes, *self._uploading}
            for path in self.folder.iterdir():
                if path.name in kept:
                    continue
                if path.is_dir() and _OLD.fullmatch(path.name):
                    shutil.rmtree(path, ignore_errors=True)
                elif path.suffix in (".days", ".posts", ".new"):
                    path.unlink(missing_ok=True)

    def _upload(self, store: SnapshotStore, folder: str, manifest: SnapshotManifest) -> None:
        there = store.names(folder)
        own = f"{manifest.offset:020d}{self._ending}"
        if any(name > own for name in there if name.endswith(self._ending)):
            _log.info("another worker has shared a later snapshot", folder=folder)
            return
        with ThreadPoolExecutor(_TOGETHER) as pool:
            new = [name for name in manifest.sizes if name not in there]
            list(pool.map(lambda name: store.put(folder, name, self.folder / name), new))
        store.put(folder, own, manifest.model_dump_json().encode())
        self._clear(store, folder, {**there, own: time.time()})

    def _clear(self, store: SnapshotStore, folder: str, there: Mapping[str, float]) -> None:
        """Remove the snapshots of this log but for the latest, and the files that only those named."""
        own = sorted(name for name in there if name.endswith(self._ending))
        old = own[:-KEPT]
        named: dict[bool, set[str]] = {True: set(), False: set()}
        for name in there:
            if name.endswith(".json"):
                try:
                    named[name in old] |= {found.decode() for found in _NAME.findall(store.read(folder, name))}
                except FileNotFoundError:
                    continue
        over = time.time() - LEFT_OVER_S
        files = {name for name in there if not name.endswith(".json")} - named[False]
        store.delete(folder, [*old, *(name for name in files if name in named[True] or there[name] < over)])

    def _pass_over(self, name: str, error: Exception) -> None:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        _log.warning("snapshot is not usable, skipped", snapshot=name, problem=problem)


def _groups(days: Mapping[int, ImageHead]) -> Iterator[dict[int, int]]:
    """Days with their sizes, by the files that they go to: a large one alone, small ones together."""
    pack, size = dict[int, int](), 0
    for day, head in days.items():
        if is_large(head):
            yield {day: size_of(head)}
            continue
        pack[day] = size_of(head)
        size += pack[day]
        if size >= PACK_BYTES:
            yield pack
            pack, size = {}, 0
    if pack:
        yield pack


def _is_pack(file: DaysFile) -> bool:
    return file.size < PACK_BYTES and not file.is_large
