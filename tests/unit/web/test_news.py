"""New posts are announced to open pages; what waits for them is bounded."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from sinks.store.search.changes import ChangeCursor
from tests.support.pages import desk
from tests.support.pages.following import following, is_lost, place_of, until
from tests.support.pages.served import filled, pages_over
from tests.support.patience import DEADLINE_S
from web.serving import event_stream
from web.serving.event_stream import EventStream
from web.serving.followed_query import Follower
from web.serving.news import TooManyError


async def test_a_page_learns_how_many_posts_it_has_missed(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")

    async def use() -> None:
        place = await place_of(pages)
        async with (
            pages.news.following("", 0, place) as every,
            pages.news.following("lang:ru", 0, place) as russian,
            pages.news.following("tugs is:first", 0, place) as tugs,
        ):
            filler.write([desk.late_post(1), desk.late_post(2)])
            await until(lambda: (every.new, tugs.new) == (2, 2))
            assert russian.new == 0
            filler.write([desk.late_post(3, "Буксиры идут к мысу Марроу, паром пока стоит на мели.")])
            await until(lambda: (every.new, russian.new) == (3, 1))
            assert tugs.new == 2
            assert every.wakes.is_set()

    await following(pages, use)
    filler.close()


async def test_a_page_that_comes_back_learns_what_it_missed_meanwhile(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")

    async def use() -> None:
        place = await place_of(pages)
        filler.write([desk.late_post(1)])
        later = await place_of(pages)
        async with pages.news.following("", 0, later) as other:
            filler.write([desk.late_post(2)])
            await until(lambda: other.new == 1)
            async with pages.news.following("", 0, place) as back:
                await until(lambda: back.new == 2)
                assert other.new == 1  # nothing is counted twice for it

    await following(pages, use)
    filler.close()


async def test_news_go_on_while_a_page_that_was_away_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.store.search.changes._BATCH", 1)
    monkeypatch.setattr("web.serving.news._MOST_MISSED", 2)
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")
    news = pages.news
    posts = pages.readers.read_now(lambda rows, _: rows.rows("SELECT COUNT(*) FROM posts"))[0][0]
    async with news.following("", 0, await place_of(pages)) as live, news.following("", 0, ChangeCursor()) as back:
        await news._look()
        filler.write([desk.late_post(1)])
        await news._look()
        assert live.new == 1
        assert back.new < posts
        while back.new < posts + 1:
            await news._look()
        filler.write([desk.late_post(2)])
        await news._look()
        assert (live.new, back.new) == (2, posts + 2)
        assert (live.problem, back.problem) == ("", "")
    filler.close()
    pages.readers.close()


async def test_a_page_that_was_away_for_longer_than_changes_are_kept_says_so(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")
    old = await place_of(pages)
    filler.write([desk.late_post(1), desk.late_post(2), desk.late_post(3)])
    with closing(sqlite3.connect(tmp_path / "tgwire.db")) as store, store:
        store.execute("DELETE FROM changes WHERE seq <= ?", (old.number + 1,))

    async def use() -> None:
        place = await place_of(pages)
        async with (
            pages.news.following("", 0, old) as away,
            pages.news.following("tugs", 0, old) as away_with_query,
            pages.news.following("", 0, ChangeCursor(0, old.number + 1)) as just_in_time,
            pages.news.following("", 0, place) as fresh,
            pages.news.following("", 0, ChangeCursor(0, place.number + 1_000)) as of_another_store,
        ):
            await until(lambda: of_another_store.problem == "away too long")
            await until(lambda: (away.new, away_with_query.new, just_in_time.new) == (2, 2, 2))
            assert (away.problem, away_with_query.problem) == ("away too long", "away too long")
            assert away.wakes.is_set()
            assert (just_in_time.problem, fresh.problem, fresh.new) == ("", "", 0)

    await following(pages, use)
    filler.close()


async def test_a_page_that_was_away_too_long_and_comes_while_the_store_is_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    with closing(sqlite3.connect(tmp_path / "tgwire.db")) as store, store:
        store.execute("DELETE FROM changes WHERE seq <= 5")
    read, late = pages.readers.read, list[Follower]()
    async with AsyncExitStack() as stack:

        async def join_and_read(question: Any) -> Any:
            if not late:
                late.append(await stack.enter_async_context(pages.news.following("", 0, ChangeCursor(0, 2))))
            return await read(question)

        await stack.enter_async_context(pages.news.following("", 0, await place_of(pages)))
        monkeypatch.setattr(pages.readers, "read", join_and_read)
        await pages.news._look()
        await pages.news._look()
        assert late[0].problem == "away too long"
    pages.readers.close()


async def test_pages_learn_that_the_store_is_another_one(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")

    async def use() -> None:
        async with pages.news.following("", 0, await place_of(pages)) as open_before:
            await until(lambda: pages.news.newest_ms is not None)
            with closing(sqlite3.connect(tmp_path / "tgwire.db")) as store, store:
                store.execute("DELETE FROM changes WHERE seq > 3")
                store.execute("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'changes'")
            await until(lambda: open_before.problem == "away too long")
            async with pages.news.following("", 0, await place_of(pages)) as open_since:
                filler.write([desk.late_post(1)])
                await until(lambda: open_since.new == 1)
                assert open_since.problem == ""

    await following(pages, use)
    filler.close()


async def test_an_edit_and_a_post_further_down_are_no_news(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")

    async def use() -> None:
        place = await place_of(pages)
        newest = (await pages.read(lambda rows, _: rows.rows("SELECT max(id) FROM posts")))[0][0]
        async with pages.news.following("", newest, place) as top, pages.news.following("", 0, place) as whole:
            old = desk.late_post(1, minutes=120)
            filler.write([old, old.model_copy(update={"text": "Corrected.", "order": (old.order or 0) + 1})])
            await until(lambda: whole.new == 1)
            assert top.new == 0

    await following(pages, use)
    filler.close()


async def test_one_more_than_may_follow_is_refused_in_words(tmp_path: Path) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db", most_clients=2)
    async with pages.news.following("", 0, ChangeCursor()), pages.news.following("", 0, ChangeCursor()):
        with pytest.raises(TooManyError, match="2 pages may follow at once"):
            async with pages.news.following("", 0, ChangeCursor()):
                pass
    async with pages.news.following("", 0, ChangeCursor()):  # there is room again
        assert pages.news.clients == 1
    pages.readers.close()


async def test_pages_learn_when_the_store_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "tgwire.db"
    filled(path).close()
    pages = pages_over(path)

    async def use() -> None:
        async with pages.news.following("", 0, ChangeCursor()) as follower:
            await until(lambda: pages.news.newest_ms is not None)
            path.rename(tmp_path / "away")
            await until(lambda: is_lost(pages))
            assert follower.wakes.is_set()
            (tmp_path / "away").rename(path)
            await until(lambda: pages.news.is_reachable)

    await following(pages, use)


async def test_a_question_that_fails_does_not_end_the_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")

    def fail(*_: object) -> None:
        raise OverflowError("Python int too large to convert to SQLite INTEGER")

    async def use() -> None:
        async with pages.news.following("", 0, await place_of(pages)) as follower:
            await until(lambda: pages.news.newest_ms is not None)
            with monkeypatch.context() as broken:
                broken.setattr("web.serving.news.newest_post", fail)
                await until(lambda: not pages.news.is_reachable)
            await until(lambda: pages.news.is_reachable)
            store.write([desk.late_post(1)])
            await until(lambda: follower.new == 1)

    await following(pages, use)
    store.close()


async def test_a_page_that_comes_while_the_store_is_read_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db")
    read, late = pages.readers.read, list[Follower]()

    async def use() -> None:
        place = await place_of(pages)
        async with AsyncExitStack() as stack:

            async def join_and_read(question: Any) -> Any:
                if not late:
                    late.append(await stack.enter_async_context(pages.news.following("lang:en", 0, place)))
                    store.write([desk.late_post(1)])
                return await read(question)

            first = await stack.enter_async_context(pages.news.following("", 0, place))
            monkeypatch.setattr(pages.readers, "read", join_and_read)
            await until(lambda: bool(late) and (first.new, late[0].new) == (1, 1))

    await following(pages, use)
    store.close()


async def test_a_client_that_never_reads_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "STALLED_S", 0.05)
    follower = Follower("", 0, ChangeCursor())
    is_over = asyncio.Event()

    async def messages() -> AsyncIterator[str | None]:
        try:
            while True:
                yield f"{follower.new} new"
        finally:
            is_over.set()

    async def send(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async with asyncio.timeout(DEADLINE_S):
        await EventStream(messages)({"type": "http"}, receive, send)
        await is_over.wait()
