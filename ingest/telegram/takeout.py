"""Backfills in a takeout session, in which Telegram lets an account read its history faster."""

from telethon.tl import TLObject, TLRequest, functions

from ingest.errors import TakeoutEndedError
from ingest.live.reader import Urgency
from ingest.telegram.requests import Requests


class TakeoutRequests:
    """The account's requests, wrapped. The session begins with the first of them."""

    def __init__(self, requests: Requests) -> None:
        self._plain = requests

    async def send(self, request: TLRequest, urgency: Urgency, about: str | None = None) -> TLObject:
        """As for `Requests`. ReaderBusyError may tell a day: the owner can confirm the export on another device."""
        takeout_id = await self._takeout_id(urgency)
        try:
            return await self._plain.send(functions.InvokeWithTakeoutRequest(takeout_id, request), urgency, about)
        except TakeoutEndedError:
            self._plain.client.session.takeout_id = None
            raise

    async def finish(self) -> None:
        """Tell Telegram that the export is complete."""
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
