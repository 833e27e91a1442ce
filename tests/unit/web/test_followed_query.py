"""A followed query that is slow or fails costs its own pages some news, and nobody else."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import DUPLICATES
from sinks.store.database import Reader
from sinks.store.errors import QueryTimeoutError
from sinks.store.search.changes import ChangeCursor, last_place
from sinks.store.search.searching import find_ids
from tests.support.pages import desk
from tests.support.pages.filling import Filler
from tests.support.pages.following import following, place_of, until
from tests.support.pages.served import filled, pages_over
from tests.support.patience import DEADLINE_S
from web.pages import Pages
from web.serving import followed_query
from web.serving.followed_query import Arrival, ArrivedBatch, FollowedQuery, Follower

SLOW = "story.channels:>=1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Filler]:
    filler = filled(tmp_path / "tgwire.db")
    yield filler
    filler.close()


@pytest.fixture
def pages(store: Filler, tmp_path: Path) -> Pages:
    return pages_over(tmp_path / "tgwire.db")


class Slow:
    """Answers the slow query only when it may, as if it took longer than a reader waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.gives_up = threading.Event()
        self.asked = 0
        self.error: Exception | None = error
        monkeypatch.setattr(followed_query, "find_ids", self._find_ids)

    def _find_ids(self, reader: Reader, dialect: Any, tree: Any, *rest: Any) -> list[int]:
        if type(tree).__name__ == "Story":
            self.asked += 1
            assert self.gives_up.wait(DEADLINE_S)
            if self.error is not None:
                raise self.error
        return find_ids(reader, dialect, tree, *rest)


