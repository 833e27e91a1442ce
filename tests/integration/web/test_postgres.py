"""The pages over PostgreSQL say what they say over SQLite."""

import html
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sinks.store.opening import open_reader
from sinks.store.search.changes import ChangeCursor, last_place
from tests.support.pages import desk
from tests.support.pages.filling import Filler
from tests.support.pages.following import following, until
from tests.support.pages.served import client_of, filled, pages_over
from tgwire.cli.commands.tail import MatchingPosts

FERRY = f"tg:{desk.HARBOUR.id}:101"
NOON_MS = round(desk.NOW.timestamp() * 1000)
PATHS = ("/", "/?lang=ru&has=media", "/search?q=ferry", "/stories", "/stories?by=views", "/quotes", "/spread?copies=1",
         "/channels", f"/post/{FERRY}", f"/channels/{desk.HARBOUR.id}", "/api/posts", f"/api/posts/{FERRY}",
         "/api/channels", "/api/spread", "/api/stories", "/?format=rss",
         "/spread?copies=1&format=rss", "/spread?copies=1&limit=1", "/channels?format=atom", "/quotes?order=repeated",
         f"/quotes?after=9.{NOON_MS}.{FERRY}.0", f"/quotes?order=repeated&after=9.{NOON_MS}.{FERRY}.0",
         f"/api/quotes?outlet=guardian&after=0.{NOON_MS * 2}.{FERRY}.0", f"/api/stories/1?after=0.{FERRY}",
         "/channels/@TIDE_table")  # fmt: skip


def answers(client: TestClient) -> dict[str, str]:
    found = {}
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 200, path
        # places among the changes are the database's own
        found[path] = re.sub(r"place=[\d.-]+", "", answer.text)
    return found


def test_both_databases_give_the_same_pages(tmp_path: Path, postgres_database: str) -> None:
    pytest.importorskip("psycopg")
    found = []
    for store in (tmp_path / "tgwire.db", postgres_database):
        filled(store).close()
        with client_of(pages_over(store)) as client:
            found.append(answers(client))
    sqlite, postgres = found
    assert {path for path in PATHS if sqlite[path] != postgres[path]} == set()


@pytest.fixture
def filler(postgres_database: str) -> Iterator[Filler]:
    pytest.importorskip("psycopg")
    filler = filled(postgres_database)
    yield filler
    filler.close()


@pytest.fixture
def running(filler: Filler, postgres_database: str) -> Iterator[Any]:
    """A transaction of another writer, which has begun and goes on."""
    import psycopg

    with psycopg.connect(postgres_database) as writer:
        writer.execute("INSERT INTO changes(key, what) VALUES(%s, 'record')", (FERRY,))
        yield writer


async def test_what_a_page_shows_is_no_news_and_what_comes_is_while_an_older_transaction_goes_on(
    postgres_database: str, filler: Filler, running: Any
) -> None:
    filler.write([desk.late_post(1)])
    pages = pages_over(postgres_database)
    places = []
    with client_of(pages_over(postgres_database)) as client:
        for path in ("/", "/search?q=tugs"):
            text = html.unescape(client.get(path).text)
            assert "Tugs are on their way to Marrow Point. No. 1." in re.sub("<[^>]*>", "", text)
            found = re.search(r"/live\?place=([\d.-]+)", text)
            assert found is not None
            places.append(ChangeCursor.parse(found[1]))

    async def use() -> None:
        async with pages.news.following("", 0, places[0]) as feed, pages.news.following("tugs", 0, places[1]) as tugs:
            filler.write([desk.late_post(2)])
            await until(lambda: (feed.new, tugs.new) == (1, 1))
            running.commit()
            filler.write([desk.late_post(3)])
            await until(lambda: (feed.new, tugs.new) == (2, 2))
            end = await pages.read(last_place)
            await until(lambda: feed.place >= end)
            assert (feed.new, tugs.new, feed.problem) == (2, 2, "")

    await following(pages, use)


def test_tail_shows_a_post_once_and_at_once_while_an_older_transaction_goes_on(
    postgres_database: str, filler: Filler, running: Any
) -> None:
    filler.write([desk.late_post(1)])
    with closing(open_reader(postgres_database)) as reader:
        tail = MatchingPosts(reader, None)
        assert tail.newest(0) == []
        filler.write([desk.late_post(2)])
        shown = [post.message_id for post in tail.new()]
        assert shown == [desk.late_post(2).message_id]
        running.execute("INSERT INTO changes(key, what) VALUES(%s, 'new')", (FERRY,))
        running.commit()
        assert [post.key for post in tail.new()] == [FERRY]  # that change, and none that was there before
        assert tail.new() == []
