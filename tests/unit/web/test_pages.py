"""What the pages answer, over a store with an invented day."""

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus
from xml.etree.ElementTree import fromstring

import httpx2 as httpx
import pytest
from pyarrow import parquet
from starlette.testclient import TestClient

from sinks.store.sqlite.database import SqliteDatabase
from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over
from web.views.search import _KINDS, _facets, _HitCounts

FERRY = f"tg:{desk.HARBOUR.id}:101"
PATHS = (
    "/",
    "/search",
    "/search?q=ferry",
    "/stories",
    "/quotes",
    "/spread?copies=1",
    "/channels",
    f"/post/{FERRY}",
    f"/channels/{desk.HARBOUR.id}",
    "/?lang=ru&has=media&since=24h&is=first",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filled(path).close()
    with client_of(pages_over(path)) as client:
        yield client


def posts(client: TestClient, query: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/api/posts", params={"q": query}).json()["posts"]
    return found


def text_of(response: httpx.Response) -> str:
    """What a reader sees, on one line."""
    main = response.text.partition('<main id="main">')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_one_heading_a_title_and_no_inline_script_or_style(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert len(re.findall(r"<h1[ >]", page.text)) == 1
    assert "· tgwire</title>" in page.text
    assert re.findall(r"<script(?![^>]* src=)", page.text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", re.sub(r">[^<]*<", "><", page.text)) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!t\.me/|example\.org/)', page.text) == []


def test_the_feed_shows_the_newest_first_with_its_signals(client: TestClient) -> None:
    page = text_of(client.get("/"))
    assert page.index("Freight: Kestrel to Marrow") < page.index("Was the fog signal on")
    assert "first , 4 channels in 40 min" in page
    assert "edited ×2 , diff" in page
    assert "exact copy of @harbour_wire , 4 min later" in page
    assert "forward of @harbour_wire , 40 min later" in page
    assert "deleted by 12:09 , kept here" in page
    assert "4 photos, no text" in page
    assert "video 0:42" in page
    assert "12.3 K views" in page


def test_filters_of_the_feed_are_in_its_address(client: TestClient) -> None:
    page = client.get("/?lang=ru")
    assert "Паром сел на мель" in page.text
    assert "Freight: Kestrel" not in page.text
    assert '<option value="ru" selected>Russian</option>' in page.text
    assert "/?lang=ru&amp;format=rss" in page.text
    assert "id 1500000007" not in text_of(client.get("/?is=first"))
    assert "/search?q=has%3Aquotes" in client.get("/?has=quotes").text  # as a search


def test_a_channel_without_a_public_name_can_be_chosen(client: TestClient) -> None:
    page = client.get(f"/?channel={desk.PRIVATE.id}").text
    assert f'<option value="{desk.PRIVATE.id}" selected>Fährleute (intern)</option>' in page
    assert [
        post["channel"]["id"] for post in client.get(f"/?channel={desk.PRIVATE.id}&format=json").json()["posts"]
    ] == [desk.PRIVATE.id]


def test_older_posts_follow_without_a_gap_or_a_repetition(client: TestClient) -> None:
    seen: list[str] = []
    url: str | None = "/?limit=4"
    while url:
        page = client.get(url).text
        seen += re.findall(r'<header class="who"><a href="/post/([^"]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = found[1].replace("&amp;", "&") + "&limit=4" if found else None
    assert seen == [post["key"] for post in posts(client)]
    assert len(seen) == len(set(seen)) > 12


def test_a_post_shows_its_revisions_word_by_word(client: TestClient) -> None:
    page = client.get(f"/post/{FERRY}")
    assert "Edited twice" in text_of(page)
    assert "<del>twenty</del> <ins>25</ins>" in page.text
    second = client.get(f"/post/{FERRY}?revision=2").text
    assert "<del>212</del> <ins>218</ins>" in second
    assert "<del>14</del> <ins>17</ins>" in second
    beside = client.get(f"/post/{FERRY}?revision=2&diff=side").text
    assert "<h3>Before</h3>" in beside
    assert "<h3>After</h3>" in beside


def test_a_post_shows_who_repeats_it_and_where_it_comes_from(client: TestClient) -> None:
    page = text_of(client.get(f"/post/{FERRY}"))
    assert "First of 4 channels" in page
    assert re.search(r"4 min Tide Table exact 9 min Fährleute \(intern\) exact 40 min .* forward", page)
    assert f"key {FERRY} revision" in page
    assert "read from telethon, desk, live" in page
    assert "Views: 12.3 K" in page
    assert "👍 402" in page


def test_a_deletion_says_between_which_moments(client: TestClient) -> None:
    (key,) = [post["key"] for post in posts(client, "is:deleted")]
    page = text_of(client.get(f"/post/{key}"))
    assert "It was there at 28 November 2026, 12:07:00 and gone at 28 November 2026, 12:09:00" in page
    assert "Говорят, паром снимут" in page


def test_quotes_are_marked_at_their_places_and_listed(client: TestClient) -> None:
    key = posts(client, "has:quotes is:first")[0]["key"]
    page = client.get(f"/post/{key}").text
    assert '<span class="m-outlet">Financial Times</span>' in page
    assert '<span class="m-quote">“The sandbank had moved forty metres since the last survey”</span>' in page
    assert '<span class="m-cue">reports</span>' in page
    assert re.findall(r'id="(item-\d|quote-\d)"', page) == [
        *(f"item-{n}" for n in "1234"),
        *(f"quote-{n}" for n in "1234"),
    ]
    link = '<a href="https://example.org/ferry?a=1&amp;b=2" rel="noopener noreferrer nofollow">'
    assert link in page


def test_a_search_says_how_it_was_read_and_marks_what_it_found(client: TestClient) -> None:
    page = client.get("/search", params={"q": "ferry lang:en NOT is:copy"})
    assert "Read as: posts that contain “ferry”, are in en and do not match (repeat another post)" in text_of(page)
    assert "<mark>Ferry</mark> runs aground" in page.text
    assert "Facet" not in page.text
    assert "Harbour Wire ⚓ news from the strait 1" in text_of(page)


def test_news_of_a_search_are_those_of_its_first_page(client: TestClient) -> None:
    assert 'hx-sse:connect="/live?place=' in client.get("/search?q=ferry").text
    shown = client.get("/search?q=story.channels:>=2").text.partition("shown=")[2].partition('"')[0]
    assert client.head(f"/live?place=0-0&shown={shown}").status_code == 200
    assert len(shown.split(".")) > 1
    for path in (
        "/search?q=ferry&order=oldest",
        "/search?q=ferry&before=99999999999999999",
        "/search",
        "/search?q=lang:",
    ):
        assert "hx-sse:connect" not in client.get(path).text


def test_a_facet_narrows_and_widens(client: TestClient) -> None:
    page = client.get("/search", params={"q": "ferry"}).text
    assert "/search?q=ferry+is%3Acopy" in page
    chosen = client.get("/search", params={"q": "ferry is:copy"}).text
    assert '<a href="/search?q=ferry" aria-current="true">' in chosen


def test_a_facet_narrows_a_query_with_or_as_a_whole(client: TestClient) -> None:
    page = client.get("/search", params={"q": "(ferry OR tug) OR anchor"}).text
    assert f"/search?q={quote_plus('((ferry OR tug) OR anchor) is:copy')}" in page


def test_only_a_whole_condition_is_chosen_and_taken_out() -> None:
    counts = _HitCounts(2, 0, False, Counter(en=2), Counter(), {}, {}, [], [0] * len(_KINDS))
    chosen = {
        each.url: each.is_chosen for facet in _facets(counts, "lang:en ferry", "newest") for each in facet.choices
    }
    assert chosen == {"/search?q=ferry": True}
    part = [each.is_chosen for facet in _facets(counts, "lang:eng ferry", "newest") for each in facet.choices]
    assert part == [False]


@pytest.mark.parametrize(
    ("query", "column"), [("ferry lang:", 12), ("(ferry", 1), ("chanel:@x", 1), ("silent:2h", 1), ('"', 1)]
)
def test_a_wrong_query_is_shown_with_its_place(client: TestClient, query: str, column: int) -> None:
    page = client.get("/search", params={"q": query})
    assert page.status_code == 400
    assert f"<b>Column {column}: " in page.text
    assert re.search(r"<pre[^>]*><code>[^<]*\n *\^</code>", page.text)


def test_a_name_that_the_store_does_not_know_is_said(client: TestClient) -> None:
    assert "nothing here is of @nobody_there" in text_of(client.get("/search", params={"q": "channel:@nobody_there"}))


def test_a_story_shows_numbers_that_differ_and_who_was_first(client: TestClient) -> None:
    number = next(post["story"] for post in posts(client) if post["key"] == FERRY)
    page = client.get(f"/story/{number}")
    assert "passengers 212 2" in text_of(page)
    assert "218 1" in text_of(page)
    assert '<span class="odd">17</span> people' in page.text
    assert f"/story/{number}" in client.get("/stories").text


def test_outlets_are_counted_once_for_a_copied_list(client: TestClient) -> None:
    page = text_of(client.get("/quotes?outlet=financial-times"))
    assert "4 items in the last 7 days, a copied list counts once" in page
    assert "The sandbank had moved forty metres since the last survey" in page
    assert "repeated by 1" in page


def test_quotes_are_narrowed_by_language(client: TestClient) -> None:
    page = client.get("/quotes?lang=en").text
    assert '<option value="en" selected>English</option>' in page
    assert "/quotes?since=7d&amp;lang=en&amp;outlet=der-spiegel&amp;format=rss" in page
    assert "No outlet is quoted in this time" in client.get("/quotes?lang=ru").text


def test_spread_names_who_repeats_whom_and_origins_that_are_not_here(client: TestClient) -> None:
    page = text_of(client.get("/spread?copies=1"))
    assert "Harbour Wire ⚓ news from the strait Tide Table 1 4 min" in page
    assert "Freight Desk id 1400000000 1 1" in page
    assert "Kestrel Weather ☁ @kestrel_weather 1 1" in page
    assert "tgwire channels add @kestrel_weather" in page


def test_spread_is_a_graph_for_other_programs(client: TestClient) -> None:
    answer = client.get("/spread?copies=1&format=gexf")
    assert answer.headers["content-type"] == "application/gexf+xml"
    assert answer.headers["content-disposition"] == 'attachment; filename="spread.gexf"'
    graph, space = fromstring(answer.content), {"g": "http://gexf.net/1.3"}
    labels = {node.get("id"): node.get("label") for node in graph.iterfind(".//g:node", space)}
    assert labels[str(desk.TIDE.id)] == "Tide Table"
    edges = {(edge.get("source"), edge.get("target")): edge for edge in graph.iterfind(".//g:edge", space)}
    harbour_to_tide = edges[str(desk.HARBOUR.id), str(desk.TIDE.id)]
    assert harbour_to_tide.get("weight") == "1"
    assert [each.get("value") for each in harbour_to_tide.iterfind(".//g:attvalue", space)] == ["240.0"]


def test_the_graph_of_the_page_has_the_pairs_of_its_table(client: TestClient) -> None:
    url = re.search(r'data-url="([^"]+)"', client.get("/spread?copies=1").text)
    assert url is not None
    answer = client.get(url[1].replace("&amp;", "&")).json()
    names = [(pair["from_name"], pair["to_name"], pair["copies"]) for pair in answer["pairs"]]
    assert ("Harbour Wire ⚓ news from the strait", "Tide Table", 1) in names
    assert answer["total"] == len(names)
    assert "graph.js" not in client.get("/spread?copies=9").text  # nothing to draw


def test_a_list_of_posts_is_a_typed_table(client: TestClient) -> None:
    answer = client.get("/search?q=ferry&format=parquet&limit=3")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["link"].endswith('; rel="next"')
    table = parquet.read_table(io.BytesIO(answer.content))
    assert table["key"].to_pylist() == [post["key"] for post in posts(client, "ferry")][:3]
    assert str(table.schema.field("posted_at").type) == "timestamp[ms, tz=UTC]"


def test_parquet_that_is_not_installed_is_named(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "web.presentation.parquet", raising=False)
    answer = client.get("/?format=parquet")
    assert answer.status_code == 501
    assert "parquet" in answer.json()["hint"]


def test_stories_and_quotes_are_feeds(client: TestClient) -> None:
    stories = fromstring(client.get("/stories?format=rss").content)
    assert str(stories.findtext(".//item/title")).startswith("Ferry runs aground off Marrow Point")
    assert "4 channels, 4 posts. English." in str(stories.findtext(".//item/description"))
    quotes = fromstring(client.get("/quotes?outlet=financial-times&format=atom").content)
    entry = next(quotes.iter("{http://www.w3.org/2005/Atom}entry"))
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == "Financial Times, in Press Window"
    assert str(entry.findtext("{http://www.w3.org/2005/Atom}id")).endswith("#item-1")


def test_channels_that_need_a_look_come_first(client: TestClient) -> None:
    page = text_of(client.get("/channels"))
    assert "8 channels: 2 need attention, 5 live, 1 in backfill" in page
    assert "gap open , 34 posts may be missing" in page
    assert "banned since" in page
    assert page.index("banned") < page.index("Tide Table")
    assert "backfill, 40%" in page


def test_a_channel_is_found_by_number_and_by_name(client: TestClient) -> None:
    by_number, by_name = client.get(f"/channels/{desk.TIDE.id}"), client.get("/channels/@Tide_Table")
    assert by_number.status_code == by_name.status_code == 200
    assert "High water at Kestrel Quay" in text_of(by_name)


@pytest.mark.parametrize("path", ["/", "/search?q=ferry", "/channels/@evil_name", "/channels", "/spread?copies=1"])
def test_hostile_posts_and_names_stay_text(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert "<script>alert" not in page
    assert "<script>document" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\u202c" not in page


def test_a_hostile_post_stays_text_on_its_own_page(client: TestClient) -> None:
    key = next(post["key"] for post in posts(client) if "owned" in str(post["text"]))
    page = client.get(f"/post/{key}").text
    assert "&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert 'href="javascript:' not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/?before=x",
        "/?before=-1",
        "/?before=99999999999999999999",
        "/?since=1y",
        "/?is=last",
        "/?has=soul",
        "/?lang=a b",
        '/?channel="',
        "/?limit=0",
        "/?limit=100000",
        "/?format=exe",
        "/stories?by=luck",
        "/stories?channels=x",
        "/spread?copies=0",
        "/quotes?kind=x",
        "/quotes?lang=%E2%80%AE",
        "/post/tg:1500000001:101?revision=0",
        "/live?place=1",
        "/live?place=a-b",
        "/live?place=0-9999999999999999999",
        "/live?place=0-0&q=lang:",
        "/live?place=0-0&shown=1.-2",
        "/live?place=0-0&q=" + "a" * 3000,
        "/channels?page=0",
        "/search?q=a&order=x",
        "/search?q=" + "a" * 3000,
        "/stories?format=gexf",
        "/stories?format=parquet",
        "/channels?format=gexf",
        "/?format=gexf",
    ],
)
def test_what_is_not_understood_is_refused_in_words(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 400
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/post/x",
        "/post/tg:1:1",
        "/post/tg:1:99999999999999999999",
        "/story/99999999",
        "/story/99999999999999999999",
        "/channels/77",
        "/channels/@nobody",
        "/channels/%00",
        "/static/../app.py",
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "Traceback" not in page.text


def test_five_hundred_filters_and_odd_bytes_do_no_harm(client: TestClient) -> None:
    assert client.get("/?" + "&".join(["has=media"] * 500)).status_code == 200
    assert client.get("/?" + "&".join(["has=media"] * 5_000)).status_code == 414
    assert client.get("/search?q=%ff%fe%00%e2%80%ae").status_code in (200, 400)


def test_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path / "tgwire.db").close()
    with client_of(pages_over(tmp_path / "tgwire.db")) as client:
        page = client.get("/")
        assert "No posts yet" in text_of(page)
        assert "tgwire channels add @name" in page.text
        for path in ("/stories", "/quotes", "/spread", "/channels", "/search?q=x"):
            assert client.get(path).status_code == 200


def test_a_store_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "tgwire.db"
    filled(path).close()
    pages = pages_over(path)
    with client_of(pages) as client:
        path.rename(tmp_path / "away")
        page = client.get("/")
        assert page.status_code == 503
        assert "The store does not answer" in text_of(page)
        assert '<meta http-equiv="refresh" content="5">' in page.text
        assert client.get("/api/posts").json()["error"] == "The store does not answer"
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        (tmp_path / "away").rename(path)
        assert client.get("/").status_code == 200
        assert client.get("/readyz").status_code == 200


def test_a_question_that_takes_too_long_states_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tgwire.db"
    filled(path).close()
    pages = pages_over(path)
    pages.readers.timeout_s = 0.0
    monkeypatch.setattr("sinks.store.reading.readers._STEPS", 1)
    with client_of(pages) as client:
        page = client.get("/search?q=ferry")
        assert page.status_code == 503
        assert "This took longer than 0 s and was stopped" in text_of(page)
        assert "was stopped" in client.get("/api/posts?q=ferry").json()["error"]


def test_times_are_in_the_readers_zone(client: TestClient) -> None:
    page = client.get("/", headers={"cookie": "tgwire_zone=Europe/Kyiv; tgwire_theme=dark"}).text
    assert "Times in Kyiv time (UTC+2)" in page
    assert 'title="2026-11-28 12:27:00 UTC">14:27:00</time>' in page
    assert 'data-theme="dark"' in page
    hostile = client.get("/", headers={"cookie": "tgwire_zone=../../etc/passwd; tgwire_theme=<b>"})
    assert "Times in UTC" in hostile.text


def test_the_api_describes_and_pages_itself(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    seen: list[object] = []
    url = "/api/posts?limit=5"
    while url:
        answer = client.get(url).json()
        seen += [post["key"] for post in answer["posts"]]
        url = answer["next"]
    assert seen == [post["key"] for post in posts(client)]
    for path in document["paths"]:
        known = path.replace("{key}", FERRY).replace("{number}", "1")
        given = {"outlet": "financial-times"} if path == "/api/quotes" else {}
        assert client.get(known, params=given).status_code in (200, 404)


def test_the_api_gives_a_post_with_its_record_and_history(client: TestClient) -> None:
    found = client.get(f"/api/posts/{FERRY}").json()
    assert found["record"]["key"] == FERRY
    assert [each["what"] for each in found["revisions"]] == ["text", "text"]
    assert [each["views"] for each in found["counters"]] == [410, 9_200, 12_300]
    assert client.get("/api/posts?q=lang:").json()["error"].startswith("Column 6")
    assert client.post("/api/posts").status_code == 405


def test_a_view_is_a_feed_and_a_table(client: TestClient) -> None:
    rss = fromstring(client.get("/?format=rss").content)
    titles = [each.text or "" for each in rss.iter("title")]
    assert any(title.startswith("Tide Table: Freight: Kestrel") for title in titles)
    assert str(rss.findtext(".//guid")).startswith("http://127.0.0.1:8123/post/tg:")
    atom = fromstring(client.get("/search?q=ferry&format=atom").content)
    assert len(list(atom.iter("{http://www.w3.org/2005/Atom}entry"))) == len(posts(client, "ferry"))
    lines = client.get("/?format=jsonl").text.splitlines()
    assert [json.loads(line)["key"] for line in lines] == [post["key"] for post in posts(client)]
    table = client.get("/channels?format=csv").text
    assert "channel_id,channel,title,state" in table
    assert client.get("/?format=csv&limit=2").headers["link"].endswith('; rel="next"')
