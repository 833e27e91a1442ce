"""Answers that take long: worked out once for all who ask, and given again for a while in proportion to their cost."""

import asyncio
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from sinks.store.database import Dialect, Reader
from sinks.store.errors import QueryTimeoutError, StoreUnavailableError
from sinks.store.reading.channels import choices
from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over
from web.serving.answer_cache import AnswerCache
from web.serving.readers import Readers
from web.views.search import _counts as counts

T = TypeVar("T")


class Store:
    """A store that counts what it is asked, and whose answers take as long as it is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock_s, self.cost_s, self.asked = 100.0, 1.0, 0
        self.is_away = self.is_slow = False
        self.timeout_s = 2.0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.answers = AnswerCache(cast(Readers, self), now=lambda: self.clock_s)
        monkeypatch.setattr("web.serving.answer_cache.time.thread_time", lambda: self.clock_s)

    async def read(self, question: Callable[[Reader, Dialect], T]) -> T:
        await self.may_answer.wait()
        return question(cast(Reader, self), Dialect.SQLITE)

    async def ask(self, key: str = "spread", otherwise: int | None = None, least_s: float = 0.0) -> int:
        return await self.answers.read(key, self._answer, otherwise, least_s=least_s)

    async def settled(self) -> None:
        """Until nothing is being worked out."""
        while self.answers._asked:
            await asyncio.sleep(0)

    def _answer(self, _: Reader, __: Dialect) -> int:
        self.asked += 1
        self.clock_s += self.cost_s
        if self.is_away:
            raise StoreUnavailableError("gone")
        if self.is_slow:
            raise QueryTimeoutError("took too long")
        return self.asked


def test_an_answer_is_given_again_for_twenty_times_as_long_as_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        await store.ask()
        store.clock_s += 19.9
        await store.ask()
        await store.settled()
        return [store.asked, await store.ask()]

    assert asyncio.run(walk()) == [1, 1]


def test_whoever_comes_while_a_newer_answer_is_worked_out_has_the_old_one_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        await store.ask()
        store.clock_s += 20.1
        store.may_answer.clear()
        found = [await store.ask(), await store.ask()]
        store.may_answer.set()
        await store.settled()
        return [*found, await store.ask(), store.asked]

    assert asyncio.run(walk()) == [1, 1, 2, 2]


def test_an_old_answer_is_given_no_longer_than_twice_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        found = [await store.ask()]
        store.clock_s += 40.1
        return [*found, await store.ask()]

    assert asyncio.run(walk()) == [1, 2]


def test_an_answer_that_did_not_take_long_is_old_for_some_seconds_before_anybody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def walk(cost_s: float, later_s: float) -> int:
        store = Store(monkeypatch)
        store.cost_s = cost_s
        await store.ask()
        store.clock_s += later_s
        found = await store.ask()
        await store.settled()
        return found

    assert asyncio.run(walk(0.05, 5.9)) == 1  # 1 s, and 5 s more
    assert asyncio.run(walk(0.05, 6.1)) == 2
    assert asyncio.run(walk(0.2, 13.9)) == 1  # 4 s, and 10 s more
    assert asyncio.run(walk(0.2, 14.1)) == 2


def test_what_hardly_changes_is_kept_however_quickly_it_was_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        store.cost_s = 0.001
        found = [await store.ask(least_s=5.0)]
        store.clock_s += 4.9
        found.append(await store.ask(least_s=5.0))
        await store.settled()
        store.clock_s += 5.2
        return [*found, await store.ask(least_s=5.0)]

    assert asyncio.run(walk()) == [1, 1, 2]


def test_a_newer_answer_that_fails_leaves_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        await store.ask()
        store.clock_s += 20.1
        store.is_away = True
        found = [await store.ask()]
        await store.settled()
        return [*found, await store.ask()]

    assert asyncio.run(walk()) == [1, 1]


def test_no_answer_is_older_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        store.cost_s = 30.0
        found = [await store.ask()]
        store.clock_s += 60.1
        return [*found, await store.ask()]

    assert asyncio.run(walk()) == [1, 2]


def test_what_is_quickly_worked_out_is_always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        store.cost_s = 0.009
        return [await store.ask(), await store.ask()]

    assert asyncio.run(walk()) == [1, 2]


def test_who_asks_the_same_at_once_waits_for_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> tuple[list[int], int]:
        store = Store(monkeypatch)
        store.cost_s = 0.0
        store.may_answer.clear()
        asking = [asyncio.create_task(store.ask()) for _ in range(5)]
        other = asyncio.create_task(store.ask("stories"))
        await asyncio.sleep(0)
        asking[0].cancel()  # its reader has gone away
        store.may_answer.set()
        found = await asyncio.gather(*asking[1:], other)
        return found, store.asked

    assert asyncio.run(walk()) == ([1, 1, 1, 1, 2], 2)


def test_a_failure_reaches_all_who_wait_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> int:
        store = Store(monkeypatch)
        store.is_away = True
        found = await asyncio.gather(store.ask(), store.ask(), return_exceptions=True)
        assert [type(each) for each in found] == [StoreUnavailableError] * 2
        store.is_away = False
        return await store.ask()

    assert asyncio.run(walk()) == 2


def test_what_takes_too_long_has_another_answer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        store.is_slow = True
        found = [await store.ask(otherwise=0)]
        store.is_slow = False
        store.clock_s += 59.0
        found.append(await store.ask(otherwise=0))
        await store.settled()
        return [*found, await store.ask(otherwise=0)]

    assert asyncio.run(walk()) == [0, 0, 2]


def test_without_another_answer_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch)
    store.is_slow = True
    with pytest.raises(QueryTimeoutError):
        asyncio.run(store.ask())


def test_the_answer_that_was_asked_for_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[int]:
        store = Store(monkeypatch)
        for number in range(64):
            await store.ask(f"span {number}")
            store.cost_s = 0.02
        await store.ask("span 0")
        await store.ask("one more")
        return [await store.ask("span 0"), await store.ask("span 1")]

    assert asyncio.run(walk()) == [1, 66]


def test_pages_that_look_at_long_spans_ask_the_store_once_for_all_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.serving.answer_cache.QUICK_S", 0.0)
    monkeypatch.setattr("web.serving.answer_cache.AGAIN", 1_000_000)
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    with client_of(pages) as client:
        for path in ("/spread?copies=1", "/stories", "/quotes", "/api/spread", "/api/stories"):
            first = client.get(path)
            with monkeypatch.context() as away:
                away.setattr(pages.readers, "read_now", None)
                assert client.get(path).text == first.text


def test_facets_are_counted_once_for_all_pages_of_a_search_and_its_hits_are_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.serving.answer_cache.QUICK_S", 0.0)
    monkeypatch.setattr("web.serving.answer_cache.AGAIN", 1_000_000)
    filler = filled(tmp_path / "tgwire.db")
    asked = list[int]()

    def count(*arguments: Any) -> Any:
        asked.append(len(arguments[2]))
        return counts(*arguments)

    monkeypatch.setattr("web.views.search._counts", count)
    with client_of(pages_over(tmp_path / "tgwire.db")) as client:
        first = client.get("/search?q=ferry&limit=1").text
        older = re.search(r'rel="next" href="([^"]*)"', first)
        assert older is not None
        assert client.get(html.unescape(older[1])).status_code == 200
        filler.write([desk.late_post(1, "The ferry is afloat again.")])
        assert "afloat again" in client.get("/search?q=ferry").text
        assert len(asked) == 1
        client.get("/search?q=tugs")
        assert len(asked) == 2
    filler.close()


def test_what_the_feed_offers_to_choose_from_is_read_once_for_all_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "tgwire.db").close()
    read = list[int]()

    def known(reader: Reader, limit: int) -> Any:
        read.append(limit)
        return choices(reader, limit)

    monkeypatch.setattr("web.views.feed.choices", known)
    pages = pages_over(tmp_path / "tgwire.db")
    pages.answers.now = lambda: 100.0
    with client_of(pages) as client:
        found = [client.get(path).text for path in ("/", "/?lang=ru", "/")]
    assert [page.count('<option value="@harbour_wire"') for page in found] == [1, 1, 1]
    assert len(read) == 1
