"""Channels read through previews: pages that leave nothing out, and never treat a failure as a deletion."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live_reader import AbsenceReason, AbsentMessage, LiveReader, Page, RequestPriority
from ingest.preview.page import PreviewPage
from ingest.preview.reader import PreviewReader
from runtime.settings.collect import PreviewSettings
from schemas import Channel, RawPost, synthetic_id
from tests.support.preview_site.site import CHANNEL_ID, Message, Site, render, serve


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as found:
        yield found


@pytest.fixture
async def reader(site: Site) -> AsyncIterator[PreviewReader]:
    settings = PreviewSettings(base_url=site.base_url, interval_s=0.0001, request_timeout_s=60)
    found = PreviewReader(settings, CollectorRegistry())
    site.post(1)
    assert (await found.add("@wirenews")).id == CHANNEL_ID
    site.messages.clear()
    site.requests.clear()
    yield found
    await found.close()


def ids(page: Page) -> list[int]:
    return [entry.message_id for entry in page.entries]


def span(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


async def all_of(reader: PreviewReader, after: int, up_to: int | None) -> list[int]:
    """Ids of history, page by page, as the collector goes through it; every page must bring it further."""
    found: list[int] = []
    for _ in range(100):
        page = await reader.history(CHANNEL_ID, after, up_to, RequestPriority.GAP)
        assert page.first == after + 1
        if page.last <= after:
            break
        found.extend(ids(page))
        after = page.last
        if after == up_to:
            break
    return found


def test_it_is_a_reader(reader: PreviewReader) -> None:
    as_such: LiveReader = reader

    assert as_such.name == "preview"
    assert as_such.reads(CHANNEL_ID)
    assert not as_such.reads(5)


async def test_a_channel_is_found_by_name(site: Site, reader: PreviewReader) -> None:
    site.post(1)

    assert await reader.add("@WireNews") == Channel(id=CHANNEL_ID, username="WireNews", title="Wire News")
    with pytest.raises(ChannelUnavailableError, match="by name only"):
        await reader.add("1234567890")


@pytest.mark.parametrize("shown", ["wire&#10;news", "../wirenews?before=1", "x" * 70_000])
def test_a_name_that_makes_no_address_is_not_taken_from_a_page(shown: str) -> None:
    html = (
        f'<div class="tgme_channel_info_header"><span class="tgme_channel_info_header_username"><a>@{shown}</a></span>'
        '</div><div class="tgme_channel_history"></div>'
    )
    assert PreviewPage(html.encode(), "page").channel("wirenews").username == "wirenews"


async def test_without_a_post_the_id_is_derived_from_the_name(reader: PreviewReader) -> None:
    assert (await reader.add("@WireNews")).id == synthetic_id("@wirenews")


async def test_the_newest_page(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 50))

    page = await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)
    assert (ids(page), page.first, page.last) == (span(31, 50), 31, 50)
    assert all(isinstance(entry, RawPost) and entry.text == f"Post {entry.message_id}" for entry in page.entries)


async def test_an_empty_channel(reader: PreviewReader) -> None:
    assert await reader.newest(CHANNEL_ID, RequestPriority.SWEEP) == Page((), 1, 0)


async def test_an_unchanged_page_shows_nothing_of_its_posts(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 5))
    site.etag = '"v1"'
    await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)

    assert await reader.newest(CHANNEL_ID, RequestPriority.SWEEP) == Page((), 6, 5)


async def test_an_album_cut_by_the_page_is_left_to_history(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 10))
    site.post(*span(11, 14), album=7)
    site.post(*span(15, 32))  # the page begins with 13

    page = await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)
    assert (page.first, ids(page)) == (15, span(15, 32))


@pytest.mark.parametrize("after", [0, 1, 5, 19, 20, 21, 49, 50])
@pytest.mark.parametrize("up_to", [None, 50, 30])
async def test_history_leaves_nothing_out(site: Site, reader: PreviewReader, after: int, up_to: int | None) -> None:
    site.post(*(one for one in span(1, 50) if one % 7))

    assert await all_of(reader, after, up_to) == [one for one in span(after + 1, up_to or 50) if one % 7]


async def test_history_over_a_wide_hole(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 5), *span(200, 205))

    assert await all_of(reader, 0, 205) == [*span(1, 5), *span(200, 205)]


async def test_history_never_cuts_an_album(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 18))
    site.post(*span(19, 24), album=7)
    site.post(*span(25, 30))
    page = await reader.history(CHANNEL_ID, 1, 30, RequestPriority.GAP)  # the server's page is 2 to 21

    assert page.last == 18
    rest = await reader.history(CHANNEL_ID, 18, 30, RequestPriority.GAP)
    assert ids(rest) == span(19, 30)
    assert {entry.album_id for entry in rest.entries if isinstance(entry, RawPost)} == {19, None}


async def test_all_behind_was_deleted(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 5))

    assert await reader.history(CHANNEL_ID, 5, 9, RequestPriority.GAP) == Page((), 6, 9)


async def test_a_server_that_gives_another_page_loses_no_post(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 100))
    site.ignores_after = True

    with pytest.raises(ReaderLostError, match="leaves out post 80"):
        await reader.history(CHANNEL_ID, 10, 100, RequestPriority.GAP)


async def test_posts_as_they_are_now(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 3), *span(5, 60))
    site.messages[6] = Message(6, "Wire News pinned a post", is_service=True)

    found = await reader.get(CHANNEL_ID, [60, 4, 6, 2, 99], RequestPriority.REFETCH)
    assert [entry.message_id for entry in found] == [60, 4, 6, 2, 99]
    assert [entry.reason for entry in found if isinstance(entry, AbsentMessage)] == [
        AbsenceReason.NOT_RETURNED,
        AbsenceReason.SERVICE,
        AbsenceReason.NOT_RETURNED,
    ]
    assert site.queries == ["before=110", "before=17", "after=3", "after=98"]


async def test_posts_read_before_a_pause_are_not_asked_for_again(site: Site, reader: PreviewReader) -> None:
    site.post(*span(1, 200))
    del site.messages[50]
    whole, number = site.page, 0

    def page(name: str, query: Mapping[str, str]) -> str:
        nonlocal number
        number += 1
        if number % 2 == 0:  # after each page a pause
            raise web.HTTPTooManyRequests(headers={"Retry-After": "1"})
        return whole(name, query)

    site.page = page  # type: ignore[method-assign]
    wanted = [10, 50, 90, 130, 170]
    for _ in range(12):
        try:
            found = await reader.get(CHANNEL_ID, wanted, RequestPriority.REFETCH)
            break
        except ReaderBusyError:
            reader._client._busy_until = 0.0  # it is over
    assert [entry.message_id for entry in found] == wanted
    assert [entry.message_id for entry in found if isinstance(entry, AbsentMessage)] == [50]
    assert [query for query in site.queries if query != "after=49"].count("before=181") == 1


@pytest.mark.parametrize("wanted", [[20], [25], [29], [20, 29]])
async def test_a_part_is_read_with_its_album(site: Site, reader: PreviewReader, wanted: list[int]) -> None:
    site.post(*span(1, 19), *span(30, 60))
    site.post(*span(20, 29), album=7)

    found = await reader.get(CHANNEL_ID, wanted, RequestPriority.REFETCH)
    assert [(entry.message_id, entry.album_id) for entry in found if isinstance(entry, RawPost)] == [
        (one, 20) for one in wanted
    ]


async def test_a_post_older_than_all_that_are_left(site: Site, reader: PreviewReader) -> None:
    site.post(*span(40, 50))

    assert await reader.get(CHANNEL_ID, [3], RequestPriority.REFETCH) == [AbsentMessage(3, AbsenceReason.NOT_RETURNED)]


async def test_a_page_without_posts_is_no_deletion(site: Site, reader: PreviewReader) -> None:
    empty = render("wirenews", [], CHANNEL_ID, older=False, newer=False)
    site.post(*span(1, 50))
    site.answers.append(web.Response(text=empty, content_type="text/html"))

    with pytest.raises(ReaderLostError, match="not the one that was asked for"):
        await reader.get(CHANNEL_ID, [30], RequestPriority.REFETCH)


async def test_a_page_of_another_kind_is_no_deletion(site: Site, reader: PreviewReader) -> None:
    site.answers.append(web.Response(text="<html>Please sign in</html>", content_type="text/html"))

    with pytest.raises(ReaderLostError, match="no preview page"):
        await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)


async def test_a_name_that_another_channel_has_taken(site: Site, reader: PreviewReader) -> None:
    site.post(1)
    site.channel_id = 99

    with pytest.raises(ChannelUnavailableError, match="another channel now") as caught:
        await reader.newest(CHANNEL_ID, RequestPriority.SWEEP)
    assert caught.value.state == "renamed"
