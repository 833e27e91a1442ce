"""A channel that was renamed is one channel, under each of its names."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from processors.loading import load_analyzer
from schemas import Channel, Lane, RawPost
from tests.support.pages import desk
from tests.support.pages.filling import Filler
from tests.support.pages.served import client_of, pages_over, url_of
from web.channel_list import ChannelFileList
from web.serving.access import Access

NUMBER = 1_600_000_001
HEIR = 1_600_000_002
TOKEN = "0123456789abcdef-right"


def post(channel: int, name: str, number: int, text: str) -> RawPost:
    moment = desk.NOW - timedelta(hours=10 - number)
    return RawPost(
        channel=Channel(id=channel, username=name, title="Lighthouse"),
        message_id=number,
        posted_at=moment,
        collected_at=moment,
        text=text,
        source=desk.SOURCE,
        lane=Lane.LIVE,
        order=round(moment.timestamp() * 1_000_000),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filler = Filler(url_of(path), load_analyzer())
    filler.write(
        [
            post(NUMBER, "Lamp_Daily", 1, "The lamp was lit an hour before sunset."),
            post(NUMBER, "lamp_weekly", 2, "From this week on there is one issue on Saturdays."),
            post(NUMBER, "lighthouse_post", 3, "The keeper retires after thirty years on the rock."),
            post(HEIR, "lamp_weekly", 4, "A new paper under a name that was free."),
        ]
    )
    filler.close()
    return path


@pytest.fixture
def client(store: Path) -> Iterator[TestClient]:
    with client_of(pages_over(store)) as client:
        yield client


@pytest.mark.parametrize("name", ["@lighthouse_post", "@Lighthouse_Post", "@lamp_daily", str(NUMBER)])
def test_its_page_shows_all_of_it_under_each_name(client: TestClient, name: str) -> None:
    page = client.get(f"/channels/{name}").text
    assert "The lamp was lit" in page
    assert "one issue on Saturdays" in page
    assert "The keeper retires" in page
    assert "formerly @Lamp_Daily, @lamp_weekly" in page
    assert client.get(f"/channels/{name}?format=json").json()["posts"][2]["text"].startswith("The lamp was lit")


def test_a_name_that_another_channel_has_now_is_that_channels(client: TestClient) -> None:
    page = client.get("/channels/@lamp_weekly").text
    assert "A new paper under a name that was free" in page
    assert "The keeper retires" not in page


def test_a_list_that_has_the_old_name_has_the_channel(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('[[channel]]\nname = "@lamp_daily"\n')
    pages = pages_over(store, Access("127.0.0.1", token=TOKEN))
    pages.channel_list = ChannelFileList(file)
    with client_of(pages) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert 'name="remove" value="@lamp_daily"' in client.get(f"/channels/{NUMBER}").text
        assert "nothing collected yet" not in client.get("/channels").text
