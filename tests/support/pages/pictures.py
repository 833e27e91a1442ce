"""Pictures of the pages: ``python -m tests.support.pages.pictures FOLDER``."""

import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.pages import desk
from tests.support.pages.browser import ARGUMENTS, MISSING, find_chromium
from tests.support.pages.served import filled, pages_over, served

HARBOUR = desk.HARBOUR.id
VIEWS = {
    "feed": "/",
    "post": f"/post/tg:{desk.REVIEW.id}:110",
    "edited-post": f"/post/tg:{HARBOUR}:101",
    "deleted-post": f"/post/tg:{desk.PASSAGE.id}:113",
    "search": "/search?q=ferry",
    "wrong-query": "/search?q=ferry+lang:",
    "stories": "/stories",
    "story": "/story/1",
    "quotes": "/quotes",
    "spread": "/spread?copies=1",
    "channels": "/channels",
    "channel": f"/channels/{HARBOUR}",
    "not-found": "/nope",
}
WIDTHS = (1440, 1024, 390, 320)
THEMES = ("light", "dark")


def main(folder: Path) -> None:
    """Write ``pages-VIEW-WIDTH-THEME.png`` for each; git keeps those that documents show, and some others."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        path = Path(state) / "tgwire.db"
        filled(path).close()
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with served(pages_over(path)) as url:
            for width, theme in product(WIDTHS, THEMES):
                _take(browser, url, folder, width, theme)
        browser.close()


def _take(browser: Browser, url: str, folder: Path, width: int, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        timezone_id="Europe/Kyiv",
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("document.cookie.includes('tgwire_zone')")
    for view, address in VIEWS.items():
        page.goto(url + address)
        page.wait_for_load_state("load")
        if view == "spread":
            page.locator("#graph-show").click()
            page.locator("#graph canvas").first.wait_for()
        page.screenshot(path=folder / f"pages-{view}-{width}-{theme}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
