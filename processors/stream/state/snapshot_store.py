"""Where workers share their snapshots: a folder, or a bucket of an S3-compatible store."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from processors.errors import SnapshotSettingError
from runtime.atomic_file import put_in_place
from runtime.extras import how_to_install

_CHUNK = 1 << 20


class SnapshotStore(Protocol):
    """Files under names with slashes. All methods raise OSError, or an error of the store's own."""

    def names(self, folder: str) -> dict[str, float]:
        """Names in a folder, with the times at which they were written, in seconds since 1970."""
        ...

    def read(self, folder: str, name: str) -> bytes:
        """Bytes of a small file of the store."""
        ...

    def fetch(self, folder: str, name: str, into: Path) -> None:
        """Copy a file from the store."""
        ...

    def put(self, folder: str, name: str, content: bytes | Path) -> None:
        """Write a file, whole or not at all."""
        ...

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Remove files from the store; those that are not there are ignored."""
        ...


class FolderStore:
    """A folder that several machines have mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self, folder: str) -> dict[str, float]:
        """Names in a folder, and when they were written."""
        try:
            return {entry.name: entry.stat().st_mtime for entry in os.scandir(self._folder / folder)}
        except FileNotFoundError:
            return {}

    def read(self, folder: str, name: str) -> bytes:
        """Bytes of a file of the folder."""
        return (self._folder / folder / name).read_bytes()

    def fetch(self, folder: str, name: str, into: Path) -> None:
        """Copy a file from the store."""
        shutil.copyfile(self._folder / folder / name, into)

    def put(self, folder: str, name: str, content: bytes | Path) -> None:
        """Write a file, whole or not at all."""
        inner = self._folder / folder
        inner.mkdir(parents=True, exist_ok=True)
        new = inner / f"{uuid4().hex}.new"
        try:
            if isinstance(content, bytes):
                new.write_bytes(content)
            else:
                shutil.copyfile(content, new)
            put_in_place(new, inner / name)
        finally:
            new.unlink(missing_ok=True)

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Remove files from the folder; those that are not there are ignored."""
        for name in names:
            (self._folder / folder / name).unlink(missing_ok=True)


class BucketStore:
    """A bucket; the address of the store and the credentials come from AWS's variables of the environment."""

    def __init__(self, url: str) -> None:
        """ModuleNotFoundError when the extra is not installed."""
        import obstore
        from obstore.store import from_url

        self._api = obstore
        self._store = from_url(url)

    def names(self, folder: str) -> dict[str, float]:
        """Names in a folder, and when they were written."""
        found = (meta for page in self._api.list(self._store, folder) for meta in page)
        return {meta["path"].rpartition("/")[2]: meta["last_modified"].timestamp() for meta in found}

    def read(self, folder: str, name: str) -> bytes:
        """Bytes of an object of the bucket."""
        return bytes(self._api.get(self._store, f"{folder}/{name}").bytes())

    def fetch(self, folder: str, name: str, into: Path) -> None:
        """Copy a file from the store."""
        with into.open("wb") as file:
            for chunk in self._api.get(self._store, f"{folder}/{name}").stream(min_chunk_size=_CHUNK):
                file.write(chunk)

    def put(self, folder: str, name: str, content: bytes | Path) -> None:
        """Write a file: an object is there when all of it has come."""
        self._api.put(self._store, f"{folder}/{name}", content)

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Remove objects from the bucket; those that are not there are ignored."""
        self._api.delete(self._store, [f"{folder}/{name}" for name in names])


def open_store(place: str) -> SnapshotStore:
    """The store of ``worker.snapshots``; SnapshotSettingError when it needs an extra that is not installed."""
    if "://" not in place:
        return FolderStore(Path(place).expanduser())
    try:
        return BucketStore(place)
    except ModuleNotFoundError:
        raise SnapshotSettingError(f"worker.snapshots {place} needs the extra 's3': {how_to_install('s3')}") from None
