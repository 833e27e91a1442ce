"""Counts that must outlive the process that they are about."""

from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from processors.errors import DataDirError, OffsetGapError, WorkerExit
from runtime.atomic_file import replace_file

FILE_NAME = "exits.json"
_log = structlog.stdlib.get_logger(__name__)


class _Counts(BaseModel):
    model_config = ConfigDict(strict=True)
    exits: dict[str, Annotated[int, Field(ge=0)]] = {}
    """Ends of the worker by reason."""
    gaps: dict[str, Annotated[int, Field(ge=0)]] = {}
    """Ends for an offset gap by topic, without the prefix."""


class ExitLog:
    """Ends by itself and holes, counted in a small file of the worker's data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Reads the file and makes sure that it can be written; DataDirError otherwise. A damaged one is put aside."""
        self._path = data_dir / FILE_NAME
        try:
            stored = self._read()
            self.exits, self.gaps = stored.exits, stored.gaps
            self._write()
        except OSError as error:
            raise DataDirError(f"worker.data_dir {self._path.parent} cannot be used: {error.strerror}") from error

    def _read(self) -> _Counts:
        if not self._path.exists():
            return _Counts()
        try:
            return _Counts.model_validate_json(self._path.read_bytes())
        except ValidationError:
            damaged = self._path.with_suffix(".damaged")
            self._path.replace(damaged)
            _log.error("counts of exits and gaps are damaged and begin at 0", kept_as=str(damaged))
            return _Counts()

    def record(self, error: WorkerExit, topic: str | None) -> None:
        """Count an end, and the hole in ``topic`` if that was its cause."""
        self.exits[error.reason] = self.exits.get(error.reason, 0) + 1
        if isinstance(error, OffsetGapError) and topic is not None:
            self.gaps[topic] = self.gaps.get(topic, 0) + 1
        self._write()

    def _write(self) -> None:
        replace_file(self._path, _Counts(exits=self.exits, gaps=self.gaps).model_dump_json().encode())
