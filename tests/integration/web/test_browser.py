"""The pages in a real Chromium: keys, filters, and news without a jump."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime.settings.channel_list import read_channels
from tests.support.pages import desk
from tests.support.pages.browser import AXE, CONTRAST, NEEDS_CHROMIUM, RUN_AXE, new_context
from tests.support.pages.following import is_lost
from tests.support.pages.open_desk import Desk
from tests.support.pages.served import pages_over, served
from tests.support.patience import DEADLINE_S
from web.channel_list import ChannelFileList
from web.pages import STATIC
from web.serving.access import Access

pytestmark = NEEDS_CHROMIUM
SHIFTS = """() => { window.shifts = 0; new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.shifts += each.value; }).observe({type: 'layout-shift'}); }"""


def test_new_posts_are_announced_and_the_list_never_jumps(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.url)
    expect(page.locator("#live")).to_contain_text("live")
    page.evaluate(SHIFTS)
    first = page.locator(".rows .post").first
    before, text = first.bounding_box(), first.inner_text()
    open_desk.post("The first tug has arrived at the sandbank.")
    open_desk.post("The second tug waits for the tide.")
    button = page.locator(".newbar .button")
    expect(button).to_contain_text("2 new posts")
    assert first.bounding_box() == before
    assert first.inner_text() == text
    assert page.evaluate("window.shifts") == 0
    page.keyboard.press("n")
    expect(page.locator(".rows .post").first).to_contain_text("The second tug waits for the tide.")
    expect(page.locator(".newbar .state")).to_contain_text("up to date")


def test_filters_apply_to_news(open_desk: Desk, page: Page) -> None:
    page.goto(f"{open_desk.url}/?lang=ru")
    expect(page.locator(".rows .post")).to_have_count(2)
    open_desk.post("The third tug has come, in English.")
    open_desk.post("Третий буксир подошёл к отмели, паром ждёт вечернего прилива у мыса Марроу.")
    expect(page.locator(".newbar .button")).to_contain_text("1 new post")


def test_hours_that_are_dragged_over_become_a_search(open_desk: Desk, page: Page) -> None:
    page.goto(f"{open_desk.url}/?lang=en&since=24h")
    page.evaluate(SHIFTS)
    chart = page.locator(".strip svg.chart").bounding_box()
    assert chart is not None
    hour = chart["width"] / 24
    middle = chart["y"] + chart["height"] / 2
    page.mouse.move(chart["x"] + 20.5 * hour, middle)
    expect(page.locator(".strip .u-over")).to_be_visible()
    assert page.locator(".strip .uplot").bounding_box() == chart
    page.mouse.move(chart["x"] + 20.4 * hour, middle)
    page.mouse.down()
    page.mouse.move(chart["x"] + 21.6 * hour, middle, steps=5)
    assert page.evaluate("window.shifts") == 0
    page.mouse.up()
    page.wait_for_url("**/search?*")
    # The last of 24 hours begins at 12:00: the 21st and the 22nd are those from 09:00 to 11:00.
    assert page.locator("#q").input_value() == "lang:en after:2026-11-28T09:00Z before:2026-11-28T11:00Z"
    expect(page.locator(".rows .post").first).to_contain_text("Fog over the strait until noon")


def test_a_search_counts_its_new_hits(open_desk: Desk, page: Page) -> None:
    page.goto(f"{open_desk.url}/search?q=anchor+lang:en")
    expect(page.locator(".newbar .state")).to_contain_text("up to date")
    open_desk.post("A tug without one passes Marrow Point in the fog.")
    open_desk.post("An anchor was found at Marrow Point, says the harbour master.")
    expect(page.locator(".newbar .button")).to_contain_text("1 new hit")
    page.keyboard.press("n")
    expect(page.locator(".rows .post").first).to_contain_text("An anchor was found")


def test_the_page_says_when_it_is_not_live_and_comes_back(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.url)
    open_desk.post()
    expect(page.locator(".newbar .button")).to_contain_text("1 new post")
    away = open_desk.path.with_name("away")
    open_desk.path.rename(away)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not is_lost(open_desk.pages):
            assert time.monotonic() < deadline, "the store is still read"
            page.wait_for_timeout(20)
        expect(page.locator("#live")).to_contain_text("not live")
    finally:
        away.rename(open_desk.path)
    expect(page.locator("#live")).not_to_contain_text("not live")
    expect(page.locator("#live")).to_contain_text("live")


def test_the_stream_is_taken_up_again_after_the_connection_was_lost(
    open_desk: Desk, page: Page, context: BrowserContext
) -> None:
    page.goto(open_desk.url)
    open_desk.post()
    expect(page.locator(".newbar .button")).to_contain_text("1 new post")
    context.set_offline(True)
    for follower in list(open_desk.pages.news._followers):
        open_desk.pages.news._followers.discard(follower)
    context.set_offline(False)
    page.reload()
    open_desk.post()
    expect(page.locator(".newbar .button")).to_contain_text("1 new post")


def test_every_row_is_reached_and_opened_by_keys(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.url)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    current = page.locator(".post[aria-current]")
    expect(current).to_have_count(1)
    key = current.locator(".who > a").get_attribute("href")
    page.keyboard.press("o")
    page.wait_for_url(f"**{key}")
    page.go_back()
    expect(page).to_have_url(f"{open_desk.url}/")
    page.keyboard.press("/")
    page.keyboard.type("ferry jo")  # keys are letters within a field
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=ferry+jo")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()


def _with_style(page: Page, *changes: tuple[str, str]) -> None:
    """Pages as a browser shows them that does not know a part of the stylesheet."""
    style = (STATIC / "app.css").read_text(encoding="utf-8")
    for known, unknown in changes:
        assert known in style
        style = style.replace(known, unknown)
    page.route("**/app.css", lambda route: route.fulfill(body=style, content_type="text/css"))


def test_a_browser_without_light_dark_has_both_themes(open_desk: Desk, page: Page) -> None:
    _with_style(page, ("@supports not (color: light-dark(#000, #fff))", "@media all"), ("light-dark(#", "unknown(#"))
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    page.goto(open_desk.url)
    assert page.evaluate(ground) == "rgb(251, 251, 250)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(18, 19, 21)"
    page.locator("#theme-light").check()
    assert page.evaluate(ground) == "rgb(251, 251, 250)"
    page.emulate_media(color_scheme="light")
    page.locator("#theme-dark").check()
    assert page.evaluate(ground) == "rgb(18, 19, 21)"
    texts = page.evaluate(CONTRAST)
    assert texts[0]["ratio"] >= 4.5, texts[:3]
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_a_browser_without_details_content_opens_filters_itself(open_desk: Desk, page: Page) -> None:
    _with_style(page, ("@supports not selector(::details-content)", "@media all"), ("::details-content", "::unknown"))
    page.goto(open_desk.url)
    apply = page.get_by_role("button", name="Apply")
    expect(apply).not_to_be_visible()
    page.locator(".fold > summary").press("Enter")
    expect(apply).to_be_visible()


def _close_keys(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()


def test_rows_can_be_one_line_each(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.url)
    high = "() => Math.max(...[...document.querySelectorAll('.rows .post')].map((each) => each.offsetHeight))"
    assert page.evaluate(high) > 80
    page.locator("#keys-show").press("Enter")
    page.locator("#rows-compact").check()
    _close_keys(page)
    assert page.evaluate(high) <= 36
    page.goto(open_desk.url)
    assert page.evaluate(high) <= 36
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []


def test_keys_can_be_switched_off(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.url)
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    _close_keys(page)
    page.keyboard.press("j")
    expect(page.locator(".post[aria-current]")).to_have_count(0)
    page.keyboard.press("?")
    page.locator("#keys-on").check()
    _close_keys(page)
    page.keyboard.press("j")
    expect(page.locator(".post[aria-current]")).to_have_count(1)


def test_a_post_is_printed_with_its_source_and_without_controls(open_desk: Desk, page: Page) -> None:
    page.goto(open_desk.address("quotes-post"))
    page.emulate_media(media="print")
    for gone in (".top", ".foot", ".actions"):
        expect(page.locator(gone)).not_to_be_visible()
    expect(page.locator(".printonly")).to_contain_text(f"Key tg:{desk.REVIEW.id}:110, revision ")
    quoted = "getComputedStyle(document.querySelector('.m-quote')).textDecorationStyle"
    assert page.evaluate(quoted) == "double"
    original = page.locator(".byline a[href='https://t.me/press_window/110']")
    assert "attr(href)" in original.evaluate("(each) => getComputedStyle(each, '::after').content").replace(
        "https://t.me/press_window/110", "attr(href)"
    )  # the address is written out


def test_a_page_is_read_without_scripts(browser: Browser, open_desk: Desk) -> None:
    context = new_context(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{open_desk.url}/?limit=5")
    page.locator("select[name=lang]").select_option("ru")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("lang=ru"))
    page.goto(f"{open_desk.url}/?limit=5")
    page.get_by_role("link", name="Older posts").click()
    expect(page).to_have_url(re.compile("before="))
    page.locator("#find").fill("tugs")
    page.locator("#find").press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=tugs"))
    context.close()


def test_a_theme_is_kept_and_times_are_in_the_readers_zone(browser: Browser, open_desk: Desk) -> None:
    context = new_context(browser, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(open_desk.url)
    expect(page.locator(".foot")).to_contain_text("Tokyo time (UTC+9)")
    page.locator("#theme-dark").check()
    page.goto(f"{open_desk.url}/channels")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 19, 21)"
    context.close()


def test_a_reader_signs_in_and_adds_a_channel(browser: Browser, open_desk: Desk, tmp_path: Path) -> None:
    pages = pages_over(open_desk.path, Access("127.0.0.1", token="a token of the tests"))
    pages.channel_list = ChannelFileList(tmp_path / "channels.toml")
    context = new_context(browser)
    page = context.new_page()
    with served(pages) as url:
        page.goto(url)
        page.locator("#token").fill("another token")
        page.locator("#token").press("Enter")
        expect(page.locator("#wrong")).to_be_visible()
        page.locator("#token").fill("a token of the tests")
        page.locator("#token").press("Enter")
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/channels")
        page.get_by_role("button", name="Add @kestrel_weather").press("Enter")
        expect(page.locator(".notice")).to_contain_text("@kestrel_weather is collected from now on.")
        page.evaluate(AXE)
        assert page.evaluate(RUN_AXE) == []
        page.get_by_role("button", name="Take out @kestrel_weather").press("Enter")
        expect(page.locator(".notice")).to_contain_text("@kestrel_weather is not collected any more")
    context.close()
    assert read_channels(tmp_path / "channels.toml") == ()


def test_the_graph_is_drawn_when_it_is_asked_for(open_desk: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(open_desk.address("spread"))
    expect(page.locator("#graph")).not_to_be_visible()
    assert not any("cytoscape" in url for url in asked)
    page.locator("#graph-show").press("Enter")
    expect(page.locator("#graph canvas").first).to_be_visible()
    drawn = "() => document.querySelector('#graph-canvas')._cyreg.cy.edges().length"
    assert page.evaluate(drawn) == page.locator("section table").first.locator("tbody tr").count()
    zoom = "() => document.querySelector('#graph-canvas')._cyreg.cy.zoom()"
    page.get_by_role("button", name="Larger").press("Enter")
    assert page.evaluate(zoom) > 1
    page.get_by_role("button", name="Fit").press("Enter")
    assert page.evaluate(zoom) == 1
    assert any(url.endswith("/vendor/cytoscape.min.js") for url in asked)


def test_a_graph_that_cannot_be_drawn_says_so(open_desk: Desk, page: Page) -> None:
    page.route("**/api/spread*", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(open_desk.address("spread"))
    page.locator("#graph-show").click()
    expect(page.locator("#graph-said")).to_contain_text("could not be drawn: the server answers 503")
    expect(page.locator("#graph-show")).to_be_enabled()


def test_hostile_posts_do_nothing(open_desk: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a post opened a dialog: {dialog.message}"))
    for view in ("feed", "hostile-post", "channels"):
        page.goto(open_desk.address(view))
        assert page.title() != "owned"
        assert "<script>" in page.locator("main").inner_text()
    assert [url for url in asked if not url.startswith(open_desk.url)] == []
