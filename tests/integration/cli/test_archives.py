"""Archives on the command line: options, reports, exit codes."""

import errno
import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from typer.testing import CliRunner, Result

from ingest.sources.base import MAX_INPUT_BYTES, NoPostKind, Rejected
from ingest.sources.detect import holds_archive
from schemas import RejectReason, synthetic_id
from tests.contract.sources.test_packed_source import zipped
from tests.contract.sources.test_tdl_source import BAD, MESSAGES, PLAIN, export
from tgwire.cli.app import app
from tgwire.cli.commands.parse import _from_stdin
from tgwire.cli.output.no_posts import in_words
from tgwire.cli.piped_lines import lines_of_stdin
from tgwire.errors import OutputExistsError, OutputFullError


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "in" / "export.zip"
    path.parent.mkdir()
    path.write_bytes(zipped({"chat/result.json": PLAIN, "chat/photos/a.jpg": b"\xff\xd8"}))
    return path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


def test_parse_raw_writes_the_posts_as_they_were_read(archive: Path) -> None:
    result = _run("parse", "--raw", archive)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [(record["type"], record["message_id"]) for record in records] == [("raw_post", n) for n in (12, 11, 10)]
    assert records[0]["original"] is None
    assert json.loads(_run("parse", "--raw", "--original", archive).stdout.splitlines()[0])["original"] == MESSAGES[0]


def test_stdin_is_an_archive_where_its_format_is_given(archive: Path) -> None:
    result = CliRunner().invoke(app, ["parse", "--raw", "--format", "tdl"], input=gzip.compress(PLAIN))
    assert len(result.stdout.splitlines()) == 3


TABLE = b"id,date,text,views\n1,2024-05-01T10:00:00Z,The quay is open,5\n2,2024-05-02T10:00:00Z,The quay is shut,6\n"
PAGE = (
    b'<!DOCTYPE html><html><body><section class="tgme_channel_history js-message_history">'
    b'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="quaynews/7">'
    b'<div class="tgme_widget_message_text">The quay is open</div>'
    b'<a class="tgme_widget_message_date"><time datetime="2024-05-01T10:00:00+00:00">10:00</time></a>'
    b"</div></div></section></body></html>"
)
LINES = b'{"text": "The quay is open"}\n{"text": "The quay is shut"}\n'


@pytest.mark.parametrize("arguments", [(), ("-",)])
@pytest.mark.parametrize(
    ("content", "posts", "format_"),
    [
        (PLAIN, 3, "tdl"),
        (gzip.compress(PLAIN), 3, "tdl"),
        (zipped({"chat/result.json": PLAIN}), 3, "tdl"),
        (TABLE, 2, "csv"),
        (PAGE, 1, "saved-preview"),
        (LINES, 2, "jsonl"),
    ],
)
def test_an_archive_on_stdin_is_recognised_by_parse(
    content: bytes, posts: int, format_: str, arguments: tuple[str, ...]
) -> None:
    result = CliRunner().invoke(app, ["parse", "--raw", *arguments], input=content)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["source"]["kind"] for record in records] == [format_] * posts


@pytest.mark.parametrize(
    "text",
    [
        "The quay is open, the master said.\nTickets, prices, times: see the board.",
        "[Photo] The quay is open [more]\n",
        "{sic} The quay is open",
        "<b>The quay</b> is open",
        "BZhelezny quay is open",
        'The harbour writes this to its log:\n{"id": 4, "date": "2024-05-01T10:00:00Z", "text": "open"}\nWhy?',
        "Причал открыт; билеты, цены, часы — на доске.\n" * 2_000,
    ],
)
def test_any_other_text_on_stdin_is_one_post(text: str) -> None:
    result = CliRunner().invoke(app, ["parse", "--raw"], input=text)
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (record["source"]["kind"], record["text"]) == ("text", text)


