"""The stream of news in a real Chromium: opened on every line, tried again, and never called live when it is not."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.pages import desk
from tests.support.pages.browser import NEEDS_CHROMIUM
from tests.support.pages.open_desk import Desk

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
    page.clock.fast_forward(3 * 86_400_000)
    expect(live).to_have_text("newest 3 days ago")
