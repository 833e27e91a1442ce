"""What pages weigh and how soon they can be used, in a real Chromium: ``python -m benchmarks.browser --posts 1000000``.

``tgwire serve`` over the store of ``benchmarks.large_store``. Each page is opened ``ROUNDS`` times in a window without
cache. Figures are kilobytes as they are sent (compressed, with headers), of all that a page loads and of its
stylesheet alone; and milliseconds from the start of the navigation until scripts have run, so that keys and forms work,
and until everything has been loaded. Then posts are written while the feed is open: milliseconds from the end of the
store's commit until the page says that there is a new post.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.large_store import large_store
from benchmarks.pages import paths, posts_behind, serving, take_out
from benchmarks.results import Row, Table, show
from benchmarks.store import POSTS, Writing, analyzed
from tests.support.pages.browser import ARGUMENTS, MISSING, find_chromium

ROUNDS: Final = 5
_TIMES: Final = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const style = performance.getEntriesByType("resource").find((each) => each.name.endsWith("app.css"));
  return [page.domContentLoadedEventEnd, page.loadEventEnd, style.encodedBodySize, style.decodedBodySize];
}"""
_NOTE: Final = """() => {
  window.announced = {};
  new MutationObserver(() => {
    const count = document.querySelector(".newbar .button")?.textContent.match(/[0-9]+/)?.[0];
    if (count && !announced[count]) announced[count] = Date.now();
  }).observe(document.querySelector(".state"), { childList: true, subtree: true, characterData: true });
}"""


@dataclass(frozen=True)
class Visit:
    """One look at a page: bytes, and milliseconds."""

    size: int
    style_size: int
    style_length: int
    """Before it is compressed."""
    usable_ms: float
    loaded_ms: float


def visit(browser: Browser, url: str) -> Visit:
    """Open a page as for the first time."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    sizes = list[int]()
    devtools.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    devtools.send("Network.enable")
    page.goto(url, wait_until="load")
    page.wait_for_function('() => performance.getEntriesByType("navigation")[0].loadEventEnd > 0')
    usable, loaded, style_size, style_length = page.evaluate(_TIMES)
    context.close()
    return Visit(sum(sizes), style_size, style_length, usable, loaded)


def announced(page: Page, feed: str, url: str) -> tuple[list[float], list[str]]:
    """Milliseconds from commits to the words on the feed, and the keys of what was written."""
    page.goto(feed)
    page.wait_for_selector("#live")
    page.evaluate(_NOTE)
    writing, keys, taken = Writing(url), list[str](), list[float]()
    values, _ = analyzed(ROUNDS, seed=4)
    for number, posts in zip(range(1, 2 * ROUNDS + 1), posts_behind(values, time.time()), strict=False):
        writing.write(POSTS, posts[:1])
        committed = time.time() * 1000
        keys.append(posts[0][0])
        page.wait_for_function(f"() => announced[{number}]", timeout=60_000)
        taken.append(page.evaluate(f"() => announced[{number}]") - committed)
        page.wait_for_timeout(370)  # so that the server's looks at the store come at any moment of it
    writing.sink.close()
    return taken, keys


def _rows(browser: Browser, port: int, pages: dict[str, str]) -> Iterator[Row]:
    for name, path in pages.items():
        visits = [visit(browser, f"http://127.0.0.1:{port}{path}") for _ in range(ROUNDS)]
        last = visits[-1]
        yield Row(
            name,
            last.size / 1000,
            (
                ("CSS, KB", last.style_size / 1000),
                ("unpacked", last.style_length / 1000),
                ("usable", statistics.median(each.usable_ms for each in visits)),
                ("slowest", max(each.usable_ms for each in visits)),
                ("loaded", statistics.median(each.loaded_ms for each in visits)),
            ),
        )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--page", action="append", help="only this page, as the table names it; may be repeated")
    options = parser.parse_args()
    program = find_chromium()
    if program is None:
        raise SystemExit(MISSING)
    url = large_store(options.posts)
    with serving(url) as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        chosen = {name: path for name, path in paths(url).items() if name in (options.page or [name])}
        show(Table("browser", f"{options.posts:,} posts", "all, KB", tuple(_rows(browser, port, chosen))))
        taken, keys = announced(browser.new_page(), f"http://127.0.0.1:{port}/", url)
        browser.close()
    take_out(url, keys)
    taken.sort()
    middle, most = statistics.median(taken), taken[-1]
    sys.stdout.write(f"{len(taken)} posts on the open feed {middle:.0f} ms after the commit, {most:.0f} at most\n")
    sys.stdout.write(f"at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
