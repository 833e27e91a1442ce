"""How preview pages are fetched: never faster than it should be, and every refusal distinguished."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.preview import response_body as body_module
from ingest.preview.client import UNKNOWN, PreviewClient, Validators
from runtime.settings.collect import PreviewSettings
from tests.support.patience import DEADLINE_S
from tests.support.preview_site.site import Site, serve


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as found:
        found.post(1)
        yield found


def client_of(site: Site, registry: CollectorRegistry | None = None, **settings: float) -> PreviewClient:
    given = {"interval_s": 0.001, "request_timeout_s": 60.0, **settings}
    return PreviewClient(PreviewSettings(base_url=site.base_url, **given), registry or CollectorRegistry())


E = TypeVar("E", bound=Exception)


async def refusal(site: Site, answer: web.Response, kind: type[E]) -> E:
    site.answers.append(answer)
    async with client_of(site) as client:
        with pytest.raises(kind) as caught:
            await client.get("wirenews", {}, UNKNOWN)
    return caught.value


async def test_a_page_is_asked_for_politely(site: Site) -> None:
    async with client_of(site) as client:
        answer = await client.get("wirenews", {"before": 9}, UNKNOWN)

    (request,) = site.requests
    assert answer.body is not None
    assert b"Post 1" in answer.body
    assert (request.path, request.query_string) == ("/s/wirenews", "before=9")
    assert request.headers["User-Agent"] == "tgwire"


async def test_requests_keep_their_distance(site: Site) -> None:
    async with client_of(site, interval_s=0.05) as client:
        started = time.monotonic()
        await asyncio.gather(*(client.get("wirenews", {}, UNKNOWN) for _ in range(3)))

    assert time.monotonic() - started >= 0.1


async def test_an_unchanged_page_is_not_sent_again(site: Site) -> None:
    site.etag = '"v1"'
    registry = CollectorRegistry()
    async with client_of(site, registry) as client:
        first = await client.get("wirenews", {}, UNKNOWN)
        second = await client.get("wirenews", {}, first.validators)

    assert first.validators == Validators(etag='"v1"')
    assert second.body is None
    outcomes = {"ok": 1.0, "unchanged": 1.0}
    assert {
        name: registry.get_sample_value("tgwire_preview_requests_total", {"outcome": name}) for name in outcomes
    } == outcomes


@pytest.mark.parametrize("status", [302, 404])
async def test_a_channel_without_a_preview(site: Site, status: int) -> None:
    answer = web.Response(status=status, headers={"Location": "https://t.me/wirenews"})
    error = await refusal(site, answer, ChannelUnavailableError)

    assert error.state == "private"
    assert "an account" in str(error)


@pytest.mark.parametrize("status", [500, 503, 403, 304])
async def test_a_server_in_trouble(site: Site, status: int) -> None:
    await refusal(site, web.Response(status=status), ReaderLostError)


@pytest.mark.parametrize(
    ("status", "pause", "least_s", "most_s"),
    [
        (429, "120", 61, 120),
        (429, None, 2, 60),
        (503, "120", 61, 120),
        (429, "whenever", 2, 60),
        (429, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 2, 60),
        (429, "999999999", 86_000, 86_400),
        (429, "Wed, 01 May 2024 12:00:00 GMT", 0, 1),
    ],
)
async def test_a_pause_that_is_asked_for(
    site: Site, status: int, pause: str | None, least_s: float, most_s: float
) -> None:
    answer = web.Response(status=status, headers={"Retry-After": pause} if pause else {})
    error = await refusal(site, answer, ReaderBusyError)

    assert least_s <= error.wait_s <= most_s


async def test_a_pause_up_to_a_date(site: Site) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=500))
    error = await refusal(site, web.Response(status=429, headers={"Retry-After": until}), ReaderBusyError)

    assert 300 <= error.wait_s <= 500


async def test_during_a_pause_nothing_is_sent(site: Site) -> None:
    site.answers.append(web.Response(status=429, headers={"Retry-After": "120"}))
    async with client_of(site) as client:
        waiting = await asyncio.gather(*(client.get("wirenews", {}, UNKNOWN) for _ in range(3)), return_exceptions=True)

    assert [type(error) for error in waiting] == [ReaderBusyError] * 3
    assert len(site.requests) == 1


async def test_an_endless_page_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "MAX_PAGE_BYTES", 100)

    error = await refusal(site, web.Response(body=b"x" * 101), ReaderLostError)
    assert "larger than" in str(error)


def packed(content: bytes, *encodings: str) -> web.Response:
    for _ in encodings:
        content = gzip.compress(content)
    return web.Response(body=content, headers={"Content-Encoding": ", ".join(encodings)})


async def test_a_packed_page_is_unpacked(site: Site) -> None:
    page = site.page("wirenews", {}).encode()
    site.answers.append(packed(page, "gzip"))
    async with client_of(site) as client:
        assert (await client.get("wirenews", {}, UNKNOWN)).body == page

    assert site.requests[0].headers["Accept-Encoding"] == "gzip"


@pytest.fixture(scope="module")
def zeros() -> bytes:
    return bytes(64 << 20)


@pytest.mark.parametrize("encodings", [("gzip",), ("gzip", "gzip"), ("deflate",), ("br",), ("x-gzip", "gzip", "gzip")])
async def test_a_page_that_unpacks_without_end_costs_no_memory(
    site: Site, zeros: bytes, encodings: tuple[str, ...]
) -> None:
    async with client_of(site) as client:
        site.answers.append(packed(zeros, *encodings))
        tracemalloc.start()
        try:
            with pytest.raises(ReaderLostError, match=r"larger than|was not requested"):
                await client.get("wirenews", {}, UNKNOWN)
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("damage", ["cut short", "cannot be decompressed"])
async def test_a_packed_page_that_is_damaged_is_no_page(site: Site, damage: str) -> None:
    content = gzip.compress(site.page("wirenews", {}).encode())
    content = content[:-20] if damage == "cut short" else b"x" + content
    error = await refusal(site, web.Response(body=content, headers={"Content-Encoding": "gzip"}), ReaderLostError)

    assert damage in str(error)


async def test_a_page_that_drips_is_given_up_in_time(site: Site) -> None:
    class Dripping(web.StreamResponse):
        async def prepare(self, request: web.BaseRequest) -> Any:
            writer = await super().prepare(request)
            with suppress(ConnectionError):
                while True:
                    await self.write(b"x")
                    await asyncio.sleep(0.02)
            return writer

    site.answers.append(Dripping())  # type: ignore[arg-type]
    async with client_of(site, request_timeout_s=0.2) as client:
        started = time.monotonic()
        with pytest.raises(ReaderLostError, match="no answer"):
            await client.get("wirenews", {}, UNKNOWN)
    assert time.monotonic() - started < DEADLINE_S


async def test_huge_headers_are_given_up_or_forgotten(site: Site) -> None:
    error = await refusal(site, web.Response(headers={"X-Filler": "x" * 200_000}), ReaderLostError)
    assert "no answer" in str(error)
    async with client_of(site) as client:
        site.answers.append(web.Response(body=b"page", headers={"ETag": "x" * 10_000, "Set-Cookie": "a=b; Path=/"}))
        answer = await client.get("wirenews", {}, UNKNOWN)
        await client.get("wirenews", {}, answer.validators)

    assert answer.validators == UNKNOWN
    assert "Cookie" not in site.requests[-1].headers


async def test_a_validator_that_cannot_be_sent_back_is_forgotten(site: Site) -> None:
    async with client_of(site) as client:
        site.answers.append(web.Response(body=b"page", headers={"ETag": '"é"', "Last-Modified": "today"}))
        answer = await client.get("wirenews", {}, UNKNOWN)
        assert answer.validators == Validators(None, "today")
        await client.get("wirenews", {}, answer.validators)


async def test_a_server_that_does_not_answer(site: Site) -> None:
    silence = asyncio.Event()

    class Silent(web.Response):
        async def prepare(self, request: web.BaseRequest) -> web.StreamResponse | None:  # type: ignore[override]
            await silence.wait()
            return await super().prepare(request)  # type: ignore[return-value]

    site.answers.append(Silent())
    async with client_of(site, request_timeout_s=1) as client:
        with pytest.raises(ReaderLostError, match="no answer"):
            await client.get("wirenews", {}, UNKNOWN)
        silence.set()
        async with asyncio.timeout(DEADLINE_S):
            while True:
                with suppress(ReaderLostError):  # on a busy machine
                    assert (await client.get("wirenews", {}, UNKNOWN)).body is not None
                    break


async def test_a_server_that_is_not_there() -> None:
    settings = PreviewSettings(base_url="http://127.0.0.1:1/s/")
    async with PreviewClient(settings, CollectorRegistry()) as client:
        with pytest.raises(ReaderLostError, match="ConnectError"):
            await client.get("wirenews", {}, UNKNOWN)
