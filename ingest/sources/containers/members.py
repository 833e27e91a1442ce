"""Names of what is within containers."""

import posixpath
from pathlib import PurePosixPath
from typing import NamedTuple

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.channel_fields import readable_name

CLIMBS = "its name leads out of the container"


class MemberNames(NamedTuple):
    """What a member is called. Unpacked into a folder of the container's name, it would have the same ``folder``."""

    name: str
    base_name: str
    folder: str
    group: str

    @classmethod
    def of(cls, container: ArchiveFile, member: str) -> "MemberNames | str":
        """The names, or why a member has none that can be used."""
        path = PurePosixPath(readable_name(member.replace("\\", "/")))
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")) or not path.name:
            return CLIMBS
        stem = PurePosixPath(container.base_name).stem
        base = f"{container.folder}/{stem}" if container.folder else stem
        inner = path.parent.as_posix()
        is_flat = inner == "."
        return cls(
            f"{container.name}/{path}",
            path.name,
            stem if is_flat else inner if _repeats(stem, path) else f"{stem}/{inner}",
            f"{base}!" if is_flat else f"{base}!/{inner}",
        )


def place_of(group: str, place: str) -> tuple[str, str]:
    """``group`` and ``base_name`` of a member by its place from the folder of another."""
    return posixpath.split(posixpath.normpath(f"{group}/{place}"))


def _repeats(stem: str, path: PurePosixPath) -> bool:
    """export.zip that holds export/result.json."""
    return path.parts[0] == stem
