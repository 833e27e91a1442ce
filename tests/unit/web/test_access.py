"""Who may read the pages, and what every answer carries."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sinks.store.sqlite.database import SqliteDatabase
from tests.support.pages.served import client_of, pages_over
from web.errors import ServeError
from web.serving.access import Access, read_token

TOKEN = "0123456789abcdef-right"
PAGE = {"accept": "text/html"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    SqliteDatabase(tmp_path / "tgwire.db").close()
    return tmp_path / "tgwire.db"


@pytest.fixture
def guarded(store: Path) -> Iterator[TestClient]:
    with client_of(pages_over(store, Access("0.0.0.0", token=TOKEN))) as client:
        yield client


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "desk.example.org", ""])
def test_others_are_never_let_in_without_a_token_or_a_proxy(host: str) -> None:
    with pytest.raises(ServeError, match="--token-file FILE, or --user-header NAME"):
        Access(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_machine_needs_none(host: str) -> None:
    assert Access(host).may_read({}, "127.0.0.1")


def test_a_token_opens_the_pages_in_each_way(guarded: TestClient) -> None:
    assert guarded.get("/").status_code == 401
    assert guarded.get("/", headers=PAGE).headers["location"] == "/login"
    assert guarded.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    basic = b64encode(f"any:{TOKEN}".encode()).decode()
    assert guarded.get("/", headers={"authorization": f"Basic {basic}"}).status_code == 200
    signed = guarded.post("/login", content=f"token={TOKEN}")
    assert signed.status_code == 303
    cookie = signed.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/").status_code == 200  # by the cookie


@pytest.mark.parametrize(
    "headers",
    [{"accept": "text/html, text/event-stream"}, {"accept": "text/html", "sec-fetch-mode": "cors"}],
)
def test_a_page_whose_cookie_is_outdated_gets_no_form_for_its_stream(
    guarded: TestClient, headers: dict[str, str]
) -> None:
    answer = guarded.get("/live?place=0-0", headers=headers)
    assert answer.status_code == 401
    assert "Basic" not in answer.headers["www-authenticate"]  # no dialog over the page
    opened = guarded.get("/", headers={"accept": "text/html, text/event-stream", "sec-fetch-mode": "navigate"})
    assert opened.headers["location"] == "/login"


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer wrong"}, {"authorization": "Basic !!!"}, {"authorization": f"bearer {TOKEN}x"},
     {"cookie": "tgwire_session=x"}, {"cookie": "tgwire_session=\u00e9".encode("latin-1").decode("latin-1")},
     {"authorization": "Bearer \u00e9"}, {"x-remote-user": "me"}],
)  # fmt: skip
def test_a_wrong_token_does_not(guarded: TestClient, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert guarded.get("/api/posts", headers=raw).status_code == 401  # type: ignore[arg-type]


def test_a_wrong_token_is_said_on_the_form(guarded: TestClient) -> None:
    answer = guarded.post("/login", content="token=nope")
    assert answer.status_code == 401
    assert "That is not the token." in answer.text
    assert guarded.post("/login", content="token=" + "x" * 10_000).status_code == 413


def test_a_proxys_header_counts_from_the_proxy_alone(store: Path) -> None:
    access = Access("0.0.0.0", user_header="X-Remote-User", proxies=("192.0.2.1",))
    assert access.may_read({"x-remote-user": "ann"}, "192.0.2.1")
    assert not access.may_read({"x-remote-user": "ann"}, "192.0.2.2")
    assert not access.may_read({"x-remote-user": ""}, "192.0.2.1")
    assert not access.may_read({}, "192.0.2.1")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8123", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_ours_is_refused(store: Path, host: str) -> None:
    with client_of(pages_over(store)) as client:
        assert client.get("/", headers={"host": host}).status_code == 421


def test_names_that_are_ours_are_not(store: Path) -> None:
    with client_of(pages_over(store, Access("127.0.0.1", names=("desk.example.org",)))) as client:
        for host in ("localhost:8123", "127.0.0.1", "[::1]:8123", "desk.example.org", "DESK.example.org:80"):
            assert client.get("/", headers={"host": host}).status_code == 200


def test_pages_of_other_sites_read_nothing(store: Path) -> None:
    with client_of(pages_over(store)) as client:
        assert client.get("/api/posts", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.get("/api/posts", headers={"origin": "null"}).status_code == 403
        cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        assert client.get("/api/posts", headers=cross).status_code == 403
        assert (
            client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200
        )
        assert client.get("/api/posts", headers={"origin": "http://127.0.0.1:8123"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nope", "/static/app.css", "/api/posts", "/healthz", "/?before=x"])
def test_each_answer_forbids_foreign_content(store: Path, path: str) -> None:
    with client_of(pages_over(store)) as client:
        headers = client.get(path).headers
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("short\n")
    with pytest.raises(ServeError, match="16 characters or more"):
        read_token(file)
    file.write_text(f"{TOKEN}\n")
    assert read_token(file) == TOKEN
    file.write_bytes(b"\xff" * 40)
    with pytest.raises(ServeError, match="ASCII"):
        read_token(file)
    with pytest.raises(ServeError, match="cannot be read"):
        read_token(tmp_path / "none")
