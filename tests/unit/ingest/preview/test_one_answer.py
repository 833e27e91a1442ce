"""One wrong answer of a preview server, whatever its form and wherever it comes, loses no post and deletes none."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import CollectorRegistry

from ingest.errors import ReaderLostError
from ingest.live_reader import AbsentMessage, Page, RequestPriority
from ingest.preview.reader import PreviewReader
from runtime.settings.collect import PreviewSettings
from schemas import RawPost
from tests.support.preview_site.site import CHANNEL_ID, PAGE_MESSAGES, Site, render

IDS = [one for one in range(1, 75) if one not in (7, 31, 32, 50, 74)]
"""What the channel has; the others were deleted."""
Shown = list[int]
Fault = Callable[[Shown], Shown]


def first_half(shown: Shown) -> Shown:
    return shown[: len(shown) // 2]


def last_half(shown: Shown) -> Shown:
    return shown[len(shown) // 2 :]


def nothing(_: Shown) -> Shown:
    return []


def all_but_one(shown: Shown) -> Shown:
    return shown[:8] + shown[9:]


def newest_page(_: Shown) -> Shown:
    return IDS[-PAGE_MESSAGES:]


FAULTS = [first_half, last_half, nothing, all_but_one, newest_page]


class FaultySite:
    """Pages of the site; the answers of some numbers show something else than they should."""

    def __init__(self, site: Site, fault: Fault, *numbers: int, has_links: bool = False) -> None:
        self.site, self.fault, self.numbers, self.has_links = site, fault, numbers, has_links
        self.asked = 0

    def page(self, name: str, query: Mapping[str, str]) -> str:
        ids = sorted(self.site.messages)
        if "before" in query:
            shown = [one for one in ids if one < int(query["before"])][-PAGE_MESSAGES:]
        elif int(query.get("after", 0)) > 0:
            shown = [one for one in ids if one > int(query["after"])][:PAGE_MESSAGES]
        else:
            shown = ids[-PAGE_MESSAGES:]
        older, newer = bool(shown) and shown[0] > ids[0], bool(shown) and shown[-1] < ids[-1]
        if self.asked in self.numbers:
            shown = self.fault(shown)
            older, newer = older and self.has_links, newer and self.has_links
        self.asked += 1
        messages = [self.site.messages[one] for one in shown]
        return render(name, messages, CHANNEL_ID, older=older and messages, newer=newer and messages)


@asynccontextmanager
async def reading() -> AsyncIterator[tuple[Site, PreviewReader]]:
    """Requests go straight to the site: a thousand of them over a socket take seconds."""
    site = Site()
    site.post(*IDS)

    def answer(request: httpx.Request) -> httpx.Response:
        page = site.page(request.url.path.rpartition("/")[2], request.url.params)
        return httpx.Response(200, stream=httpx.ByteStream(page.encode()))

    settings = PreviewSettings(base_url="http://preview.example/s/", interval_s=0.0001, request_timeout_s=60)
    reader = PreviewReader(settings, CollectorRegistry())
    reader._client._http._transport = httpx.MockTransport(answer)
    try:
        await reader.add("@wirenews")
        yield site, reader
    finally:
        await reader.close()


def let_fail(site: Site, fault: Fault, *numbers: int, has_links: bool = False) -> None:
    site.page = FaultySite(site, fault, *numbers, has_links=has_links).page  # type: ignore[method-assign]


async def history(reader: PreviewReader, after: int, up_to: int) -> list[int]:
    """Ids of posts, as the collector goes through them; after an error it asks again."""
    found: list[int] = []
    for _ in range(60):
        if after >= up_to:
            return found
        try:
            page = await reader.history(CHANNEL_ID, after, up_to, RequestPriority.GAP)
        except ReaderLostError:
            continue
        found += posts(page)
        after = page.last
    raise AssertionError(f"history does not get on behind {after}")


def posts(page: Page) -> list[int]:
    return [entry.message_id for entry in page.entries if not isinstance(entry, AbsentMessage)]


@pytest.mark.parametrize("has_links", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_one_wrong_page_of_history(fault: Fault, has_links: bool) -> None:
    async with reading() as (site, reader):
        for number in range(7):
            for after in (0, 25):
                let_fail(site, fault, number, has_links=has_links)
                found = await history(reader, after, 74)
                assert found == [one for one in IDS if one > after], f"answer {number} behind {after}"


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_wrong_page_deletes_no_post(fault: Fault) -> None:
    async with reading() as (site, reader):
        for number in range(3):
            for wanted in ([73], [20, 21, 40], [1], [8, 30, 33, 49]):
                let_fail(site, fault, number)
                try:
                    found = await reader.get(CHANNEL_ID, wanted, RequestPriority.REFETCH)
                except ReaderLostError:  # it is asked again
                    found = await reader.get(CHANNEL_ID, wanted, RequestPriority.REFETCH)
                got = [entry.message_id for entry in found if isinstance(entry, RawPost)]
                assert got == wanted, f"answer {number}"


async def test_one_empty_page_does_not_make_a_channel_empty() -> None:
    async with reading() as (site, reader):
        let_fail(site, nothing, 0)
        with pytest.raises(ReaderLostError, match="newest page was empty"):
            await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)
        assert (await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)).last == 73


async def test_one_empty_page_does_not_give_a_channel_another_id() -> None:
    async with reading() as (site, reader):
        let_fail(site, nothing, 0)
        assert (await reader.add("@wirenews")).id == CHANNEL_ID


async def test_pages_that_begin_behind_an_id_and_never_show_anything_are_done_without() -> None:
    async with reading() as (site, reader):
        whole = site.page
        empty = render("wirenews", [], CHANNEL_ID, older=False, newer=False)
        site.page = lambda name, query: empty if "after" in query else whole(name, query)  # type: ignore[method-assign]
        assert await history(reader, 10, 74) == [one for one in IDS if one > 10]


async def test_a_page_that_was_cut_short_is_no_page() -> None:
    async with reading() as (site, reader):
        page = site.page("wirenews", {})
        site.page = lambda *_: page[: len(page) // 2]  # type: ignore[method-assign]
        for ask in (reader.newest(CHANNEL_ID, RequestPriority.SWEEP), reader.add("@wirenews")):
            with pytest.raises(ReaderLostError, match="cut short"):
                await ask
