"""The choice among several readers, and back-off for one that does not answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar

import structlog

from ingest.errors import AccountError, ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live_reader import LiveReader, Page, PostOrAbsence, RequestPriority
from runtime.back_off import BackOff
from runtime.outage import Outage
from schemas import RawPost

AnswerT = TypeVar("AnswerT")
RequestKind = tuple[Literal["newest", "history", "before", "get"], RequestPriority]
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 1.0, 60.0
"""Seconds until a reader that did not answer is asked again; doubled each time, until it answers."""
_NO_READER_WAIT_S = 30.0
"""Until a channel that nobody reads is tried again; a new reader is asked at once."""

_log = structlog.stdlib.get_logger(__name__)


class ReadChannel(Protocol):
    """What of a channel the choice of its reader depends on."""

    @property
    def id(self) -> int:
        """Bare id of the channel."""
        ...

    @property
    def account(self) -> str | None:
        """Name of the reader to use; None: any that can."""
        ...


@dataclass(slots=True)
class _PooledReader:
    reader: LiveReader
    free_at: dict[RequestKind, float] = field(default_factory=dict)
    """Time of the loop before which a request is not to be sent: Telegram limits each method by itself, and a backfill
    by a takeout session apart from all else.
    """
    back_off: BackOff = field(default_factory=lambda: BackOff(FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S, jitter=0.0))
    problem: str = ""
    """Why it did not answer the last time."""
    outage: Outage = field(default_factory=Outage)
    is_dropped: bool = False


class ReaderPool:
    """Asks the first reader that can answer. A call never waits for a reader's turn: it raises ReaderBusyError."""

    def __init__(self, readers: Sequence[LiveReader], on_post: Callable[[RawPost], None]) -> None:
        """``on_post`` is given every post of an answer."""
        self._on_post = on_post
        self._loop = asyncio.get_running_loop()
        self._pooled: dict[str, _PooledReader] = {}
        for reader in readers:
            self.add(reader)

    def add(self, reader: LiveReader) -> None:
        """Use a reader, again if it was dropped."""
        self._pooled[reader.name] = _PooledReader(reader)

    def came_back(self, name: str) -> None:
        """A reader is connected again, or signed in again."""
        if (pooled := self._pooled.get(name)) is not None:
            self._answered(pooled)
            pooled.is_dropped = False

    def named(self, name: str) -> LiveReader | None:
        """The reader of an account's name, or of ``preview``; None when there is none."""
        pooled = self._pooled.get(name)
        return None if pooled is None else pooled.reader

    def states(self) -> dict[str, Literal["ready", "lost", "dropped"]]:
        """State of each reader by name: ``ready``, ``lost`` after a request without an answer, or ``dropped``."""
        return {
            name: "dropped" if pooled.is_dropped else "lost" if pooled.back_off.tries else "ready"
            for name, pooled in self._pooled.items()
        }

    def all_away(self) -> tuple[str, ...]:
        """Why no reader answers, one reason for each reader; empty while any does."""
        pooled_readers = tuple(self._pooled.values())
        away = tuple(pooled.problem for pooled in pooled_readers if pooled.is_dropped or pooled.back_off.tries)
        return away if len(away) == len(pooled_readers) else ()

    async def newest(self, channel: ReadChannel, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        page = await self._ask(channel, ("newest", priority), lambda reader: reader.newest(channel.id, priority))
        self._look_at(page.entries)
        return page

    async def history(self, channel: ReadChannel, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        page = await self._ask(
            channel, ("history", priority), lambda reader: reader.history(channel.id, after, up_to, priority)
        )
        self._look_at(page.entries)
        return page

    async def before(self, channel: ReadChannel, moment: datetime, priority: RequestPriority) -> int:
        """See ``LiveReader``."""
        return await self._ask(
            channel, ("before", priority), lambda reader: reader.before(channel.id, moment, priority)
        )

    async def get(self, channel: ReadChannel, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """See ``LiveReader``."""
        entries = await self._ask(channel, ("get", priority), lambda reader: reader.get(channel.id, ids, priority))
        self._look_at(entries)
        return entries

    def _look_at(self, entries: Sequence[PostOrAbsence]) -> None:
        for entry in entries:
            if isinstance(entry, RawPost):
                self._on_post(entry)

    async def _ask(
        self, channel: ReadChannel, kind: RequestKind, ask: Callable[[LiveReader], Awaitable[AnswerT]]
    ) -> AnswerT:
        """Raises ReaderBusyError when nobody can answer now, and ChannelUnavailableError when nobody ever may: one that
        has yet to answer may be the one that can.
        """
        unavailable: ChannelUnavailableError | None = None
        wait_s, is_awaited = _NO_READER_WAIT_S, False
        for pooled in self._candidates(channel):
            now = self._loop.time()
            if (free_at := pooled.free_at.get(kind, 0.0)) > now:
                wait_s, is_awaited = min(wait_s, free_at - now), True
                continue
            try:
                answer = await ask(pooled.reader)
            except ReaderBusyError as error:
                wait_s, is_awaited = min(wait_s, self._defer(pooled, kind, error.wait_s)), True
            except ReaderLostError as error:
                wait_s, is_awaited = min(wait_s, self._lose(pooled, kind, error)), True
            except AccountError as error:
                pooled.is_dropped, pooled.problem = True, str(error)
                _log.error("reader is not used until it is back", reader=pooled.reader.name, problem=str(error))
            except ChannelUnavailableError as error:
                unavailable = error
            else:
                self._answered(pooled)
                return answer
        if unavailable is not None and not is_awaited:
            raise unavailable
        if unavailable is not None:
            wait_s = max(wait_s, _NO_READER_WAIT_S)  # those that have refused are asked as well
        raise ReaderBusyError(f"No account can answer for channel {channel.id} now.", wait_s)

    def _candidates(self, channel: ReadChannel) -> list[_PooledReader]:
        account = channel.account
        return [
            pooled
            for name, pooled in self._pooled.items()
            if not pooled.is_dropped and account in (None, name) and pooled.reader.reads(channel.id)
        ]

    def _defer(self, pooled: _PooledReader, kind: RequestKind, wait_s: float) -> float:
        pooled.free_at[kind] = self._loop.time() + wait_s
        return wait_s

    def _lose(self, pooled: _PooledReader, kind: RequestKind, error: ReaderLostError) -> float:
        pooled.problem = str(error)
        name, notice = pooled.reader.name, pooled.outage.failed(self._loop.time())
        if notice is not None and notice.phase == "begins":
            _log.warning("reader does not answer", reader=name, problem=pooled.problem)
        elif notice is not None:
            _log.warning("reader still does not answer", reader=name, problem=pooled.problem, away_s=notice.length_s)
        return self._defer(pooled, kind, pooled.back_off.next_s())

    def _answered(self, pooled: _PooledReader) -> None:
        pooled.back_off.reset()
        if (notice := pooled.outage.answered(self._loop.time())) is not None:
            _log.warning("reader answers again", reader=pooled.reader.name, away_s=notice.length_s)
