"""Backfills in a takeout session, in which Telegram lets an account read its history faster."""

from collections.abc import Sequence
from datetime import datetime

from telethon.tl import TLObject, TLRequest, functions

from ingest.errors import TakeoutEndedError
from ingest.live_reader import Entry, Page, Urgency
from ingest.telegram.channels.reader import TelegramReader
from ingest.telegram.net.requests import Requests


class TakeoutRequests:
    """The account's requests, wrapped. The session begins with the first of them."""

    def __init__(self, requests: Requests) -> None:
        self._plain = requests

    async def send(self, request: TLRequest, urgency: Urgency, about: str | None = None) -> TLObject:
        """As for `Requests`. ReaderBusyError may name a whole day: the owner can confirm the export elsewhere."""
        takeout_id = await self._takeout_id(urgency)
        try:
            return await self._plain.send(functions.InvokeWithTakeoutRequest(takeout_id, request), urgency, about)
        except TakeoutEndedError:
            self._plain.client.session.takeout_id = None
            raise

    async def finish(self) -> None:
        """Report the completed export to Telegram."""
        session = self._plain.client.session
        if session.takeout_id is None:
            return
        request = functions.account.FinishTakeoutSessionRequest(success=True)
        await self._plain.send(functions.InvokeWithTakeoutRequest(session.takeout_id, request), Urgency.BACKFILL)
        session.takeout_id = None

    async def _takeout_id(self, urgency: Urgency) -> int:
        session = self._plain.client.session
        if session.takeout_id is None:
            takeout = await self._plain.send(
                functions.account.InitTakeoutSessionRequest(message_megagroups=True, message_channels=True), urgency
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
        """See ``Reader``."""
        return self._plain.name

    def reads(self, channel_id: int) -> bool:
        """See ``Reader``."""
        return self._plain.reads(channel_id)

    async def newest(self, channel_id: int, urgency: Urgency) -> Page:
        """See ``Reader``."""
        return await self._for(urgency).newest(channel_id, urgency)

    async def history(self, channel_id: int, after: int, up_to: int | None, urgency: Urgency) -> Page:
        """See ``Reader``."""
        return await self._for(urgency).history(channel_id, after, up_to, urgency)

    async def before(self, channel_id: int, moment: datetime, urgency: Urgency) -> int:
        """See ``Reader``."""
        return await self._for(urgency).before(channel_id, moment, urgency)

    async def get(self, channel_id: int, ids: Sequence[int], urgency: Urgency) -> Sequence[Entry]:
        """See ``Reader``."""
        return await self._for(urgency).get(channel_id, ids, urgency)

    def _for(self, urgency: Urgency) -> TelegramReader:
        return self._takeout if urgency is Urgency.BACKFILL else self._plain
