"""How the store and its channels are, each question within a limit of time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runtime.errors import TgwireError
from runtime.settings.store import SQLITE
from sinks.store.database import Reader
from sinks.store.errors import StoreUnavailableError
from sinks.store.opening import open_reader
from sinks.store.reading.channels import ChannelRow, channels
from sinks.store.reading.overview import newest_post
from sinks.store.reading.readers import StoreReader
from sinks.store.upkeep.statistics import size_of

LIMIT_S: Final = 3.0
"""For each of three questions."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """A store, seen from outside; None: not known."""

    name: str | None = None
    problem: str | None = None
    """Why nothing is known."""
    is_absent: bool = False
    """There is none, which is no fault where records end in Kafka."""
    size_bytes: int | None = None
    posts: int | None = None
    newest_ms: int | None = None
    """Of the newest post, by its date."""
    written_ms: int | None = None
    """Of the last write, of a sink or of a process without Kafka."""
    channels: list[ChannelRow] = field(default_factory=list)


def store_state(address: str, now_ms: int, limit_s: float = LIMIT_S) -> StoreState:
    """How the store at an address is. What is wrong with it is part of the answer."""
    if address.startswith(SQLITE) and not (path := Path(address.removeprefix(SQLITE)).expanduser()).exists():
        return StoreState(problem=f"none at {path}", is_absent=True)
    try:
        reader = open_reader(address, limit_s)
    except TgwireError as error:
        return StoreState(problem=str(error))
    try:
        return _read(reader, now_ms)
    except TgwireError as error:
        return StoreState(reader.name, str(error))
    finally:
        reader.close()


def _read(reader: StoreReader, now_ms: int) -> StoreState:
    with reader.reading() as rows:
        size = size_of(rows, reader.dialect)
        newest = newest_post(rows)
        ((written_ms,),) = rows.rows("SELECT max(written_ms) FROM sink_offsets")
    with reader.reading() as rows:
        listed = channels(rows, now_ms)
    return StoreState(
        name=reader.name,
        size_bytes=size,
        posts=_count(reader),
        newest_ms=None if newest is None else newest.posted_ms,
        written_ms=written_ms,
        channels=listed,
    )


def _count(reader: StoreReader) -> int | None:
    """How many posts; None in a store so large that counting takes too long."""
    try:
        with reader.reading() as rows:
            return _posts(rows)
    except StoreUnavailableError:
        return None


def _posts(rows: Reader) -> int:
    return int(rows.rows("SELECT count(*) FROM posts")[0][0])
