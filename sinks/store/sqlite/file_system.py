"""Whether a file is on this machine: SQLite's locks and its shared memory fail silently on network file systems."""

import sys
from pathlib import Path

from sinks.store.errors import StoreError

_REMOTE = frozenset(
    (
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.cephfs",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
    )
)
MOUNTS = Path("/proc/self/mounts")


def refuse_network(path: Path, mounts: Path = MOUNTS) -> None:
    """StoreError for a file on a network file system, where Linux shows that."""
    if sys.platform != "linux" or not mounts.exists():
        return
    kind = _kind(path.absolute().resolve(), mounts)
    if kind in _REMOTE:
        raise StoreError(
            f"{path}: on a network file system ({kind}), where SQLite loses data. "
            "Set store.url to a path on this machine, or to a PostgreSQL server"
        )


def _kind(path: Path, mounts: Path) -> str:
    """The file system of the deepest mount above a path; of several at one place the last one is seen."""
    found, deepest = "", -1
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        _, at, kind, *_ = line.split(" ")
        folder = Path(at.encode("utf-8", "surrogateescape").decode("unicode_escape"))
        if path.is_relative_to(folder) and len(folder.parts) >= deepest:
            found, deepest = kind, len(folder.parts)
    return found
