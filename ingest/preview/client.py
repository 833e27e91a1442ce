"""Fetches preview pages: one connection, one request at a time, never faster than it should."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx
from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.preview.metrics import PreviewMetrics, PreviewOutcome
from ingest.preview.response_body import ACCEPTED_ENCODINGS, read_body
from runtime.errors import TgwireError
from runtime.settings.collect import PreviewSettings

MAX_VALIDATOR_LENGTH = 256
"""Most characters of an ETag or a date: they are kept for each channel, and sent back."""
_BUSY_WAIT_S = 60.0
"""Wait after a refusal that names none."""
_MAX_BUSY_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server recognises an unchanged page by."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Headers of a conditional request; none when nothing is known."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value is not None}


UNKNOWN = Validators()


@dataclass(frozen=True, slots=True)
class PageResponse:
    """A page of the site; ``body`` is None when it is unchanged since the validators that were sent."""

    body: bytes | None
    validators: Validators


class PreviewClient:
    """Sends one request at a time, ``interval_s`` apart, and none while the server has requested a pause."""

    def __init__(self, settings: PreviewSettings, registry: CollectorRegistry) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(
            headers={
                "User-Agent": settings.user_agent,
                "Accept": "text/html",
                "Accept-Encoding": ACCEPTED_ENCODINGS,
                "Accept-Language": "en",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # kept, they would grow and follow us
            follow_redirects=False,
            timeout=settings.request_timeout_s,
            limits=httpx.Limits(max_connections=1),
        )
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._busy_until = 0.0
        self._metrics = PreviewMetrics(registry)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection to the site."""
        await self._http.aclose()

    def address(self, username: str) -> str:
        """URL of a channel's preview."""
        return f"{self._settings.base_url.rstrip('/')}/{username}"

    async def get(self, username: str, query: dict[str, int], known: Validators) -> PageResponse:
        """Fetch a page when it is its turn.

        Raises ReaderBusyError, ReaderLostError, and ChannelUnavailableError when the channel has no preview.
        """
        self._refuse_while_busy()
        async with self._turn:
            await asyncio.sleep(self._next_at - time.monotonic())
            self._refuse_while_busy()  # the request before may have been refused
            try:
                answer = await self._request(username, query, known)
            except TgwireError as error:
                self._metrics.count_request(_outcome(error))
                raise
            finally:
                self._next_at = time.monotonic() + self._settings.interval_s
            self._metrics.count_request("unchanged" if answer.body is None else "ok")
            return answer

    def _refuse_while_busy(self) -> None:
        wait_s = self._busy_until - time.monotonic()
        if wait_s > 0:
            raise ReaderBusyError(f"The preview server asks for a pause; {wait_s:.0f} s are left of it.", wait_s)

    async def _request(self, username: str, query: dict[str, int], known: Validators) -> PageResponse:
        address = self.address(username)
        try:
            async with (
                asyncio.timeout(self._settings.request_timeout_s),
                self._http.stream("GET", address, params=query, headers=known.headers()) as response,
            ):
                if response.status_code == httpx.codes.NOT_MODIFIED and known.headers():
                    return PageResponse(None, known)
                self._check(response, address)
                validators = Validators(_validator(response, "ETag"), _validator(response, "Last-Modified"))
                encoding = response.headers.get("Content-Encoding", "")
                return PageResponse(await read_body(response.aiter_raw(), encoding, address), validators)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ReaderLostError(
                f"{address}: no answer ({type(error).__name__}). It is asked again; check the network if this persists."
            ) from error

    def _check(self, response: httpx.Response, address: str) -> None:
        status = response.status_code
        if status == httpx.codes.OK:
            return
        if response.has_redirect_location or status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
            raise ChannelUnavailableError(
                f"{address}: there is no preview: the channel is private or restricted, its owner has turned the "
                "preview off, or the name is not a channel's. Collect it with an account (source telegram), or "
                "correct the name.",
                "private",
            )
        pause = response.headers.get("Retry-After")
        if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.SERVICE_UNAVAILABLE and pause):
            wait_s = _wait_s(pause)
            self._busy_until = time.monotonic() + wait_s
            raise ReaderBusyError(f"{address}: the preview server asks for a pause of {wait_s:.0f} s.", wait_s)
        raise ReaderLostError(f"{address}: the preview server answered {status}. It is asked again.")


def _validator(response: httpx.Response, header: str) -> str | None:
    """A value that can be sent back; httpx sends no others than those of ASCII."""
    value: str | None = response.headers.get(header)
    is_fit = value is not None and value.isascii() and value.isprintable() and len(value) <= MAX_VALIDATOR_LENGTH
    return value if is_fit else None


def _wait_s(retry_after: str | None) -> float:
    """Seconds of a Retry-After header, which holds them or a date."""
    if retry_after is None:
        return _BUSY_WAIT_S
    try:
        if retry_after.isdecimal():
            wait_s = float(retry_after)
        else:
            wait_s = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return _BUSY_WAIT_S
    return min(max(wait_s, 1.0), _MAX_BUSY_WAIT_S)


def _outcome(error: TgwireError) -> PreviewOutcome:
    if isinstance(error, ReaderBusyError):
        return "busy"
    return "unavailable" if isinstance(error, ChannelUnavailableError) else "lost"
