"""Hostile posts, names and addresses: they stay text, cost little, and are refused in words."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from schemas import Channel, ForwardOrigin, Lane, Media, MediaKind, RawPost
from sinks.store.errors import NewerStoreError
from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over
from web.server import serve_store
from web.serving.access import Access

SCRIPT = "</title></bdi></a><script>alert(1)</script><img src=x onerror=alert(1)>"
BIDI = "\u202egnp.exe\u2066\u200b"
NAME = f"{SCRIPT}\"'{BIDI}"
EVIL = Channel(id=1_500_000_066, username=f"evil{BIDI}<b>", title=NAME)
LARGE = 1_000_000


def _posts() -> Iterator[RawPost]:
    texts = (
        f"What the press writes:\n🔹 {NAME}: “quoted words that are long enough to be a quote”.\n"
        f"🔹 Financial Times{BIDI}: “other words that are long enough to be a quote”.",
        "A word and another one. " * (LARGE // 24),
        "x" * LARGE,
        "<" * 300_000,
        "\u202e" * 300_000 + "text",
        "a\u0301" * 300_000,
        "🔹 \n" * 200_000,
    )
    for number, text in enumerate(texts, 1):
        yield RawPost(
            channel=EVIL,
            message_id=number,
            posted_at=desk.NOW - timedelta(minutes=number),
            collected_at=desk.NOW,
            order=number,
            text=text,
            source=desk.SOURCE,
            lane=Lane.LIVE,
            media=(Media(kind=MediaKind.DOCUMENT, id=NAME[:60], file_name=f"../../{NAME}.pdf", mime_type=SCRIPT[:40]),),
            forward=ForwardOrigin(channel_id=1_400_000_066, channel_username="<i>\u202e", name=NAME),
        )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filler = filled(path)
    filler.write(_posts())
    filler.close()
    with client_of(pages_over(path)) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=words",
        "/stories?channels=1",
        "/quotes",
        "/quotes?outlet=financial-times",
        "/spread?copies=1",
        "/channels",
        f"/channels/{EVIL.id}",
        f"/post/tg:{EVIL.id}:1",
        f"/search?q=words+channel:{EVIL.id}",
        "/search?q=%22%E2%80%AE%3Cscript%3Ealert(1)%3C/script%3E%22",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E:",
        "/search?q=channel:@evil%E2%80%AE",
        "/channels?added=%3Cscript%3Ealert(1)",
        "/?lang=%3Cscript%3E",
    ],
)
def test_markup_and_bidi_in_names_stay_text(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code in (200, 400)
    text = re.sub(r'<input id="q"[^>]*>', "", page.text)  # what the reader wrote
    for unfit in ("<script>alert", "<img src=x", "\u202e", "\u2066", "<i>", "<b>\u202e"):
        assert unfit not in text, unfit


@pytest.mark.parametrize("number", range(2, 8))
def test_a_post_of_a_megabyte_is_a_row_a_page_and_a_record(client: TestClient, number: int) -> None:
    started = time.process_time()
    key = f"tg:{EVIL.id}:{number}"
    page = client.get(f"/post/{key}")
    assert page.status_code == 200
    assert client.get(f"/api/posts/{key}").json()["key"] == key
    assert time.process_time() - started < 30


def test_lists_of_posts_of_a_megabyte_are_light(client: TestClient) -> None:
    assert len(client.get(f"/channels/{EVIL.id}").content) < 150_000
    assert len(client.get("/").content) < 200_000
    lines = client.get(f"/channels/{EVIL.id}?format=jsonl").text.splitlines()
    assert max(len(json.loads(line)["text"]) for line in lines) >= LARGE - 24  # an export leaves nothing out
    assert client.get(f"/channels/{EVIL.id}?format=rss").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "(" * 1_900,
        "NOT " * 400 + "a",
        '"' * 1_999,
        "a* " * 600,
        " OR ".join(f"w{number}" for number in range(250)),
        " ".join(["lang:ru"] * 200),
        "after:9999-99-99",
        "story.channels:>99999999999999999999",
        "\x00'; DROP TABLE posts; --",
        "\\" * 500,
        "٣" * 100,
        "\ud7ff\uffff" * 10,
    ],
)
def test_a_hostile_query_is_answered_or_refused_in_words(client: TestClient, query: str) -> None:
    for path in ("/search", "/api/posts", "/search?format=csv"):
        answer = client.get(path, params={"q": query, **({"format": "csv"} if "csv" in path else {})})
        assert answer.status_code in (200, 400, 503), (path, answer.status_code)
        assert "Traceback" not in answer.text
        assert "Internal Server Error" not in answer.text


@pytest.mark.parametrize(
    "cursor", ["-1", "1e9", "0x10", "٣", "９", " 1", "1 ", "+1", "9" * 400, "1\x00", "null", "1;2"]
)
def test_a_hostile_cursor_is_refused(client: TestClient, cursor: str) -> None:
    for path in ("/", "/search?q=ferry", "/api/posts", f"/channels/{EVIL.id}"):
        url, _, query = path.partition("?")
        assert client.get(url, params={"before": cursor, "q": query.removeprefix("q=")}).status_code == 400


def test_the_api_names_a_filter_that_it_does_not_have(client: TestClient) -> None:
    answer = client.get("/api/posts?langs=ru")
    assert answer.status_code == 400
    assert answer.json()["error"] == "langs: no such parameter; known: q, order, before, limit"
    assert client.get("/api/posts/tg:1:2?x=1").json()["error"] == "x: no such parameter; it takes none"
    assert client.get("/api/posts?" + "&".join(["limit=1"] * 500)).status_code == 200


def test_a_store_of_a_newer_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tgwire.db"
    filled(path).close()
    pages = pages_over(path)
    with client_of(pages) as client:
        assert client.get("/").status_code == 200
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 999")
        database.commit()
        database.close()
        pages.readers._idle.clear()
        page = client.get("/")
        assert page.status_code == 503
        assert "A newer tgwire wrote this store" in page.text
        assert "this one knows" in page.text
        assert client.get("/api/posts").json()["error"] == "A newer tgwire wrote this store"
    with pytest.raises(NewerStoreError, match="written by a newer tgwire"):
        serve_store(f"sqlite:{path}", Access("127.0.0.1"), port=0)
