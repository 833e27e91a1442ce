import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from processors.errors import QuoteSettingError
from tests.support.patience import DEADLINE_S
from tests.support.project import ROOT
from tgwire.cli.app import app

"""Far above what it takes, for machines that are busy."""
SEED = next((ROOT / "seeds").glob("*.txt"))


def run(*arguments: str, stdin: bytes | str = b"") -> Result:
    return CliRunner().invoke(app, ["parse", *arguments], input=stdin)


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_line_gives_one_record_in_order_and_copies_are_linked() -> None:
    text = "The harbour opens again on Thursday, the master said."
    lines: list[dict[str, Any]] = [
        {"channel_id": 1, "message_id": 1, "date": "2026-01-01T00:00:00Z", "text": text},
        {"channel_id": 2, "message_id": 9, "date": "2026-01-01T00:05:00Z", "text": f"⚡️ {text}"},
        {"text": "Something else entirely."},
    ]

    out = records(run("--jsonl", stdin="\n".join(map(json.dumps, lines))))

    assert [record["text"] for record in out] == [line["text"] for line in lines]
    assert [record["key"] for record in out][:2] == ["tg:1:1", "tg:2:9"]
    assert [record["duplicate"] and record["duplicate"]["of"] for record in out] == [None, "tg:1:1", None]


def test_a_record_does_not_wait_for_the_next_post() -> None:
    command = [sys.executable, "-m", "tgwire", "parse", "--jsonl"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, env=buffered, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = threading.Timer(DEADLINE_S, process.kill)
        deadline.start()
        for texts in (["one"], ["two", "three"]):
            process.stdin.write("".join(f'{{"text": "{text}"}}\n' for text in texts).encode() + b'{"text": ')
            process.stdin.flush()
            assert [json.loads(process.stdout.readline())["text"] for _ in texts] == texts
            process.stdin.write(b'"unfinished"}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == "unfinished"
        process.stdin.close()
        assert process.stdout.read() == b""
        deadline.cancel()


def test_records_of_slices_are_those_of_single_posts() -> None:
    text = "The harbour opens again on Thursday, the master said to all who asked him."
    lines: list[dict[str, Any]] = [
        {
            "channel_id": 1 + number % 3,
            "message_id": number,
            "date": f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z",
            "text": text if number % 50 == 1 else f"{number} ships came.",
        }
        for number in range(1, 251)
    ]
    out = records(run("--jsonl", stdin="\n".join(map(json.dumps, lines))))
    assert [record["message_id"] for record in out] == list(range(1, 251))
    of = {record["key"]: record["duplicate"]["of"] for record in out if record["text"] == text and record["duplicate"]}
    assert of == dict.fromkeys(["tg:1:51", "tg:3:101", "tg:2:151", "tg:1:201"], "tg:2:1")


def test_a_broken_line_keeps_its_place_and_is_named() -> None:
    result = run("--jsonl", stdin='{"text": "one"}\n{"text": \n{"text": "three"}\n')

    assert [record["type"] for record in records(result)] == ["post", "rejected", "post"]
    assert records(result)[1]["line"] == 2
    assert "line 2" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"text": "x", "message_id": "seven"}', "message_id"),
        ('{"text": "x", "date": "2026-01-01 10:00"}', "date"),
        ('{"type": "raw_post", "schema_version": 9, "text": "x"}', "schema_version"),
        ('{"id": 4}', "text"),
        ('{"text": "x", "channel_id": 9223372036854775808, "message_id": 1}', "channel_id"),
        ('{"text": "x", "channel_id": 1, "message_id": 9223372036854775807}', "message_id"),
        ('{"text": "x", "channel_id": 1, "id": 100000000000000000000000}', "id"),
        ('{"text": "x", "channel": -5}', "channel"),
        ('{"text": "x", "date": "9999-01-01T00:00:00Z"}', "date"),
        ('{"text": "x", "counters": {"views": 9223372036854775808}}', "counters.views"),
        ('{"text": "x", "reply_to": {"message_id": 18446744073709551616}}', "reply_to.message_id"),
        ('{"text": "x", "entities": [{"kind": "bold", "start": 0, "end": 9223372036854775808}]}', "entities.0.end"),
        ('{"text": "\\ud800", "message_id": 100000000000000000000000}', "message_id"),
    ],
)
def test_a_bad_field_is_named(line: str, field: str) -> None:
    result = run("--jsonl", stdin=line)

    assert records(result)[0]["field"] == field
    assert result.exit_code == 1


