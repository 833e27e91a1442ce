"""Counts that must outlive the process that they are about."""

import os
from pathlib import Path

import orjson

from processors.errors import DataDirError, HoleError, WorkerExit

FILE_NAME = "exits.json"


class ExitLog:
    """Ends by itself and holes, counted in a small file of the worker's data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Reads the file and makes sure that it can be written; DataDirError otherwise."""
        self._path = data_dir / FILE_NAME
        self.exits: dict[str, int] = {}
        """Reason -> count."""
        self.gaps: dict[str, int] = {}
        """Topic without prefix -> count."""
        try:
            if self._path.exists():
                stored = orjson.loads(self._path.read_bytes())
                self.exits, self.gaps = dict(stored["exits"]), dict(stored["gaps"])
            self._write()
        except OSError as error:
            raise DataDirError(f"worker.data_dir {self._path.parent} cannot be used: {error.strerror}") from error
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise DataDirError(f"{self._path} is damaged: delete it; only its counts are lost") from error

    def record(self, error: WorkerExit, topic: str | None) -> None:
        """Count an end, and the hole in ``topic`` if that was its cause."""
        self.exits[error.reason] = self.exits.get(error.reason, 0) + 1
        if isinstance(error, HoleError) and topic is not None:
            self.gaps[topic] = self.gaps.get(topic, 0) + 1
        self._write()

    def _write(self) -> None:
        beside = self._path.with_suffix(".tmp")
        with beside.open("wb") as file:
            file.write(orjson.dumps({"exits": self.exits, "gaps": self.gaps}))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
