"""Every command, shown content of others that would steer a terminal: none of it may get through as it is."""

import io
import json
import logging
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomlkit
import typer
from typer.main import get_command

from ingest.media.download_queue import ListedFile
from ingest.sources.base import Rejected
from processors.errors import BrokerRefusedError
from runtime.kafka.topics import Drift, TopicCheck
from schemas import (
    DeadLetter,
    DuplicateKind,
    DuplicateLink,
    DuplicateRecord,
    Media,
    MediaKind,
    NormalizedPost,
    RejectReason,
)
from sinks.store.database import closing
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.search.corpus import Corpus, Post
from tgwire import cli
from tgwire.cli.app import app
from tgwire.cli.output.console import err, out
from tgwire.dead_letters import DeadLetterPosition, StoredLetter
from tgwire.dead_letters import ReplayResult as Replayed
from tgwire.errors import BrokerStartError, WorkersRunningError
from tgwire.processes.channel_check import ChannelCheck
from tgwire.processes.media_retry import RetryReport

NAME = "[bold][link=x]n\x1b[31m\x1b]8;;x\x07\x9b2J\u202e\u2066\u200b\ufeff\u2028\x85\rn"
"""Fit for the name of a file."""
HOSTILE = NAME + "\x00 http://x.example/\U000e0041[/red]"
SEEN = "[bold][link"
"""Its beginning: shown as it is, never read as markup."""

Walk = Callable[[Path, pytest.MonkeyPatch], list[str]]


def posts_file(folder: Path) -> Path:
    """Posts full of it, in a folder and file that are named so."""
    lead = f"Foreign media on the storm {NAME}:"
    items = [f"- The Guardian writes {NAME} shut.", f"- Le Figaro writes {NAME} full.", "- Politico writes: open."]
    text = "\n".join([lead, "", *items])
    channel = {"id": 5, "title": HOSTILE, "username": NAME}
    post = {"channel": channel, "message_id": 7, "text": text, "media": [{"kind": "photo", "file_name": HOSTILE}]}
    lines = [post, post | {"message_id": 8, "date": "2026-03-01T10:00:00Z"}]
    lines += [{"text": "x", "counters": {"reactions": {HOSTILE: -1}}}, {"text": "x", "date": HOSTILE}]
    path = folder / NAME / f"{NAME}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + f"{HOSTILE}\n", encoding="utf-8")
    return path


def replayed(folder: Path, patch: pytest.MonkeyPatch) -> str:
    run(patch, "replay", str(posts_file(folder)), "--direct", str(folder / "out"))
    return str(folder / "out")


def config(folder: Path, text: str) -> str:
    (folder / "c.toml").write_text(text, encoding="utf-8")
    return str(folder / "c.toml")


def toml(text: str) -> str:
    return tomlkit.item(text).as_string()


