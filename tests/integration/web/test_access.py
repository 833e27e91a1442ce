"""Access to the pages in a real Chromium: rules, contrast, width, and what has the focus."""

import pytest
from playwright.sync_api import Browser, Page

from tests.support.pages.browser import (
    ARGUMENTS,
    AXE,
    CONTRAST,
    FOCUS,
    NEEDS_CHROMIUM,
    RUN_AXE,
    find_chromium,
    new_context,
)
from tests.support.pages.open_desk import VIEWS, Desk

pytestmark = NEEDS_CHROMIUM
WIDTHS = (1440, 1024, 390, 320)
NEXT_FRAME = "() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))"
"""Waits until the layout of a new width is shown."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_is_accessible_and_never_wider_than_the_screen(
    browser: Browser, open_desk: Desk, view: str, theme: str
) -> None:
    widths = WIDTHS if theme == "light" else WIDTHS[::-1]  # a window becomes narrower, or wider
    screen = {"width": widths[0], "height": 900}
    context = new_context(browser, viewport=screen, color_scheme=theme, timezone_id="UTC")
    page = context.new_page()
    page.goto(open_desk.address(view))
    page.evaluate(AXE)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(NEXT_FRAME)
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], (view, width)
        assert page.evaluate(RUN_AXE) == [], (view, theme, width)
        texts = page.evaluate(CONTRAST)
        assert len(texts) > 10
        assert texts[0]["ratio"] >= 4.5, (view, theme, width, texts[:3])
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("view", ["feed", "search", "post", "quotes-post", "story", "quotes", "spread", "channels"])
def test_focus_is_always_seen_whole(open_desk: Desk, page: Page, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(open_desk.address(view))
    faults, count = [], 0
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:
            break
        count += 1
        if found["fault"]:
            faults.append(found)
    assert faults == []
    assert count > 5


def test_text_of_double_size_needs_no_sideways_scroll(browser: Browser, open_desk: Desk) -> None:
    """Zoom halves the screen; a reader's own size of text is kept, and the layout follows it."""
    zoomed = browser.browser_type.launch(
        executable_path=find_chromium(), args=[*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    )
    for each, widths in ((browser, (720, 512)), (zoomed, (1440, 1024, 640))):
        page = each.new_page()
        for view in ("feed", "search", "post", "story", "spread", "channels"):
            page.goto(open_desk.address(view))
            for width in widths:
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
                assert wide[0] <= wide[1], (view, width)
        page.close()
    zoomed.close()
