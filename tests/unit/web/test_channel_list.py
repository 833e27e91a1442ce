"""Channels added and taken out on the pages: by whom, how, and what is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from runtime.settings.channel_list import read_channels
from sinks.store.errors import QueryTimeoutError
from tests.support.pages import desk
from tests.support.pages.served import BASE, client_of, filled, pages_over
from web.channel_list import ChannelFileList, ChannelListError
from web.serving.access import Access
from web.views.channel_changes import Changing

TOKEN = "0123456789abcdef-right"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filled(path).close()
    return path


@dataclass
class Collecting:
    """Pages beside a collector, and a reader of them."""

    client: TestClient
    file: Path

    def sign_in(self) -> str:
        assert self.client.post("/login", content=f"token={TOKEN}").status_code == 303
        found = re.search(r'name="key" value="([0-9a-f]{64})"', self.client.get("/channels").text)
        assert found is not None
        return found[1]

    def names(self) -> list[str]:
        return [entry.name for entry in read_channels(self.file)] if self.file.exists() else []


@pytest.fixture
def collecting(store: Path, tmp_path: Path) -> Iterator[Collecting]:
    file = tmp_path / "channels.toml"
    pages = pages_over(store, Access("127.0.0.1", token=TOKEN))
    pages.channel_list = ChannelFileList(file)
    with client_of(pages) as client:
        yield Collecting(client, file)


def test_who_has_the_token_adds_a_channel_and_takes_it_out(collecting: Collecting) -> None:
    key = collecting.sign_in()
    added = collecting.client.post("/channels", data={"key": key, "add": "https://t.me/Kestrel_Weather"})
    assert added.headers["location"] == "/channels?added=%40Kestrel_Weather"
    assert collecting.names() == ["@Kestrel_Weather"]
    page = collecting.client.get(added.headers["location"]).text
    assert "@Kestrel_Weather is collected from now on." in page
    assert "In the list, nothing collected yet" in page
    assert page.count('<span class="muted">in the list</span>') == 1  # among the offers
    again = collecting.client.post("/channels", data={"key": key, "add": "@kestrel_weather"})
    assert again.headers["location"] == "/channels?there=%40kestrel_weather"
    removed = collecting.client.post("/channels", data={"key": key, "remove": "@kestrel_weather"})
    assert "is not collected any more" in collecting.client.get(removed.headers["location"]).text
    assert collecting.names() == []


def test_a_channel_is_taken_out_on_its_own_page(collecting: Collecting) -> None:
    key = collecting.sign_in()
    page = f"/channels/{desk.TIDE.id}"
    assert 'name="add" value="@tide_table"' in collecting.client.get(page).text
    collecting.file.write_text(f'[[channel]]\nname = "{desk.TIDE.id}"\n\n[[channel]]\nname = "@harbour_wire"\n')
    assert f'name="remove" value="{desk.TIDE.id}"' in collecting.client.get(page).text
    collecting.client.post("/channels", data={"key": key, "remove": str(desk.TIDE.id)})
    assert collecting.names() == ["@harbour_wire"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"add": "@kestrel_weather"}, 403),
        ({"add": "@kestrel_weather", "key": "0" * 64}, 403),
        ({"add": "@kestrel_weather", "key": "é"}, 403),
        ({"add": "", "key": "right"}, 400),
        ({"key": "right"}, 400),
        ({"add": "https://t.me/+AbCdEf", "key": "right"}, 400),
        ({"add": "<script>alert(1)</script>", "key": "right"}, 400),
        ({"add": '@a"]\n[[channel]]', "key": "right"}, 400),
        ({"remove": "../../etc", "key": "right"}, 400),
        ({"add": "@" + "a" * 9_000, "key": "right"}, 413),
    ],
)
def test_what_is_no_form_of_ours_changes_nothing(collecting: Collecting, fields: dict[str, str], status: int) -> None:
    key = collecting.sign_in()
    sent = {name: key if value == "right" else value for name, value in fields.items()}
    answer = collecting.client.post("/channels", data=sent)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert collecting.names() == []


def test_a_page_of_another_site_cannot_change_the_list(collecting: Collecting) -> None:
    fields = {"key": collecting.sign_in(), "add": "@kestrel_weather"}
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"host": "evil.example"},
    ):
        assert collecting.client.post("/channels", data=fields, headers=headers).status_code in (403, 421)
    assert collecting.names() == []
    assert collecting.client.post("/channels", data=fields, headers={"origin": BASE}).status_code == 303


def test_without_the_token_nobody_changes_the_list(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    key = Access("127.0.0.1", token=TOKEN).form_key
    open_pages = pages_over(store)
    open_pages.channel_list = ChannelFileList(file)
    by_proxy = pages_over(store, Access("127.0.0.1", TOKEN, user_header="X-User", proxies=("testclient",)))
    by_proxy.channel_list = ChannelFileList(file)
    for pages, hint in (
        (open_pages, "started with --token-file FILE"),
        (by_proxy, "those who sign in with the token"),
        (pages_over(store), "tgwire channels add @name"),  # no collector in this process
    ):
        with client_of(pages) as client:
            client.headers["x-user"] = "ana"
            page = client.get("/channels").text
            assert hint in page
            assert "Add channel" not in page
            assert client.post("/channels", data={"add": "@kestrel_weather", "key": key}).status_code == 403
    assert not file.exists()


def test_a_list_that_cannot_be_read_is_named(collecting: Collecting) -> None:
    key = collecting.sign_in()
    collecting.file.write_text("[[channel]\nname = 1\n")
    page = collecting.client.get("/channels")
    assert page.status_code == 200
    assert "The list of channels cannot be read." in page.text
    assert "channels.toml:1" in page.text
    refused = collecting.client.post("/channels", data={"key": key, "add": "@kestrel_weather"})
    assert refused.status_code == 409
    assert "channels.toml:1" in refused.text


def test_a_list_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChannelListError, match="cannot be written"):
        ChannelFileList(tmp_path / "file" / "channels.toml").add("@kestrel_weather")


def test_channels_are_offered_and_sorted_by_who_is_first(store: Path) -> None:
    with client_of(pages_over(store)) as client:
        page = client.get("/channels?sort=first").text
        assert "Kestrel Weather ☁" in page
        assert "<code>tgwire channels add @kestrel_weather</code>" in page
        assert page.index("Harbour Wire") < page.index("Tide Table")
        assert "100 %</td></tr>" in page  # Harbour Wire was first with its one story
        trouble = client.get("/channels?state=trouble").text
        assert "2 of 2 shown" in trouble
        assert client.get("/channels?state=idle").text.count("No channel is in this state") == 1


def test_a_channel_without_a_public_name_is_listed_by_its_id_alone() -> None:
    listed = Changing("key", ("@none", "7", "@News"))
    assert listed.listed_as(None, 5) is None
    assert listed.listed_as(None, 7) == "7"
    assert listed.listed_as("news", 5) == "@News"


def test_channels_are_shown_where_what_is_offered_takes_too_long(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_too_long(*_: object) -> None:
        raise QueryTimeoutError("took longer than 2 s and was stopped")

    monkeypatch.setattr("web.views.relations.offers", take_too_long)
    pages = pages_over(store)
    pages.readers.timeout_s = 2.0
    with client_of(pages) as client:
        response = client.get("/channels?sort=first")
    assert response.status_code == 200
    assert "Harbour Wire" in response.text
    assert "Not shown: it takes the store more than 2 s." in response.text
    assert "None." not in response.text
