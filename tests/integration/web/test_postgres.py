"""The pages over PostgreSQL say what they say over SQLite."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over

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
        found[path] = re.sub(r"place=\d+-\d+", "", answer.text)
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