async def test_a_slow_query_holds_nobody_else_up_and_is_named(
    pages: Pages, store: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_query = Slow(monkeypatch, QueryTimeoutError("tgwire.db: the query took too long"))

    async def use() -> None:
        place = await place_of(pages)
        async with (
            pages.news.following(SLOW, 0, place) as slow,
            pages.news.following("tugs", 0, place) as tugs,
            pages.news.following("", 0, place) as every,
        ):
            store.write([desk.late_post(1)])
            await until(lambda: (every.new, tugs.new, slow_query.asked) == (1, 1, 1))  # while the slow one is at work
            slow_query.gives_up.set()
            await until(lambda: slow.problem != "")
            assert slow.problem == "slow search: not all counted"
            assert slow.wakes.is_set()
            store.write([desk.late_post(2)])
            await until(lambda: (every.new, tugs.new) == (2, 2))
            assert slow_query.asked == 1  # it rests
            assert (every.problem, tugs.problem) == ("", "")
            assert pages.news.is_reachable

    await following(pages, use)


async def test_a_query_that_was_slow_is_asked_again_after_a_rest(
    pages: Pages, store: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed_query, "REST_S", 0.0)
    slow_query = Slow(monkeypatch, QueryTimeoutError("tgwire.db: the query took too long"))
    slow_query.gives_up.set()

    async def use() -> None:
        async with pages.news.following(SLOW, 0, await place_of(pages)) as slow:
            store.write([desk.late_post(1)])
            await until(lambda: slow.problem != "")
            slow_query.error = None
            store.write([desk.late_post(2)])
            await until(lambda: slow_query.asked >= 2)
            await until(lambda: slow.place == pages.readers.read_now(last_place))
            assert slow.problem != ""  # the first is still missing in its number

    await following(pages, use)


async def test_a_query_that_fails_is_named_to_its_own_page(
    pages: Pages, store: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    Slow(monkeypatch, OverflowError("Python int too large to convert to SQLite INTEGER")).gives_up.set()

    async def use() -> None:
        place = await place_of(pages)
        async with pages.news.following(SLOW, 0, place) as bad, pages.news.following("tugs", 0, place) as tugs:
            store.write([desk.late_post(1)])
            await until(lambda: (bad.problem, tugs.new) == ("new hits cannot be counted", 1))
            assert pages.news.is_reachable

    await following(pages, use)


async def test_a_slow_query_rests_though_its_page_is_loaded_again(
    pages: Pages, store: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_query = Slow(monkeypatch, QueryTimeoutError("tgwire.db: the query took too long"))
    slow_query.gives_up.set()

    async def use() -> None:
        async with pages.news.following("tugs", 0, await place_of(pages)) as tugs:
            async with pages.news.following(SLOW, 0, await place_of(pages)) as slow:
                store.write([desk.late_post(1)])
                await until(lambda: slow.problem != "" and tugs.new == 1)
            store.write([desk.late_post(2)])
            await until(lambda: tugs.new == 2)
            async with pages.news.following(SLOW, 0, await place_of(pages)) as again:
                store.write([desk.late_post(3)])
                await until(lambda: again.problem == "slow search: not all counted")
                assert slow_query.asked == 1

    await following(pages, use)


async def test_a_question_for_a_page_that_has_gone_ends_with_the_server(
    pages: Pages, store: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_query = Slow(monkeypatch, QueryTimeoutError("tgwire.db: the query took too long"))
    before = asyncio.all_tasks()

    async def use() -> None:
        async with pages.news.following("tugs", 0, await place_of(pages)) as tugs:
            async with pages.news.following(SLOW, 0, await place_of(pages)):
                store.write([desk.late_post(1)])
                await until(lambda: slow_query.asked == 1)
            store.write([desk.late_post(2)])
            await until(lambda: tugs.new == 2)
            threading.Timer(0.05, slow_query.gives_up.set).start()  # after the server, too: the thread has to end

    await following(pages, use)
    assert asyncio.all_tasks() == before


async def test_a_query_is_asked_only_about_what_its_pages_wait_for(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[int, ...] | None]()

    def answer(*arguments: Any) -> list[int]:
        asked.append(arguments[4].among)
        return [13]

    monkeypatch.setattr(followed_query, "find_ids", answer)
    query = FollowedQuery("tugs", pages.readers, asyncio.Semaphore())
    early, late = Follower("tugs", 0, ChangeCursor(0, 2)), Follower("tugs", 0, ChangeCursor(0, 3))
    arrivals = tuple(Arrival(ChangeCursor(0, number), 10 + number) for number in range(1, 5))
    query.take(ArrivedBatch(arrivals, ChangeCursor(0, 4), frozenset({early, late})))
    await until(lambda: early.place == ChangeCursor(0, 4))
    assert asked == [(13, 14)]
    assert (early.new, late.new) == (1, 0)
    await query.close()
    pages.readers.close()


async def test_a_query_that_does_not_keep_up_is_named(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_query, "MOST_WAITING", 3)
    query = FollowedQuery("tugs", pages.readers, asyncio.Semaphore())
    page = Follower("tugs", 0, ChangeCursor())
    for number in (1, 3):
        assert page.problem == ""
        arrivals = tuple(Arrival(ChangeCursor(0, each), each) for each in (number, number + 1))
        query.take(ArrivedBatch(arrivals, arrivals[-1].place, frozenset({page})))
    assert page.problem == "slow search: not all counted"
    await query.close()
    pages.readers.close()


async def test_a_post_counts_as_what_is_found_out_about_it_later(pages: Pages, store: Filler) -> None:
    text = (
        "The tugs left the harbour at noon and will reach Marrow Point before the ferry's crew has to leave the ship."
    )
    original = desk.late_post(1, text)
    copy = original.model_copy(update={"channel": desk.ISLAND, "message_id": 9_001})
    held = list[list[tuple[str, bytes | None]]]()
    send = store.send

    def hold_verdicts(topic: str, values: list[tuple[str, bytes | None]]) -> None:
        if topic == DUPLICATES.name:
            held.append(values)
        else:
            send(topic, values)

    async with AsyncExitStack() as stack:
        place = await place_of(pages)
        queries = ("is:first", "is:copy", "story.channels:>=2", "is:edited", "tugs")
        followers = [await stack.enter_async_context(pages.news.following(query, 0, place)) for query in queries]
        edited = followers[3]

        def numbers() -> tuple[int, ...]:
            return tuple(each.new for each in followers)

        async def use() -> None:
            store.send = hold_verdicts  # type: ignore[method-assign]
            store.write([original, copy])
            end = await place_of(pages)
            # All are asked about the posts before anything else is known of them.
            await until(lambda: {each.place for each in followers} == {end})
            assert numbers() == (2, 0, 0, 0, 2)
            for values in held:
                send(DUPLICATES.name, values)
            await until(lambda: numbers() == (1, 1, 2, 0, 2))
            for change in (1, 2):  # the second is no other post
                edit = {"text": f"{text} Correction {change}.", "order": (original.order or 0) + change}
                store.write([original.model_copy(update=edit)])
                end = await place_of(pages)
                await until(lambda end=end: edited.place == end)  # type: ignore[misc]
                assert numbers() == (1, 1, 2, 1, 2)
            assert not any(each.problem for each in followers)

        await following(pages, use)


TUGS = "The tugs left the harbour at noon and will reach Marrow Point before the ferry's crew has to leave the ship."


async def test_all_posts_of_a_story_that_grows_into_a_hit_count_and_none_that_the_page_shows(
    pages: Pages, store: Filler
) -> None:
    original = desk.late_post(1, TUGS)
    store.write([original])
    found = await pages.read(lambda rows, _: rows.rows("SELECT id FROM posts ORDER BY id DESC LIMIT 1"))
    before = await place_of(pages)
    assert original.posted_at is not None
    copies = [
        original.model_copy(
            update={"channel": channel, "posted_at": original.posted_at + timedelta(minutes=number)},
        )
        for number, channel in enumerate(desk.CHANNELS[5:7], start=1)
    ]

    async def use() -> None:
        query = "story.channels:>=2"
        async with (
            pages.news.following(query, 0, before) as whole,
            pages.news.following(query, found[0][0], before) as top,
        ):
            store.write(copies[:1])
            await until(lambda: (whole.new, top.new) == (2, 1))  # the original is below what the second one shows
            page = await pages.read(lambda rows, _: rows.rows("SELECT id FROM posts ORDER BY id DESC LIMIT 2"))
            shown = frozenset(number for (number,) in page)
            async with pages.news.following(query, 0, await place_of(pages), shown) as reloaded:
                store.write(copies[1:])
                await until(lambda: (whole.new, top.new, reloaded.new) == (3, 2, 1))

    await following(pages, use)
