"""`tgwire status`: what runs, and how the store and its channels are."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge
from typer.testing import CliRunner, Result

from runtime.http_endpoint import serve
from runtime.run_files import run_file, running
from runtime.settings.process import HttpSettings
from runtime.testing import ScriptedHealth
from sinks.store.database import DbRow
from tests.support.store.feed import Feed
from tests.support.store.records import State
from tests.support.store.stores import sqlite_store
from tgwire.cli.app import app
from tgwire.cli.output.console import out

HOSTILE = "News\x1b[2J\u202e\n[red]all is well"
LONG = "A channel whose title is longer than any line of a terminal " * 9


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path))
    return tmp_path


@contextmanager
def process(state: Path, command: str, health: ScriptedHealth, **figures: float) -> Iterator[None]:
    registry = CollectorRegistry()
    for name, value in figures.items():
        Gauge(name, "Of a test.", registry=registry).set(value)
    with serve(HttpSettings(), registry, health) as server, run_file(state, command, server.url):
        yield


@contextmanager
def listener(answer: bytes, *, again: bytes = b"") -> Iterator[str]:
    """Something at an address, which answers so, then goes on with ``again`` as long as somebody reads."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    threading.Thread(target=talk, args=(peer,), daemon=True).start()

        def talk(peer: socket.socket) -> None:
            with peer, suppress(OSError):
                peer.sendall(answer)
                while again and not is_over.wait(0.01):
                    peer.sendall(again)
                is_over.wait()

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        is_over.set()
        server.shutdown(socket.SHUT_RDWR)


def status(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["status", *arguments])


def as_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = status("--json", *arguments)
    return done.exit_code, json.loads(done.stdout)


def change_channels(store: Feed, rows: list[DbRow]) -> None:
    """Rows of id, title, state and gap, in place of the channels that are there."""
    with store.database.writing() as writer:
        writer.execute("DELETE FROM channels")
        writer.insert("channels", ("id", "title", "state", "gap"), rows)


def test_with_nothing_there_it_says_so_and_nothing_is_wrong(state: Path) -> None:
    done = status()
    assert done.exit_code == 0
    assert f"No process runs with {state}." in done.stdout
    assert f"Store: none at {state}/tgwire.db" in done.stdout


def test_processes_show_whether_they_are_ready_and_how_far_behind(state: Path) -> None:
    with (
        process(state, "collect", ScriptedHealth(), tgwire_collect_queue_depth=7, tgwire_collect_gaps_open=2),
        process(state, "sink-store", ScriptedHealth(), tgwire_sink_lag=120),
    ):
        code, found = as_json("--timeout", "60")
        shown = status("--timeout", "60").stdout
    assert code == 0
    collect, sink = found["processes"]
    assert (collect["name"], collect["state"], collect["lag"], collect["open_gaps"]) == ("collect", "ready", 7, 2)
    assert (sink["name"], sink["state"], sink["lag"], sink["open_gaps"]) == ("sink-store", "ready", 120, None)
    assert collect["pid"] == os.getpid()
    assert collect["memory_bytes"] > 1_000_000
    assert [line.split()[:2] for line in shown.splitlines() if "ready" in line] == [
        ["collect", "ready"],
        ["sink-store", "ready"],
    ]


def test_a_process_that_is_not_ready_gives_its_reason(state: Path) -> None:
    with process(state, "worker", ScriptedHealth(not_ready=f"the broker is away {HOSTILE}")):
        code, found = as_json("--timeout", "60")
        shown = status("--timeout", "60")
    assert (code, shown.exit_code, found["processes"][0]["state"]) == (1, 1, "not ready")
    assert r"worker: not ready: the broker is away News\x1b[2J\u202e\n[red]all is well" in shown.stdout


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (b"", b""),
        (b"HTTP/1.0 200 OK\r\n", b"x: y\r\n"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"ready "),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 9000000000\r\n\r\n", b"."),
    ],
    ids=["nothing", "headers without end", "text without end", "a length that never comes"],
)
def test_a_process_that_hangs_holds_nothing_up(state: Path, answer: bytes, again: bytes) -> None:
    with listener(answer, again=again) as endpoint, run_file(state, "collect", endpoint):
        code, found = as_json("--timeout", "1")
    assert (code, found["processes"][0]["state"]) == (1, "no answer")


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.0 404 Not Found\r\n\r\n", b"\x00\xff" * 99, b"HTTP/1.0 999999 x\r\n\r\n"],
)
def test_another_program_at_the_address_is_no_process_of_ours(state: Path, answer: bytes) -> None:
    with listener(answer) as endpoint, run_file(state, "collect", endpoint):
        code, found = as_json("--timeout", "1")
    assert (code, found["processes"][0]["state"]) == (1, "no answer")