def test_a_text_on_stdin_is_not_read_without_end() -> None:
    taken = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
            nonlocal taken
            taken += len(buffer)
            buffer[:] = b"quay " * (len(buffer) // 5) + b"q" * (len(buffer) % 5)
            return len(buffer)

    rejected = _from_stdin(cast("BinaryIO", Endless()))
    assert isinstance(rejected, Rejected)
    assert rejected.reason is RejectReason.TOO_LARGE
    assert taken <= 2 * MAX_INPUT_BYTES


def test_a_pipe_written_letter_by_letter_is_not_judged_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"The quay is open, the master said. " * 100 + b"\nTickets"
    judged: list[int] = []

    class Slow(io.BytesIO):
        shown = 0

        def peek(self, size: int = 0, /) -> bytes:
            self.shown = max(self.shown, size)
            return text[: self.shown]

    monkeypatch.setattr("ingest.sources.detect.judge", lambda sample: judged.append(len(sample.head)))
    assert not holds_archive(Slow())
    assert len(judged) <= 3


def test_a_closed_stdin_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert lines_of_stdin().stream.read() == b""


def test_an_unknown_format_names_those_that_are_known(archive: Path) -> None:
    result = _run("parse", "--format", "nope", archive)
    assert result.exit_code == 2
    assert "tdl" in result.stderr


def test_a_dry_run_reports_each_file_and_writes_nothing(archive: Path, tmp_path: Path) -> None:
    result = _run("replay", archive, "--dry-run")
    assert "in/export.zip/chat/result.json: tdl export, channel 1341930464, 3 posts" in result.stderr
    assert "3 read, 0 rejected, 0 skipped, 3 would be published" in result.stderr
    assert result.exit_code == 0
    assert not (tmp_path / "state").exists()


def test_what_is_rejected_is_listed_in_a_report(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "in" / "bad.json"
    path.write_bytes(export([MESSAGES[0], BAD[2], MESSAGES[2]]))
    result = _run("replay", path, "--direct", tmp_path / "out", "--json")
    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["published"], summary["rejected"]) == (1, 2, 1)
    assert summary["files"][0]["rejected"] == 1
    (rejected,) = [json.loads(line) for line in (tmp_path / "out" / "rejected.jsonl").read_bytes().splitlines()]
    assert (rejected["record"], rejected["field"], rejected["reason"]) == (2, "date", "invalid_field")


def test_a_part_is_chosen_by_date_id_and_number(archive: Path) -> None:
    def ids(*options: object) -> list[int]:
        result = _run("replay", archive, "--dry-run", "--json", *options)
        counts = json.loads(result.stdout)
        return [counts["published"], sum(counts["no_posts"].values())]

    assert ids("--from-id", 11) == [2, 1]
    assert ids("--since", "2026-06-09T04:40:00Z") == [2, 1]
    assert ids("--until", "2026-06-09T04:40:00Z") == [1, 2]
    assert ids("--limit", 2) == [2, 0]


def test_a_channel_is_given_to_lines_that_name_none(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.jsonl"
    path.write_text('{"text": "a"}\n{"text": "b", "channel_id": 9}\n')
    lines = _run("parse", "--raw", path, "--channel", "-1001234567890").stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["channel"]["id"] for record in records] == [1234567890, 9]
    named = json.loads(_run("parse", "--raw", path, "--channel", "@Wire").stdout.splitlines()[0])
    assert named["channel"] == {"id": synthetic_id("@wire"), "username": "Wire", "title": None}


def test_an_input_in_the_output_folder_is_refused(archive: Path) -> None:
    with pytest.raises(OutputExistsError, match=r"export\.zip: is an input and lies in the output folder"):
        _run("replay", archive, "--direct", archive.parent)


def test_inspect_shows_and_writes_what_an_archive_holds(archive: Path) -> None:
    shown = _run("inspect", archive).stdout
    assert "tdl export" in shown
    assert "10 to 12; none missing" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    survey = json.loads(_run("inspect", "--json", archive).stdout)
    (channel,) = survey["channels"]
    assert (channel["posts"], channel["first_id"], channel["last_id"], channel["missing_ids"]) == (3, 10, 12, 0)
    assert channel["media"] == {"photo": 1, "document": 1}
    assert channel["posts_by_month"] == {"2026-06": 3}


def test_inspect_counts_posts_repeated_within_and_between_files(tmp_path: Path) -> None:
    for name, states in {"a": [(1, 0), (2, 0), (2, 0), (2, 9), (70, 0)], "b": [(2, 0), (3, 0), (70, 0)]}.items():
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(
                json.dumps({"channel_id": 7, "id": number, "text": "A", "edited_at": 1_714_557_600 + edit or None})
                + "\n"
                for number, edit in states
            )
        )
    first, second = [json.loads(line) for line in _run("inspect", "--json", tmp_path).stdout.splitlines()]
    assert [(each["rejected"], each["repeated"]) for each in (first, second)] == [(1, 1), (0, 0)]
    assert [each["channels"][0]["other_states"] for each in (first, second)] == [1, 0]
    assert [each["channels"][0]["in_earlier_files"] for each in (first, second)] == [0, 2]
    shown = _run("inspect", tmp_path).stdout
    for line in ("1, 1 repeated post among them", "1 other state of a post", "2 posts also in files before this one"):
        assert line in shown


