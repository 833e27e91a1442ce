"""Backfills in a takeout session, in which Telegram lets an account read its history faster."""

from collections.abc import Sequence
from datetime import datetime

from telethon.tl import TLObject, TLRequest, functions

from ingest.errors import TakeoutEndedError
from ingest.live_reader import Page, PostOrAbsence, RequestPriority
from ingest.telegram.channels.reader import TelegramReader
from ingest.telegram.net.requests import AccountRequests


class TakeoutRequests:
    """The account's requests, wrapped. The session begins with the first of them."""

    def __init__(self, requests: AccountRequests) -> None:
        self._plain = requests

    async def send(self, request: TLRequest, priority: RequestPriority, about: str | None = None) -> TLObject:
        """Send a request in the takeout session, as ``AccountRequests.send`` does outside of it. ReaderBusyError may
        name a whole day: the owner can confirm the takeout elsewhere.
        """
        takeout_id = await self._takeout_id(priority)
        try:
            return await self._plain.send(functions.InvokeWithTakeoutRequest(takeout_id, request), priority, about)
        except TakeoutEndedError:
            self._plain.client.session.takeout_id = None
            raise

    async def finish(self) -> None:
        """Report the completed export to Telegram."""
        session = self._plain.client.session
        if session.takeout_id is None:
            return
        request = functions.account.FinishTakeoutSessionRequest(success=True)
        await self._plain.send(
            functions.InvokeWithTakeoutRequest(session.takeout_id, request), RequestPriority.BACKFILL
        )
        session.takeout_id = None

    async def _takeout_id(self, priority: RequestPriority) -> int:
        session = self._plain.client.session
        if session.takeout_id is None:
            takeout = await self._plain.send(
                functions.account.InitTakeoutSessionRequest(message_megagroups=True, message_channels=True), priority
            )
            session.takeout_id = takeout.id
        takeout_id: int = session.takeout_id
        return takeout_id


class TakeoutBackfill:
    """An account's reader whose backfills go through a takeout session, and all else past it."""

    def __init__(self, plain: TelegramReader, takeout: TelegramReader) -> None:
        self._plain, self._takeout = plain, takeout

    @property
    def name(self) -> str:
        """See ``LiveReader``."""
        return self._plain.name

    def reads(self, channel_id: int) -> bool:
        """See ``LiveReader``."""
        return self._plain.reads(channel_id)

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        return await self._for(priority).newest(channel_id, priority)

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        return await self._for(priority).history(channel_id, after, up_to, priority)

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        """See ``LiveReader``."""
        return await self._for(priority).before(channel_id, moment, priority)

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """See ``LiveReader``."""
        return await self._for(priority).get(channel_id, ids, priority)

    def _for(self, priority: RequestPriority) -> TelegramReader:
        return self._takeout if priority is RequestPriority.BACKFILL else self._plain
