"""All requests of an account go through here: paced by priority, refused while flooded, errors in our words."""

from typing import Protocol

from telethon.tl import TLObject, TLRequest

from ingest.errors import ReaderBusyError, ReaderLostError
from ingest.live_reader import RequestPriority
from ingest.telegram.net.client import AccountClient
from ingest.telegram.net.flood_waits import FloodWaits
from ingest.telegram.net.method_names import name_of
from ingest.telegram.net.rate_limiter import RateLimiter
from ingest.telegram.net.rpc_errors import CAUGHT, translate


class RequestSender(Protocol):
    """Sends requests of an account, in a takeout session or outside of one."""

    async def send(self, request: TLRequest, priority: RequestPriority, about: str | None = None) -> TLObject:
        """Send a request, and return Telegram's answer."""


class AccountRequests:
    """Requests of one account, over whichever connection it has."""

    def __init__(self, account: str, floods: FloodWaits, requests_per_s: float) -> None:
        self._account, self._floods = account, floods
        self._pace = RateLimiter(requests_per_s)
        self._client: AccountClient | None = None
        self._why_not: Exception = ReaderLostError(f"account {account}: not connected yet")

    def open(self, client: AccountClient) -> None:
        """The account is signed in over this client."""
        self._client = client

    def close(self, error: Exception) -> None:
        """The account is not connected any more: whoever waits for a turn, and whoever comes, gets the error."""
        self._client, self._why_not = None, error
        self._pace.end(error)

    @property
    def client(self) -> AccountClient:
        """The client of now; raises ReaderLostError or AccountError without a connection."""
        if self._client is None:
            raise self._why_not.with_traceback(None)
        return self._client

    async def send(self, request: TLRequest, priority: RequestPriority, about: str | None = None) -> TLObject:
        """Telegram's answer; ``about`` names the channel that the request is for.

        Raises ReaderBusyError, ReaderLostError, AccountError; with ``about`` ChannelUnavailableError.
        """
        method = name_of(request)
        _ = self.client
        self._refuse_while_flooded(method)
        await self._pace.turn(priority)
        self._refuse_while_flooded(method)
        client = self.client
        try:
            return await client(request)
        except CAUGHT as error:
            # Without the cause: Telethon's errors hold the request, and bytes of the answer.
            raise translate(self._account, method, about, error) from None

    def _refuse_while_flooded(self, method: str) -> None:
        if wait_s := self._floods.wait_s(method):
            raise ReaderBusyError(f"account {self._account}: {method} must wait {wait_s:.0f} s (flood wait)", wait_s)