def test_metrics_that_cannot_be_read_are_no_figures(state: Path) -> None:
    page = b"HTTP/1.0 200 OK\r\nContent-Length: 30\r\n\r\n" + b'tgwire_sink_lag{{{{"\nNaN NaN NaN'[:30]
    with listener(page) as endpoint, run_file(state, "sink-store", endpoint):
        code, found = as_json("--timeout", "60")
    assert (code, found["processes"][0]["state"], found["processes"][0]["lag"]) == (0, "ready", None)


@pytest.mark.parametrize(
    ("change", "expected", "code"),
    [
        ({"pid": 2**22 + 1}, "gone", 1),
        ({"process_start": "another boot/1"}, "gone", 1),
        ({"host": "elsewhere"}, "elsewhere", 0),
    ],
)
def test_files_of_processes_that_do_not_run_are_recognised(
    state: Path, change: dict[str, object], expected: str, code: int
) -> None:
    path = state / "run" / "worker.json"
    with run_file(state, "worker", "http://127.0.0.1:1"):
        content = json.loads(path.read_text())
    path.write_text(json.dumps(content | change))
    assert [as_json()[0], *[each["state"] for each in as_json()[1]["processes"]]] == [code, expected]
    assert status().exit_code == code


def test_a_file_that_cannot_be_read_is_named(state: Path) -> None:
    (state / "run").mkdir()
    (state / "run" / "worker.json").write_text("{")
    done = status()
    assert done.exit_code == 1
    assert "worker.json: cannot be read" in done.stdout


def test_a_broker_runs_and_is_not_asked_by_http(state: Path) -> None:
    with run_file(state, "broker", "127.0.0.1:9092"):
        code, found = as_json()
    assert (code, found["processes"][0]["state"]) == (0, "running")


def test_no_key_of_a_process_is_shown(state: Path) -> None:
    with run_file(state, "broker", "127.0.0.1:9092", token="hidden", environment={"PASSWORD": "hidden"}):
        assert "hidden" not in status().stdout + status("--json").stdout


def test_the_store_and_its_channels(state: Path) -> None:
    with Feed(sqlite_store(state / "tgwire.db")) as store:
        store.posts(*(State(number, (1, 0)) for number in range(1, 8)))
        change_channels(
            store, [(101, "Fine", "live", None), (202, "Behind", "live", 12), (303, "Lost", "private", None)]
        )
    code, found = as_json()
    assert code == 0
    assert (found["store"]["posts"], found["store"]["size_bytes"] > 10_000) == (7, True)
    assert {each["title"]: each["gap"] for each in found["store"]["channels"]} == {
        "Fine": None,
        "Behind": 12,
        "Lost": None,
    }
    shown = status().stdout
    assert "last write" in shown  # of whatever fills it: a sink, or `tgwire up`
    assert sorted(["Behind", "Lost", "Fine"], key=shown.index) == ["Behind", "Lost", "Fine"]
    assert "and 1 more" in status("--limit", "2").stdout


def test_a_store_that_cannot_be_read_is_named(state: Path) -> None:
    with Feed(sqlite_store(state / "tgwire.db")) as store, store.database.writing() as writer:
        writer.execute("PRAGMA user_version = 99")
    done = status()
    assert done.exit_code == 1
    assert "written by a newer tgwire" in done.stdout
    assert as_json()[0] == 1


def test_everything_fits_80_columns_whatever_titles_hold(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Feed(sqlite_store(state / "tgwire.db")) as store:
        change_channels(
            store,
            [
                (1, HOSTILE, "migrated", 1_000_000),
                (2, LONG, "live", None),
                (3, "漢" * 99, "live", 3),
                (4, "\u0301" * 500, "live", 4),
            ],
        )
    monkeypatch.setattr(out, "_width", 80)
    with run_file(state, "sink-webhook", "127.0.0.1:1"), run_file(state, "sink-webhook", "127.0.0.1:1"):
        shown = status().stdout
    assert not set("\x1b\u202e") & set(shown)
    assert r"News\x1b[2J\u202e" in shown
    assert {len(line) for line in shown.splitlines() if "漢" not in line and str(state) not in line} <= set(range(81))
    assert all(len(line) + line.count("漢") + line.count("…") <= 82 for line in shown.splitlines() if "漢" in line)


def test_pages_are_found_while_they_are_served(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []

    def serve_store(*_: object, on_start: Any, **__: object) -> None:
        on_start("http://127.0.0.1:8123/")
        seen.extend((each.command, each.endpoint) for each in running(state))

    monkeypatch.setattr("web.server.serve_store", serve_store)
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0
    assert seen == [("serve", "http://127.0.0.1:8123")]
    assert running(state) == []