def letter() -> StoredLetter:
    described = DeadLetter(
        stage=HOSTILE, topic=HOSTILE, partition=0, offset=1, reason=RejectReason.FAILED, field=HOSTILE,
        message=HOSTILE, pipeline_version=HOSTILE, failed_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    raw = HOSTILE.encode()
    return StoredLetter(DeadLetterPosition(0, 1), 0, raw, raw, ((HOSTILE, raw),), described, None)


def demo(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    def results(*_: object, say: Callable[[str], None], **__: object) -> SimpleNamespace:
        say(HOSTILE)
        posts = [parsed(folder)]
        link = DuplicateLink(of="tg:1:1", kind=DuplicateKind.NEAR, similarity=0.9)
        links = [DuplicateRecord(key=posts[0].key, revision=posts[0].revision, duplicate=link)]
        rejections = [Rejected(HOSTILE, RejectReason.FAILED, HOSTILE)]
        summary = SimpleNamespace(rejections=rejections, published=1, rejected=1)
        return SimpleNamespace(summary=summary, posts=posts, duplicates=links, files=[folder / NAME])

    patch.setattr("tgwire.cli.commands.demo.run_demo", results)
    return ["demo", str(posts_file(folder))]


def parsed(folder: Path) -> Any:
    from ingest.sources import ReadOptions, open_sources
    from processors.in_process import DirectPipeline
    from processors.loading import load_analyzer

    (source,) = open_sources(posts_file(folder), ReadOptions(), io.BytesIO()).sources
    outcome = DirectPipeline(load_analyzer()).process(next(iter(source.read())).entry)  # type: ignore[arg-type]
    assert isinstance(outcome.record, NormalizedPost)
    return outcome.record


def login(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    async def sign_in(*arguments: Any) -> SimpleNamespace:
        await arguments[-1].password(HOSTILE, HOSTILE)
        return SimpleNamespace(username=HOSTILE, user_id=1, was_before=False)

    def prompt(question: str, **_: object) -> str:
        typer.echo(question, err=True)
        return "secret"

    patch.setenv("TGWIRE_TELEGRAM__API_ID", "1")
    patch.setenv("TGWIRE_TELEGRAM__API_HASH", "0" * 32)
    patch.setattr("ingest.telegram.login.login", sign_in)
    patch.setattr("typer.prompt", prompt)
    return ["login"]


def collect(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    async def ended(*_: object) -> SimpleNamespace:
        status = SimpleNamespace(published=1, channels=(), gaps_open=1, queue_depth=0, held=0, notice=HOSTILE)
        return SimpleNamespace(collector=status, problems={HOSTILE: HOSTILE})

    fake = SimpleNamespace(run=ended, stop=lambda: None, alive=lambda: (True, ""), ready=lambda: (True, ""))
    patch.setattr("tgwire.processes.collect.CollectProcess", lambda *_, **__: fake)
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    return ["collect", "--json"]


def worker(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    def refused(*_: object, **__: object) -> int:
        logging.getLogger("faust").error("broken: %s", HOSTILE, extra={HOSTILE: HOSTILE})
        raise BrokerRefusedError(HOSTILE)

    patch.setattr("processors.stream.process.worker.run_worker", refused)
    patch.setattr("runtime.kafka.outage_log.BrokerWatch._run", lambda _: None)  # it would watch on after the test
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    return ["worker"]


def broker(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    def fails(*_: object, **__: object) -> None:
        raise BrokerStartError(f"Kafka did not start:\n{HOSTILE}")

    patch.setattr("tgwire.cli.commands.broker.start_broker", fails)
    return ["broker"]


def topics(_: Path, patch: pytest.MonkeyPatch) -> list[TopicCheck]:
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    topic: Any = None
    return [TopicCheck(HOSTILE, topic, exists=True, drifts=(Drift(HOSTILE, HOSTILE, HOSTILE),), not_checked=(HOSTILE,))]


def topics_verify(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    checks = topics(folder, patch)
    patch.setattr("tgwire.cli.commands.topics.verify_topics", lambda *_, **__: checks)
    return ["topics", "verify"]


def topics_create(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    def fails(*_: object, **__: object) -> None:
        raise OSError(HOSTILE)

    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    patch.setattr("tgwire.cli.commands.topics.create_topics", fails)
    return ["topics", "create"]


def states_reset(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    def refused(*_: object) -> None:
        raise WorkersRunningError(HOSTILE)

    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    patch.setattr("tgwire.cli.commands.states.reset_states", refused)
    return ["states", "reset", "--yes"]


def check(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    checks = topics(folder, patch)
    patch.setattr("tgwire.cli.commands.check.verify_topics", lambda *_, **__: checks)
    patch.setattr("tgwire.cli.commands.check.group_lag", lambda *_: {HOSTILE: 1})
    return ["-c", config(folder, f"[ingest]\nstate_dir = {toml(NAME)}\n"), "check", "--connect"]


def letters_list(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    patch.setattr("tgwire.cli.commands.dead_letters.list_letters", lambda *_: [letter()])
    return ["dead-letters", "list"]


def letters_show(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    patch.setattr("tgwire.cli.commands.dead_letters.show_letter", lambda *_: letter())
    return ["dead-letters", "show", "0:1"]


def letters_replay(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    result = Replayed(DeadLetterPosition(0, 1), HOSTILE, "not sent", HOSTILE)
    patch.setattr("tgwire.cli.commands.dead_letters.replay_letters", lambda *_, **__: iter([result]))
    return ["dead-letters", "replay", "0:1"]


def channels_import(folder: Path, _: pytest.MonkeyPatch) -> list[str]:
    (folder / NAME).write_text(f"@wirenews\n@{HOSTILE}\n", encoding="utf-8", newline="")
    return ["channels", "import", str(folder / NAME)]


def channels_list(folder: Path, _: pytest.MonkeyPatch) -> list[str]:
    row = f'[[channel]]\nname = "@wirenews"\naccount = {toml(HOSTILE)}\n'
    (folder / "channels.toml").write_text(row, encoding="utf-8")
    return ["-c", config(folder, '[collect]\nchannels = "channels.toml"\n'), "channels", "list"]


def channels_verify(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    async def verdicts(_: object, __: object, on_verdict: Callable[[str], None]) -> list[ChannelCheck]:
        on_verdict(HOSTILE)
        return [ChannelCheck(HOSTILE, HOSTILE, HOSTILE, 1, (HOSTILE,))]

    patch.setattr("tgwire.processes.channel_check.verify_channels", verdicts)
    return [*channels_list(folder, patch)[:3], "verify"]


def listed_file() -> ListedFile:
    media = Media(kind=MediaKind.PHOTO, id=HOSTILE, mime_type=HOSTILE)
    return ListedFile(media, HOSTILE, HOSTILE, 0.0, 0.0, 1, 0, HOSTILE)


def media_list(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setattr("tgwire.cli.commands.media.waiting_files", lambda _: [listed_file()])
    return ["media", "list"]


def media_retry(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
    async def report(_: object, on_file: Callable[..., None]) -> RetryReport:
        on_file(listed_file(), "failed")
        return RetryReport(Counter({"failed": 1}), (listed_file(),), 0)

    patch.setattr("tgwire.cli.commands.media.waiting_files", lambda _: [listed_file()])
    patch.setattr("tgwire.processes.media_retry.retry_files", report)
    return ["media", "retry"]


def hostile_store(folder: Path) -> str:
    post = Post(
        channel_id=1_000, message_id=2, posted_ms=1_795_000_000_000, text=f"storm {HOSTILE}", language="en", id=7
    )
    with closing(SqliteDatabase(folder / "tgwire.db")) as database:
        Corpus([post]).load(database)
    return f"sqlite:{folder / 'tgwire.db'}"


def stored(*arguments: str) -> Walk:
    """A command that reads a store with a hostile post."""
    return lambda folder, _: [*arguments, "--store", hostile_store(folder)]


def store_command(*arguments: str) -> Walk:
    """A command on a store whose address is hostile."""

    def walk(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
        (folder / NAME).mkdir()
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
        patch.setattr("runtime.kafka.topic_reader.end_offsets", lambda *_: {0: 0})
        return ["-c", config(folder, f"[store]\nurl = {toml(f'sqlite:{folder / NAME}')}\n"), "store", *arguments]

    return walk


def move_of_a_store(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    *options, _, _ = store_command("stats")(folder, patch)
    return [*options, "move", "--to-kafka", "--yes"]


def state_of_a_hostile_name(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("TGWIRE_INGEST__STATE_DIR", str(folder / NAME))
    return ["backup", str(folder / "backup")]


def status_of_hostile_files(folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("TGWIRE_INGEST__STATE_DIR", str(folder))
    (folder / "run").mkdir()
    (folder / "run" / f"{NAME}.json").write_text("{")
    return ["status", "--store", hostile_store(folder)]


def sink_command(name: str) -> Walk:
    """A sink that is refused with hostile words."""

    def walk(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
        def refused(*_: object, **__: object) -> None:
            raise BrokerRefusedError(HOSTILE)

        patch.setattr("tgwire.processes.sink.run_sink", refused)
        patch.setattr("runtime.kafka.outage_log.BrokerWatch._run", lambda _: None)  # it would watch on after the test
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
        patch.setenv("TGWIRE_SINK__WEBHOOK__URL", "https://receiver.example/hook")
        patch.setenv("TGWIRE_SINK__WEBHOOK__SECRET", "s" * 24)
        return ["sink", name]

    return walk


WALKS: dict[str, Walk] = {
    "demo": demo,
    "login": login,
    "collect": collect,
    "replay": lambda folder, _: ["replay", str(posts_file(folder)), "--direct", str(folder / "out")],
    "worker": worker,
    "parse": lambda folder, _: ["parse", str(posts_file(folder))],
    "inspect": lambda folder, _: ["inspect", str(posts_file(folder))],
    "clusters": lambda folder, patch: ["clusters", replayed(folder, patch)],
    "language-prior": lambda folder, _: ["language-prior", str(posts_file(folder))],
    "check": check,
    "schema": lambda *_: ["schema", HOSTILE],
    "broker": broker,
    "topics create": topics_create,
    "topics verify": topics_verify,
    "states reset": states_reset,
    "channels add": lambda *_: ["channels", "add", HOSTILE],
    "channels import": channels_import,
    "channels remove": lambda folder, patch: [*channels_list(folder, patch)[:3], "remove", HOSTILE],
    "channels set": lambda folder, patch: [*channels_list(folder, patch)[:3], "set", HOSTILE, "--tier", "high"],
    "init": lambda folder, _: ["init", str(folder / NAME / "tgwire.toml")],
    "channels list": channels_list,
    "channels verify": channels_verify,
    "media list": media_list,
    "media retry": media_retry,
    "dead-letters list": letters_list,
    "dead-letters show": letters_show,
    "dead-letters replay": letters_replay,
    "serve": lambda folder, _: ["serve", "--store", f"sqlite:{folder / NAME}"],
    "up": lambda folder, _: ["up", "--replay", str(folder / NAME), "--port", "0"],
    "search": stored("search", "storm"),
    "tail": stored("tail", "storm"),
    "export": lambda folder, _: ["export", "storm", "--store", f"sqlite:{folder / NAME}"],
    "sql": stored("sql", "SELECT text FROM bodies"),
    **{f"sink {name}": sink_command(name) for name in ("store", "jsonl", "parquet", "webhook")},
    **{f"store {name}": store_command(name) for name in ("migrate", "stats", "verify")},
    "status": status_of_hostile_files,
    "backup": state_of_a_hostile_name,
    "restore": lambda folder, _: ["restore", str(folder / NAME)],
    "move": move_of_a_store,
    "store resync": store_command("resync", "--yes"),
    "store retain": store_command("retain", "--days", "3", "--yes"),
    "store erase": store_command("erase", "@wirenews"),
    "store copy": store_command("copy", "sqlite:other.db"),
}
MORE: dict[str, Walk] = {
    "replay to a store": lambda folder, _: [
        *("replay", str(posts_file(folder)), "--to", "store", "--store", f"sqlite:{folder / f'{NAME}.db'}")
    ],
    "search for what cannot be read": stored("search", f"storm lang:{NAME}("),
    "sql over no Parquet": lambda folder, _: ["sql", "SELECT 1", "--parquet", str(folder / NAME)],
    "sql that gives it a name": stored("sql", f'SELECT 1 AS "{NAME}"'),
    "parse --explain": lambda folder, _: ["parse", "--explain", str(posts_file(folder))],
    "parse --json": lambda folder, _: ["parse", "--json", str(posts_file(folder))],
    "clusters --json": lambda folder, patch: ["clusters", "--json", replayed(folder, patch)],
    "no such file": lambda folder, _: ["parse", str(folder / NAME)],
    "no such path": lambda folder, _: ["clusters", str(folder / NAME)],
    "no such option": lambda *_: ["parse", f"--{NAME}"],
    "no such command": lambda *_: [NAME],
    "wrong value": lambda *_: ["clusters", "--top", HOSTILE, "."],
    "no such setting": lambda folder, _: ["-c", config(folder, f"{toml(HOSTILE)} = 1\n"), "check"],
    "no such configuration": lambda folder, _: ["-c", str(folder / NAME), "check"],
    "a fault of tgwire's": lambda folder, patch: [*broken(patch), str(posts_file(folder))],
}


def broken(patch: pytest.MonkeyPatch) -> list[str]:
    def fails(*_: object) -> None:
        raise RuntimeError(HOSTILE)

    patch.setattr("tgwire.cli.commands.parse.load_analyzer", fails)
    return ["parse"]


def run(patch: pytest.MonkeyPatch, *arguments: str) -> None:
    patch.setattr(sys, "argv", ["tgwire", *arguments])
    patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    with suppress(SystemExit):
        cli.main()


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown goes to a terminal of 100 columns that knows no colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TGWIRE_HTTP__PORT", "0")
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 100)
        monkeypatch.setattr(console, "_color_system", None)
    monkeypatch.setattr(out, "_force_terminal", True)


def unfit(text: str) -> set[str]:
    """Characters that steer, reorder or hide, by their Unicode properties."""
    marks = "\n\u200e\u200f\u061c"
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") and c not in marks}


def names(command: Any, path: str = "") -> Iterator[str]:
    for name, each in getattr(command, "commands", {}).items():
        yield from names(each, f"{path} {name}".strip()) if hasattr(each, "commands") else (f"{path} {name}".strip(),)


def test_every_command_is_walked() -> None:
    assert set(names(get_command(app))) == set(WALKS)


@pytest.mark.parametrize("name", [*WALKS, *MORE])
def test_nothing_foreign_steers_the_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (WALKS | MORE)[name](tmp_path, monkeypatch)
    capsys.readouterr()
    run(monkeypatch, *arguments)
    shown, said = capsys.readouterr()
    assert not unfit(shown + said), (shown, said)
    assert ("Traceback" in said) == (name == "a fault of tgwire's"), said
    if name != "wrong value":  # which is not repeated
        assert SEEN in re.sub(r"[\s│]", "", shown + said), (shown, said)
