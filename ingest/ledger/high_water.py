"""A mark beside the ledger of how far it has ever been: it shows that the ledger is an older copy, or empty."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from ingest.ledger.records import ChannelProgress
from runtime.atomic_file import replace_file
from runtime.errors import StateError
from runtime.private_files import PRIVATE_FILE
from schemas.plurals import counted

FILE_NAME = "ledger.mark.json"
_FORMAT = 1

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class HighWaterMark:
    """How far the ledger of one destination was when the mark was last written."""

    version: int = 0
    """Counts what was written: a ledger of a lower one is a copy that was made before."""
    channels: dict[int, ChannelProgress] = field(default_factory=dict)

    def raise_to(self, version: int, channels: dict[int, ChannelProgress]) -> None:
        """Take over how far the ledger is. A channel never goes back, until the ledger is as far again."""
        self.version = version
        for channel_id, progress in channels.items():
            known = self.channels.get(channel_id, progress)
            self.channels[channel_id] = ChannelProgress(
                progress.started_at,
                max(known.frontier, progress.frontier),
                max(known.backfilled, progress.backfilled),
            )


class HighWaterFile:
    """The marks of all destinations, in a file that is replaced as a whole. It never runs ahead of the ledger."""

    def __init__(self, state_dir: Path) -> None:
        """A file that cannot be read is reported, and written afresh: then nothing can be recognised at this start."""
        self._path = state_dir / FILE_NAME
        self._marks: dict[str, HighWaterMark] = {}
        try:
            self._marks = _parse(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning(
                "mark cannot be read: it is unknown whether the ledger is an older copy",
                path=str(self._path),
                problem=str(error),
            )

    def mark(self, destination: str) -> HighWaterMark:
        """The mark of a destination; one of nothing when it has none."""
        return self._marks.setdefault(destination, HighWaterMark())

    def hand_over(self, old: str, new: str) -> None:
        """What is known of a destination is known of another one, which takes its place."""
        mark = self._marks.pop(old)
        known = self.mark(new)
        known.raise_to(max(known.version, mark.version), mark.channels)

    def forget(self, destination: str) -> None:
        """Remove the mark of a destination that nothing was published to."""
        self._marks.pop(destination, None)

    def set_back(self, destination: str, known: Collection[int]) -> None:
        """What was published there is lost: channels that are not in ``known`` go on where they began."""
        channels = self.mark(destination).channels
        for channel_id in channels.keys() - known:
            started_at = channels[channel_id].started_at
            channels[channel_id] = ChannelProgress(started_at, frontier=started_at, backfilled=0)

    @property
    def destinations(self) -> list[str]:
        """Names of the destinations that have a mark."""
        return list(self._marks)

    def outdate(self, destination: str, version: int) -> None:
        """A ledger of this version is a copy from before, whatever the mark knew: what it holds is looked at again."""
        mark = self.mark(destination)
        mark.version = max(mark.version, version + 1)

    def write(self) -> None:
        """Replace the file, durably. Raises StateError."""
        data = json.dumps(
            {"format": _FORMAT, "destinations": {name: _plain(each) for name, each in self._marks.items()}}
        )
        try:
            replace_file(self._path, data.encode(), PRIVATE_FILE)
        except OSError as error:
            raise StateError(
                f"{self._path}: {error.strerror}. Make the folder writable and free some space, "
                "or set ingest.state_dir."
            ) from error


def emptied(path: Path, channels: int) -> str:
    """What an operator has to know of a ledger that lost everything."""
    return (
        f"{path} is empty, though channels were collected before ({channels}): it was removed or emptied. They "
        f"continue from the mark beside it, and the newest posts of each are read again. Changes of older ones "
        "are found only when Telegram reports them."
    )


def older(path: Path, channels: int) -> str:
    """What an operator has to know of a ledger that was restored."""
    further = f": the last one was further in {counted(channels, 'channel')}" if channels else ""
    return (
        f"{path} is an older copy{further}. What it does not know is read again; posts are published once more under "
        "the same keys, and those deleted since get a tombstone."
    )


def elsewhere(path: Path) -> str:
    """What an operator has to know when posts go to another topic than before."""
    return (
        f"{path} knows what another topic holds: this one was recreated, or is set for the first time. Each channel "
        "begins at its newest post; collect older posts with --backfill."
    )


def _plain(mark: HighWaterMark) -> dict[str, Any]:
    channels = {
        str(channel_id): [progress.started_at, progress.frontier, progress.backfilled]
        for channel_id, progress in mark.channels.items()
    }
    return {"version": mark.version, "channels": channels}


def _parse(data: Any) -> dict[str, HighWaterMark]:  # noqa: ANN401  # whatever a file holds
    if data["format"] != _FORMAT:
        raise ValueError(f"format {data['format']!r}")
    marks = {}
    for name, plain in data["destinations"].items():
        channels = {int(key): ChannelProgress(*map(int, values)) for key, values in plain["channels"].items()}
        marks[name] = HighWaterMark(int(plain["version"]), channels)
    return marks
