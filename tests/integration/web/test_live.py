"""The stream of news as a client of HTTP reads it."""

import urllib.error
import urllib.request
from itertools import islice
from pathlib import Path

import pytest

from schemas.times import HOUR_MS
from sinks.store.search.changes import last_place
from tests.support.pages import desk
from tests.support.pages.served import filled, pages_over, served
from tests.support.patience import DEADLINE_S


def test_the_stream_says_how_many_posts_are_new_and_that_it_is_full(tmp_path: Path) -> None:
    filler = filled(tmp_path / "tgwire.db")
    pages = pages_over(tmp_path / "tgwire.db", most_clients=1)
    place = pages.readers.read_now(last_place)
    with served(pages) as url:
        live = f"{url}/live?place={place}&from=0&lang=en"
        with urllib.request.urlopen(live, timeout=DEADLINE_S) as stream:
            assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert stream.headers["cache-control"] == "no-store"
            assert stream.readline() == b": alive\n"
            filler.write([desk.late_post(1), desk.late_post(2)])
            message = next(line for line in stream if b"new post" in line).decode()
            assert message.startswith('data: <a class="button" href="/?lang=en"')
            assert "2 new posts" in message
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(live, timeout=DEADLINE_S)
            with refused.value as answer:
                assert answer.code == 503
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
                assert "1 page may follow at once, and others do; this one does not." in answer.read().decode()
    filler.close()


def test_a_quiet_stream_says_how_old_the_newest_post_has_become(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    monkeypatch.setattr("web.views.live.BEAT_S", 0.05)
    place = pages.readers.read_now(last_place)
    with served(pages) as url, urllib.request.urlopen(f"{url}/live?place={place}", timeout=DEADLINE_S) as stream:
        first = next(line for line in stream if b"data: " in line).decode()
        assert "up to date at" in first
        assert "<span>live, " in first
        now_ms = pages.now_ms()
        pages.now_ms = lambda: now_ms + 5 * HOUR_MS
        later = next(line for line in islice(stream, 500) if b"<span>newest 5 h" in line).decode()
        assert "up to date at" not in later  # what is new is announced when it changes, not at each beat


def test_who_asks_for_headers_alone_follows_nothing(tmp_path: Path) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    with served(pages) as url:
        head = urllib.request.Request(f"{url}/live?place=0-0", method="HEAD")
        with urllib.request.urlopen(head, timeout=DEADLINE_S) as answer:
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert pages.news.clients == 0
