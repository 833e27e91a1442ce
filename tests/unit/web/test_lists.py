"""Every list of the pages goes on where it was cut, and is there for readers of feeds and for programs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from starlette.testclient import TestClient

from schemas.times import DAY_MS
from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over

ATOM = "{http://www.w3.org/2005/Atom}"
FERRY = f"tg:{desk.HARBOUR.id}:101"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filled(path).close()
    with client_of(pages_over(path)) as client:
        yield client


def walked(client: TestClient, address: str, what: str) -> list[list[Any]]:
    """What a pattern finds on each page of a list, along its links."""
    found: list[list[Any]] = []
    url: str | None = address
    while url and len(found) < 20:
        page = client.get(url).text
        found.append(re.findall(what, page))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        url = link[1].replace("&amp;", "&") if link else None
    return found


def test_stories_go_on_with_their_numbers(client: TestClient) -> None:
    pages = walked(client, "/stories?since=7d", r'<td class="num muted p2">(\d+)</td>.*?href="/story/(\d+)"')
    whole = [each for page in pages for each in page]
    assert len(whole) == len(set(whole)) >= 2
    cut = client.get("/stories?since=7d&format=json&limit=1").json()
    second = client.get(cut["next"]).json()
    assert [each["stories"][0]["story"] for each in (cut, second)] == [int(number) for _, number in whole[:2]]
    page = client.get(cut["next"].replace("&format=json", "")).text
    assert '<td class="num muted p2">2</td>' in page
    assert f"2 to 2 of {len(whole)}" in page


def test_the_posts_of_a_story_go_on_in_each_form(client: TestClient) -> None:
    number = client.get("/stories?since=7d&format=json").json()["stories"][0]["story"]
    whole = client.get(f"/story/{number}?format=json").json()
    assert whole["next"] is None
    found, url = [], f"/story/{number}?format=json&limit=1"
    while url:
        answer = client.get(url)
        found += [post["key"] for post in answer.json()["posts"]]
        assert len(found) <= 20
        url = answer.json()["next"]
        assert (f'{url}>; rel="next"' in answer.headers.get("link", "")) is bool(url)
    assert found == [post["key"] for post in whole["posts"]]
    assert len(found) >= 2


def test_a_list_that_was_cut_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1+ stories" not in client.get("/stories?since=7d").text
    monkeypatch.setattr("sinks.store.reading.stories._CANDIDATES", 1)
    page = client.get("/stories?since=7d&limit=7").text  # not the answer that is kept
    assert "1+ stories of 2 or more channels" in page
    assert "1 to 1 of 1+" in page
    monkeypatch.setattr("web.views.stories._MOST_POSTS", 2)
    number = client.get("/stories?since=7d&format=json").json()["stories"][0]["story"]
    assert "The first 2 posts" in client.get(f"/story/{number}").text


@pytest.mark.parametrize("by", ["channels", "speed", "views"])
def test_stories_of_the_api_go_on_in_each_ranking(client: TestClient, by: str) -> None:
    expected = [each["story"] for each in client.get(f"/api/stories?since=7d&by={by}").json()["stories"]]
    assert paged(client, f"/api/stories?since=7d&by={by}&limit=1", "stories", "story") == expected


def test_pairs_posts_of_a_story_and_channels_of_the_api_go_on(client: TestClient) -> None:
    pairs = client.get("/api/spread").json()["pairs"]
    assert len(pairs) == 4
    found = paged(client, "/api/spread?limit=1", "pairs", "from_channel")
    assert found == [each["from_channel"] for each in pairs]
    number = client.get(f"/api/posts/{FERRY}").json()["story"]
    keys = [each["key"] for each in client.get(f"/api/stories/{number}").json()["posts"]]
    assert len(keys) == 4
    assert paged(client, f"/api/stories/{number}?limit=3", "posts", "key") == keys
    ids = paged(client, "/api/channels?limit=3", "channels", "channel_id")
    assert ids == sorted(each.id for each in desk.CHANNELS)


def test_channels_of_an_archive_are_counted_up_to_its_end(tmp_path: Path) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    later_ms = pages.now_ms() + 400 * DAY_MS
    pages.now_ms = lambda: later_ms
    with client_of(pages) as client:
        counts = [each["posts_today"] for each in client.get("/api/channels").json()["channels"]]
    assert max(counts) > 0


def paged(client: TestClient, url: str, name: str, field: str) -> list[object]:
    """A field of all rows of a list, along its ``next``."""
    found: list[object] = []
    following: str | None = url
    while following:
        answer = client.get(following).json()
        found += [each[field] for each in answer[name]]
        following = answer["next"]
    return found


def test_pairs_go_on_and_the_graph_with_them(client: TestClient) -> None:
    pages = walked(client, "/spread?copies=1&limit=3", r'<a href="/channels/\d+"><bdi>([^<]+)</bdi></a></td>')
    assert [len(page) for page in pages] == [3, 1]
    second = client.get("/spread?copies=1&limit=3").text
    link = re.search(r'rel="next" href="([^"]+)"', second)
    assert link is not None
    page = client.get(link[1].replace("&amp;", "&")).text
    graph = re.search(r'data-url="([^"]+)"', page)
    assert graph is not None
    assert len(client.get(graph[1].replace("&amp;", "&")).json()["pairs"]) == 1


def test_spread_is_a_feed_of_pairs_with_their_newest_copy(client: TestClient) -> None:
    feed = fromstring(client.get("/spread?copies=1&format=atom").content)
    entries = {
        entry.findtext(f"{ATOM}title"): entry.findtext(f"{ATOM}published") for entry in feed.iter(f"{ATOM}entry")
    }
    title = "Tide Table repeats Harbour Wire ⚓ news from the strait: 1 copy, median lag 4 min"
    assert entries[title] == "2026-11-28T09:24:00.000Z"
    rss = fromstring(client.get("/spread?copies=1&format=rss").content)
    guids = [each.text for each in rss.iter("guid")]
    assert len(guids) == len(set(guids)) == 4


def test_channels_are_a_feed_in_which_a_change_of_state_is_new(client: TestClient) -> None:
    feed = fromstring(client.get("/channels?format=rss").content)
    items = {item.findtext("title"): item for item in feed.iter("item")}
    banned = items["Fährleute (intern): banned"]
    assert str(banned.findtext("description")).startswith("banned: the account may not read it. 1 post on the last day")
    assert re.search(rf"/channels/{desk.PRIVATE.id}#banned-\d+$", str(banned.findtext("guid")))
    assert "gap open, 34 posts may be missing" in str(
        fromstring(client.get("/channels?format=atom").content).findtext(f"{ATOM}entry/{ATOM}content")
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=ferry",
        "/stories",
        "/story/1",
        "/quotes",
        "/spread?copies=1",
        "/channels",
        "/channels/@tide_table",
    ],
)
def test_each_view_links_to_its_other_forms(client: TestClient, path: str) -> None:
    page = client.get(path).text
    out = page.partition('<p class="out">')[2].partition("</p>")[0]
    forms = {name: url.replace("&amp;", "&") for url, name in re.findall(r'<a href="([^"]+)">([^<]+)</a>', out)}
    for name, kind in (
        ("RSS", "application/rss+xml; charset=utf-8"),
        ("Atom", "application/atom+xml; charset=utf-8"),
        ("CSV", "text/csv; charset=utf-8"),
        ("JSON lines", "application/x-ndjson"),
    ):
        answer = client.get(forms[name])
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    json = client.get(forms["CSV"].replace("format=csv", "format=json"))
    assert "next" in json.json()
    assert len(re.findall(r'<link rel="alternate" type="application/(rss|atom)\+xml"', page)) == 2


def test_a_post_is_a_feed_of_its_edits_and_a_row(client: TestClient) -> None:
    feed = fromstring(client.get(f"/post/{FERRY}?format=atom").content)
    (entry,) = feed.iter(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}published"), entry.findtext(f"{ATOM}updated")) == (
        "2026-11-28T09:20:00.000Z",
        "2026-11-28T10:49:00.000Z",
    )
    assert client.get(f"/post/{FERRY}?format=json").json()["posts"][0]["key"] == FERRY
    assert client.get("/post/tg:1:2?format=csv").status_code == 404
    assert (
        f'type="application/rss+xml" title="RSS" href="/post/{FERRY}?format=rss"' in client.get(f"/post/{FERRY}").text
    )


def test_the_kind_first_senders_narrows_a_search(client: TestClient) -> None:
    page = client.get("/search?q=ferry").text
    found = re.search(
        r'<a href="(/search\?q=ferry\+is%3Afirst)"><span><bdi>first senders</bdi></span><span>(\d+)<', page
    )
    assert found is not None
    assert int(found[2]) == len(client.get("/api/posts?q=ferry is:first").json()["posts"]) == 3
    assert '<a href="/search?q=ferry" aria-current="true"><span><bdi>first senders' in client.get(found[1]).text
