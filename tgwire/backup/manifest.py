"""The manifest of a backup: what it holds, of which versions, with checksums. A folder without one is no backup."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.atomic_file import replace_file
from schemas.validation_messages import reason_of
from tgwire.errors import BackupError

FILE_NAME = "manifest.json"
PartName = Literal["ledger", "cursors", "store"]


class BackupFile(BaseModel):
    """One database in a backup."""

    model_config = ConfigDict(frozen=True)

    part: PartName
    name: str
    layout: int
    """Version of its tables."""
    size: int
    """Bytes of the file."""
    sha256: str


class BackupManifest(BaseModel):
    """What a backup holds, in the order in which it was copied."""

    model_config = ConfigDict(frozen=True)

    type: Literal["tgwire_backup"] = "tgwire_backup"
    version: Literal[1] = 1
    tgwire: str
    """Version of the program that made it."""
    made_at: datetime
    files: list[BackupFile]
    postgres: str | None = None
    """Address of the store without password, where that is in PostgreSQL: not in the backup."""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def write_manifest(folder: Path, manifest: BackupManifest) -> None:
    """Write the manifest; durable when this returns."""
    replace_file(folder / FILE_NAME, manifest.model_dump_json(indent=1).encode() + b"\n")


def read_manifest(folder: Path) -> BackupManifest:
    """The manifest of a backup; BackupError where there is none, or one of a newer tgwire."""
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackupError(f"{folder}: no backup: it has no {FILE_NAME}") from error
    try:
        manifest = BackupManifest.model_validate_json(content)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        if detail["loc"] == ("version",):
            raise BackupError(f"{path}: made by a newer tgwire. Restore it with that one.") from error
        where = ".".join(map(str, detail["loc"])) or "the file"
        raise BackupError(f"{path}: damaged ({where}: {reason_of(detail)}). Take another backup.") from error
    for file in manifest.files:
        if Path(file.name).name != file.name:
            raise BackupError(f"{path}: damaged ({file.name!r} is no name of a file). Take another backup.")
    return manifest