@pytest.mark.parametrize(
    ("last", "shown"),
    [("2026-06-03", "| 2026-06-01 to 2026-06-03, at"), ("2027-06-03", "| 2026-06 to 2027-06, at")],
)
def test_the_chart_names_its_days_or_its_months(archive: Path, last: str, shown: str) -> None:
    path = archive.with_name("posts.jsonl")
    lines = [
        {"channel": {"id": 7}, "message_id": n, "text": "A", "posted_at": f"{day}T12:00:00Z"}
        for n, day in ((1, "2026-06-01"), (2, last))
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert shown in _run("inspect", path).stdout


@pytest.mark.parametrize("kind", NoPostKind)
def test_every_kind_of_record_without_a_post_has_a_plural(kind: NoPostKind) -> None:
    (one,), (two,) = in_words({kind: 1}), in_words({kind: 2})
    assert one.startswith("1 ")
    assert two.startswith("2 ")
    assert one[1:] != two[1:]


@pytest.mark.parametrize("name", ["in", "in/out", "in/deep/out"])
def test_an_output_within_an_input_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    result = _run("replay", archive.parent, "--direct", tmp_path / name)
    assert result.exit_code == 2
    assert "a later run would read its files" in " ".join(result.stderr.replace("│", "").split())
    assert list(archive.parent.iterdir()) == [archive]


def test_files_behind_the_limit_are_not_called_empty(archive: Path) -> None:
    archive.with_name("other.zip").write_bytes(archive.read_bytes())
    result = _run("replay", archive.parent, "--dry-run", "--limit", "3")
    assert "in/other.zip/chat/result.json: not read: the limit is reached" in result.stderr
    assert ", 0 posts" not in result.stderr


def test_dates_between_which_nothing_lies_are_refused(archive: Path) -> None:
    result = _run("replay", archive, "--dry-run", "--since", "2024-06-01", "--until", "2024-05-01")
    assert result.exit_code == 2
    assert "--since is not before --until" in result.stderr


def test_a_map_of_columns_that_no_file_has_is_named(archive: Path) -> None:
    result = _run("replay", archive, "--dry-run", "--map", "text=nope")
    assert "--map changes nothing: none of the files is a table" in result.stderr


def test_a_changed_file_names_the_option_that_reads_it_again(archive: Path, tmp_path: Path) -> None:
    store = tmp_path / "posts.db"
    assert _run("replay", archive, "--to", "store", "--store", store).exit_code == 0
    archive.write_bytes(zipped({"chat/result.json": PLAIN.replace(b'"id"', b'"id" ')}))
    result = _run("replay", archive, "--to", "store", "--store", store)
    assert (result.exit_code, "replay it from its start with --from-start" in result.stderr) == (1, True)
    assert _run("replay", archive, "--to", "store", "--store", store, "--from-start").exit_code == 0


def test_a_full_disk_is_named_with_what_to_do(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tgwire.processes.analysis_journal.AnalysisJournal.note", write)
    with pytest.raises(OutputFullError) as refused:
        _run("replay", archive, "--direct", tmp_path / "out")
    said = f"{tmp_path / 'out'}: the disk is full; nothing was written. Free some space; the same command resumes here"
    assert str(refused.value) == said
