"""The stream of news in a real Chromium: opened on every line, tried again, and never called live when it is not."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from schemas.times import DAY_MS
from tests.support.pages import desk
from tests.support.pages.browser import NEEDS_CHROMIUM
from tests.support.pages.open_desk import Desk
from tests.support.patience import DEADLINE_S

pytestmark = NEEDS_CHROMIUM
TIMERS = "() => new Promise((done) => setTimeout(done))"
"""Waits until the timers that scripts have set so far have run."""


def _follows(open_desk: Desk, page: Page) -> None:
    """A new post is announced: the stream is open."""
    open_desk.post()
    expect(page.locator(".newbar .button")).to_contain_text("new post")


def test_the_stream_is_opened_when_its_script_comes_late(open_desk: Desk, page: Page) -> None:
    held: list[Route] = []
    page.route("**/hx-sse.min.js", lambda route: held.append(route))
    page.goto(open_desk.url, wait_until="commit")
    page.wait_for_function("() => window.htmx")
    page.evaluate(TIMERS)
    while not held:
        page.evaluate(TIMERS)
    held[0].continue_()
    _follows(open_desk, page)


@pytest.mark.parametrize("status", [None, 503])
def test_a_first_connection_that_fails_is_tried_again(open_desk: Desk, page: Page, status: int | None) -> None:
    page.route("**/live?*", lambda route: route.fulfill(status=status) if status else route.abort())
    page.goto(open_desk.url)
    expect(page.locator("#live")).to_contain_text("not live, last ")
    page.unroute("**/live?*")
    _follows(open_desk, page)
    expect(page.locator("#live")).not_to_contain_text("not live")


PROXY = "<!doctype html><title>Gateway</title>\ndata: <h1>Bad Gateway</h1>\n\n<p>nginx</p>"


def _shows_nothing_of_the_proxy(page: Page) -> None:
    expect(page.locator("#live")).to_contain_text("not live, last ")
    expect(page.locator(".state")).to_have_text(re.compile(r"up to date at|new post"))
    expect(page.locator("body")).not_to_contain_text("Gateway")
    expect(page.locator("body")).not_to_contain_text("nginx")


@pytest.mark.parametrize("status", [200, 403, 502, 504])
def test_only_an_event_stream_is_taken_at_first(open_desk: Desk, page: Page, status: int) -> None:
    page.route("**/live?*", lambda route: route.fulfill(status=status, content_type="text/html", body=PROXY))
    page.goto(open_desk.url)
    _shows_nothing_of_the_proxy(page)
    page.unroute("**/live?*")
    _follows(open_desk, page)
    expect(page.locator("#live")).not_to_contain_text("not live")


@pytest.mark.parametrize("status", [200, 502])
def test_only_an_event_stream_is_taken_when_the_page_connects_again(open_desk: Desk, page: Page, status: int) -> None:
    page.clock.install()
    page.goto(open_desk.url)
    _follows(open_desk, page)
    page.route("**/live?*", lambda route: route.fulfill(status=status, content_type="text/html", body=PROXY))
    for _ in range(3):
        with page.expect_response("**/live?*"):
            page.clock.fast_forward(46_000)  # as long as a page waits for a message
        page.evaluate(TIMERS)
        _shows_nothing_of_the_proxy(page)
    page.unroute("**/live?*")
    expect(page.locator("#live")).not_to_contain_text("not live")


def test_a_page_too_many_says_so_and_follows_when_there_is_room(
    open_desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_desk.pages.news, "most_clients", 0)
    page.goto(open_desk.url)
    expect(page.locator(".state")).to_contain_text("may follow at once, and others do; this one does not")
    expect(page.locator("#live")).to_contain_text("not live, last ")
    monkeypatch.setattr(open_desk.pages.news, "most_clients", 10)
    _follows(open_desk, page)
    expect(page.locator("#live")).not_to_contain_text("not live")


def test_a_hidden_page_holds_no_stream(open_desk: Desk, page: Page) -> None:
    def turn(is_hidden: str) -> None:
        page.evaluate(
            f"() => {{ Object.defineProperty(document, 'hidden', {{ value: {is_hidden}, configurable: true }});"
            " document.dispatchEvent(new Event('visibilitychange')); }"
        )

    before = open_desk.pages.news.clients
    page.goto(open_desk.url)
    _follows(open_desk, page)
    turn("true")
    deadline = time.monotonic() + DEADLINE_S
    while open_desk.pages.news.clients > before:
        assert time.monotonic() < deadline
        page.evaluate(TIMERS)
    turn("false")
    _follows(open_desk, page)
    expect(page.locator("#live")).not_to_contain_text("not live")


def test_a_connection_that_has_fallen_silent_is_not_live_and_is_opened_again(open_desk: Desk, page: Page) -> None:
    page.clock.install()
    page.goto(open_desk.url)
    _follows(open_desk, page)
    page.route("**/live?*", lambda route: route.abort())
    page.clock.fast_forward(46_000)
    expect(page.locator("#live")).to_contain_text("not live, last ")
    page.unroute("**/live?*")
    expect(page.locator("#live")).not_to_contain_text("not live")


def test_a_quiet_page_is_live_again_and_keeps_its_button(
    open_desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.live.BEAT_S", 0.2)
    page.goto(open_desk.url)
    _follows(open_desk, page)
    page.locator(".newbar .button").focus()
    page.evaluate("() => { document.querySelector('#live span').textContent = 'of before'; }")
    expect(page.locator("#live")).to_contain_text("live, ")
    expect(page.locator(".newbar .button")).to_be_focused()


def test_a_page_without_a_stream_gets_older(open_desk: Desk, page: Page) -> None:
    page.clock.install(time=desk.NOW)
    page.goto(open_desk.address("channels"))
    live = page.locator("#live")
    expect(live).to_contain_text("live, ")
    page.clock.fast_forward(70 * 60_000)
    expect(live).to_contain_text(re.compile(r"^newest 1 h \d\d ago$"))
    expect(live).to_have_class("live none")
    page.clock.fast_forward(3 * DAY_MS)
    expect(live).to_have_text("newest 3 days ago")
