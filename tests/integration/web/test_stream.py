"""The stream of news in a real Chromium: opened on every line, tried again, and never called live when it is not."""

from playwright.sync_api import Page, Route, expect

from tests.support.pages.browser import NEEDS_CHROMIUM
from tests.support.pages.open_desk import Desk

pytestmark = NEEDS_CHROMIUM
TIMERS = "() => new Promise((done) => setTimeout(done))"
"""Waits until the timers that scripts have set so far have run."""


def _follows(desk: Desk, page: Page) -> None:
    """A new post is announced: the stream is open."""
    desk.post()
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