def test_invalid_utf8_is_named_by_its_byte() -> None:
    result = run(stdin=b"good so far \xff")

    assert records(result)[0]["offset"] == 12
    assert result.exit_code == 1


@pytest.mark.parametrize("text", ["", "\n \n", "\u200b\u2060"])
def test_an_empty_input_is_no_post(text: str) -> None:
    for result in (run("--text", text), run(stdin=text)):
        (record,) = records(result)
        assert (record["type"], record["field"], record["message"]) == ("rejected", "text", "holds no text")
        assert result.exit_code == 1


def test_json_lines_without_a_post_are_an_error() -> None:
    result = run("--jsonl", stdin="\n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no post was found" in result.stderr


def test_a_text_without_words_is_a_post_of_undecided_language() -> None:
    (record,) = records(run("--text", "👍👍"))

    assert record["language"]["code"] == "und"
    assert record["duplicate"] is None


def test_a_text_of_5_mb_is_parsed() -> None:
    (record,) = records(run(stdin="A long story about the harbour. " * 160_000))

    assert record["language"]["code"] == "en"


def test_a_file_gives_the_same_record_each_time_and_from_its_folder() -> None:
    alone, again, folder = run(str(SEED)), run(str(SEED)), run(str(SEED.parent))

    assert alone.stdout == again.stdout
    assert alone.stdout in folder.stdout


def test_two_kinds_of_input_at_once_are_refused() -> None:
    result = run(str(SEED), "--jsonl")

    assert result.exit_code == 2
    assert "--jsonl" in result.stderr


def test_explain_shows_why_a_list_was_found_and_why_not() -> None:
    found, missed = run(str(SEED), "--explain"), run("--text", "Rain over the harbour.", "--explain")

    assert "Financial Times" in found.stdout
    assert "no-list" not in found.stdout
    assert "gate" in missed.stdout or "no-list" in missed.stdout


def test_a_statement_of_an_outlet_is_in_the_record_and_explained() -> None:
    text = "The port is closed until Friday, Reuters reports, citing the mayor."
    record = json.loads(run("--text", text).stdout)
    assert [(one["outlets"][0]["id"], one["cue"]["text"]) for one in record["citations"]] == [("reuters", "reports")]
    explained = run("--text", text, "--explain").stdout
    assert "citation" in explained
    assert "verb after" in explained


def test_a_users_own_outlets_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "outlets.toml"
    own.write_text('[[outlet]]\nid = "lindhaven-echo"\nname = "Lindhaven Echo"\ncountry = "SE"\n')
    monkeypatch.setenv("TGWIRE_QUOTES__OUTLETS", str(own))
    text = (
        "Foreign media on the storm:\n\n"
        "- Lindhaven Echo writes that the pier is closed.\n"
        "- The Guardian writes that the ferries wait.\n"
        "- Le Figaro writes that the port is full."
    )

    (record,) = records(run("--text", text))

    outlets = [item["outlets"][0] for found in record["quote_lists"] for item in found["items"]]
    assert {"id": "lindhaven-echo", "name": "Lindhaven Echo", "country": "SE", "is_known": True} in outlets


def test_outlets_that_cannot_be_used_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "outlets.toml"
    own.write_text('[[outlet]]\nid = "Not An Id"\n')
    monkeypatch.setenv("TGWIRE_QUOTES__OUTLETS", str(own))

    failure = run("--text", "A post.").exception

    assert isinstance(failure, QuoteSettingError)
    assert "outlets.toml" in str(failure)
    assert "id" in str(failure)
