"""The page of quotes: its order, its pages, and whom outlets cite."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from processors.loading import load_analyzer
from schemas import Channel, Lane, RawPost
from tests.support.pages import desk
from tests.support.pages.filling import Filler
from tests.support.pages.served import client_of, pages_over, url_of

PRESS = Channel(id=1_500_000_101, username="press_quay", title="Press on the quay")
ECHO = Channel(id=1_500_000_102, username="echo_quay", title="Echo")
LIST = (
    "What the foreign press writes on day {number}:\n\n"
    "🔹 According to Le Monde, citing {person}, the {thing} of pier {number} will be closed for {number} weeks.\n"
    "🔹 The Guardian reports that the owner of pier {number} had asked for a new {thing}.\n"
)
DAYS = [("Anna Verhoeven", "gate"), ("Jan Mulder", "crane"), ("anna verhoeven", "ramp"), ("Anna Verhoeven", "stair")]
REPEATED = 2
"""The day whose list another channel repeats."""


def post(channel: Channel, number: int, minutes: float, text: str) -> RawPost:
    moment = desk.NOW - timedelta(minutes=minutes)
    return RawPost(
        channel=channel,
        message_id=number,
        posted_at=moment,
        collected_at=moment,
        text=text,
        source=desk.SOURCE,
        lane=Lane.LIVE,
        order=round(moment.timestamp() * 1_000_000),
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filler = Filler(url_of(path), load_analyzer())
    for number, (person, thing) in enumerate(DAYS, 1):
        text = LIST.format(number=number * 11, person=person, thing=thing)
        filler.write([post(PRESS, number, 300 - number * 60, text)])
        if number == REPEATED:
            filler.write([post(ECHO, number, 295 - number * 60, text)])
    filler.close()
    with client_of(pages_over(path)) as client:
        yield client


def piers(page: str) -> list[int]:
    """Of each item of Le Monde which pier it is about."""
    return [int(number) // 11 for number in re.findall(r"of pier (\d+) will be closed", re.sub(r"<[^>]+>", "", page))]


def walked(client: TestClient, address: str) -> list[list[int]]:
    """What each page of a list shows, along its links."""
    found = []
    url: str | None = address
    while url:
        page = client.get(url)
        assert page.status_code == 200
        found.append(piers(page.text))
        link = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = link[1].replace("&amp;", "&") if link else None
    return found


def test_items_are_paged_the_newest_first(client: TestClient) -> None:
    assert walked(client, "/quotes?outlet=le-monde&limit=3") == [[4, 3, 2], [1]]


def test_the_most_repeated_come_first_where_that_is_asked_for(client: TestClient) -> None:
    assert walked(client, "/quotes?outlet=le-monde&order=repeated&limit=1") == [[2], [4], [3], [1]]
    page = client.get("/quotes?outlet=le-monde&order=repeated").text
    assert '<option value="repeated" selected>most repeated</option>' in page
    assert "repeated by 1" in page


def test_an_outlet_is_chosen_by_name_and_a_channel_let_go(client: TestClient) -> None:
    page = client.get(f"/quotes?outlet=guardian&channel={PRESS.id}").text
    assert '<option value="guardian" selected>The Guardian</option>' in page
    assert "The Guardian in Press on the quay: 4 items" in page
    assert '<a href="/quotes?since=7d&amp;outlet=guardian">Show those of all channels</a>' in page


def test_whom_an_outlet_cites_most_is_named_beside_it(client: TestClient) -> None:
    rows = re.findall(r'<th scope="row"><a[^>]+><bdi>([^<]+).*?p2 clip"><bdi>([^<]*)', client.get("/quotes").text)
    assert [(outlet, person.casefold()) for outlet, person in rows] == [
        ("Le Monde", "anna verhoeven"),
        ("The Guardian", ""),
    ]


def test_the_words_of_an_item_are_marked(client: TestClient) -> None:
    page = client.get("/quotes?outlet=le-monde&limit=1").text
    assert '<span class="m-cue">According to</span> <span class="m-outlet">Le Monde</span>, citing' in page


@pytest.mark.parametrize("form", ["json", "csv", "rss", "atom"])
def test_other_forms_name_what_follows(client: TestClient, form: str) -> None:
    answer = client.get(f"/quotes?outlet=le-monde&format={form}&limit=3")
    assert answer.status_code == 200
    found = re.fullmatch(r'<http://127\.0\.0\.1:8123(/quotes\?[^>]+)>; rel="next"', answer.headers["link"])
    assert found is not None
    following = client.get(found[1])
    assert following.headers["content-type"] == answer.headers["content-type"]
    assert "of pier 11" in following.text
    assert "of pier 22" not in following.text


def test_the_api_pages_items_in_each_order(client: TestClient) -> None:
    for order, expected in (("newest", [4, 3, 2, 1]), ("repeated", [2, 4, 3, 1])):
        seen: list[int] = []
        url = f"/api/quotes?outlet=le-monde&order={order}&limit=1"
        while url:
            answer = client.get(url).json()
            seen += [number for item in answer["quotes"] for number in piers(item["text"])]
            url = answer["next"]
        assert seen == expected


@pytest.mark.parametrize(
    "after",
    ["1", "1.2.tg:1:2", "a.2.tg:1:2.0", "1.2.tg:x:2.0", "-1.2.tg:1:2.0", f"1.{1 << 63}.tg:1:2.0", "1.2.tg:1:2.0.3"],
)
def test_a_place_that_is_none_is_refused(client: TestClient, after: str) -> None:
    answer = client.get("/quotes", params={"outlet": "le-monde", "after": after})
    assert answer.status_code == 400
    assert "after: expected the place that the list before ended with" in answer.text
