"""Where the sinks of files, tables and requests write in tests, and how a reader sees it."""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from runtime.settings.sink import JsonlSinkSettings, ParquetSinkSettings, WebhookSinkSettings
from sinks.contract import Sink
from sinks.jsonl import JsonlSink
from sinks.parquet import ParquetSink
from sinks.webhook import WebhookSink
from tests.contract.sinks.sink_contract import Seen

SECRET = "of-the-receiver-and-of-nobody-else"


@dataclass(frozen=True)
class JsonlPlace:
    folder: Path
    max_bytes: int = 20_000
    """Small, so that files are rotated in every test."""
    takes_newer_versions = True

    def make(self) -> Sink:
        return JsonlSink(JsonlSinkSettings(folder=self.folder, max_bytes=self.max_bytes))

    def lines(self) -> list[tuple[str, str]]:
        """Topic and line, in the order of writing."""
        return [
            (path.name.rsplit(".", 3)[0], line)
            for path in sorted(self.folder.glob("*.jsonl"))
            for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
            if line
        ]

    def seen(self) -> dict[str, Seen]:
        return folded((topic, json.loads(line)) for topic, line in self.lines())

    def effects(self) -> Counter[tuple[str, str]]:
        return Counter((topic, json.loads(line)["key"]) for topic, line in self.lines())


@dataclass(frozen=True)
class ParquetPlace:
    place: str
    takes_newer_versions = False

    def make(self) -> Sink:
        return ParquetSink(ParquetSinkSettings(place=self.place))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Dated and undated rows, in the order of states."""
        from deltalake import DeltaTable

        found = [
            row
            for name in (table, f"{table}_undated")
            for row in DeltaTable(f"{self.place}/{name}").to_pyarrow_table().to_pylist()
        ]
        return sorted(
            found,
            key=lambda row: (row.get("rank_us") or 0, row.get("rank_class") or 0, row["recorded_at"], row["offset"]),
        )

    def seen(self) -> dict[str, Seen]:
        seen: dict[str, Seen] = {}
        for row in self.rows("posts"):
            seen[row["key"]] = Seen(row["revision"], row["op"] == "delete")
        by_offset = sorted(self.rows("duplicates"), key=lambda row: row["offset"])
        links = {row["key"]: row["duplicate_of"] for row in by_offset}
        views = {row["key"]: row["view_count"] for row in self.rows("counters")}
        return {
            each: Seen(post.revision, post.is_deleted, links.get(each), views.get(each)) for each, post in seen.items()
        }

    def effects(self) -> Counter[tuple[str, str]]:
        names = {"posts.normalized": "posts", "posts.duplicates": "duplicates", "posts.counters": "counters"}
        return Counter((topic, row["key"]) for topic, table in names.items() for row in self.rows(table))


@dataclass
class Receiver:
    """A receiver of webhooks on loopback: keeps what it is sent, and answers what it is told to."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refused_keys: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        if json.loads(body)["key"] in self.refused_keys:
            return 422
        self.requests.append((headers, body))
        return self.status

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answer({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None: ...  # clients are killed on purpose

        with Server(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            self.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


@dataclass(frozen=True)
class WebhookPlace:
    folder: Path
    url: str
    takes_newer_versions = True
    receiver: Receiver | None = None
    """None in another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return WebhookPlace, (self.folder, self.url)

    def make(self) -> Sink:
        return WebhookSink(
            WebhookSinkSettings(
                url=self.url,
                secret=SecretStr(SECRET),
                topics=("posts.normalized", "posts.duplicates", "posts.counters"),
                begin="start",
                timeout_s=60.0,
                networks=("127.0.0.0/8",),
            ),
            self.folder,
        )

    def seen(self) -> dict[str, Seen]:
        return folded(
            (sent["type"], sent["data"] if sent["data"] is not None else {"type": "withdrawn", "key": sent["key"]})
            for sent in self._sent()
        )

    def effects(self) -> Counter[tuple[str, str]]:
        assert self.receiver is not None
        sent = [json.loads(body) for _, body in self.receiver.requests]
        return Counter((each["type"], each["key"]) for each in sent)

    def _sent(self) -> Iterator[dict[str, Any]]:
        """Once for each id, as a receiver drops repeats, in the order of their first coming."""
        assert self.receiver is not None
        known = set()
        for headers, body in self.receiver.requests:
            if headers["webhook-id"] not in known:
                known.add(headers["webhook-id"])
                yield json.loads(body)


def folded(changes: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Seen]:
    """The posts after all changes, in the order in which they came: states by rank, all else by the last one."""
    states: dict[str, tuple[tuple[int, ...], Seen]] = {}
    links: dict[str, str | None] = {}
    views: dict[str, int | None] = {}
    for topic, record in changes:
        name = record["key"]
        match topic:
            case "posts.normalized":
                rank = tuple(record["provenance"]["rank"])
                if name not in states or rank >= states[name][0]:
                    states[name] = rank, Seen(record.get("revision"), record["type"] == "tombstone")
            case "posts.duplicates":
                links[name] = (record.get("duplicate") or {}).get("of")
            case "posts.counters":
                views[name] = record["counters"]["views"]
    return {
        name: Seen(state.revision, state.is_deleted, links.get(name), views.get(name))
        for name, (_, state) in states.items()
    }
