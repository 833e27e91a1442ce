"""Lists of what was refused have an end, and nothing is left uncounted."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from runtime.errors import ConfigurationError
from tgwire.cli.app import app
from tgwire.cli.failures import explain


def run(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.jsonl"
    path.write_text("nope\n" * 120 + '{"id": 4}\n' * 3 + '{"text": "Rain over the harbour."}\n')
    return path


def test_rejected_lines_are_named_up_to_a_bound_and_counted_beyond_it(broken: Path, tmp_path: Path) -> None:
    for command in (["parse", str(broken)], ["replay", str(broken), "--direct", str(tmp_path / "out")]):
        result = run(*command)
        lines = [line for line in result.stderr.splitlines() if line.startswith("tgwire: ")]
        assert len(lines) == 51
        assert lines[-1] == "tgwire: 73 more: 70 invalid_json, 3 invalid_field; --max-errors 0 names every one"
        assert result.exit_code == 1


def test_the_bound_can_be_changed(broken: Path) -> None:
    for most, lines in (("2", 3), ("0", 123)):
        assert run("parse", broken, "--max-errors", most).stderr.count("tgwire: ") == lines


def test_one_bound_holds_for_all_that_a_replay_complains_of(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    for number in range(3):
        (inputs / f"{number}.pdf").write_text("x")
    (inputs / "a.jsonl").write_text("nope\n" * 3 + '{"text": "Rain over the harbour."}\n')
    result = run("replay", inputs, "--direct", tmp_path / "out", "--max-errors", "2")
    lines = [line for line in result.stderr.splitlines() if line.startswith("tgwire: ")]
    assert len(lines) == 3
    assert lines[-1] == "tgwire: 4 more: 3 invalid_json, 1 left out; --max-errors 0 names every one"


def test_the_records_hold_every_rejection(broken: Path) -> None:
    records = [json.loads(line) for line in run("parse", broken).stdout.splitlines()]
    assert [record["type"] for record in records].count("rejected") == 123


def test_names_that_are_no_channels_are_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("channels", "import", "-", stdin="@a b\n" * 60 + "@wirenews\n")
    assert "tgwire: 10 more: 10 lines that name no channel; --max-errors 0 names every one" in result.stderr
    assert "added 1" in result.stderr
    assert result.exit_code == 1


def test_one_of_a_kind_is_in_the_singular(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("channels", "import", "-", "--max-errors", "1", stdin="@a b\n" * 2)
    assert "tgwire: 1 more: 1 line that names no channel; --max-errors 0 names every one" in result.stderr
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jsonl").write_text('{"text": "Rain over the harbour."}\n')
    (tmp_path / "in/b.pdf").write_text("x")
    result = run("replay", "in", "--direct", "out")
    assert "1 read, 1 published, 0 rejected, 0 skipped; 1 file left out" in result.stderr
    assert run("clusters", "out").stdout == "0 clusters with 0 posts\n"


def test_problems_of_a_configuration_are_counted_too(capsys: pytest.CaptureFixture[str]) -> None:
    explain(ConfigurationError(f"channels.toml:{number}: wrong" for number in range(1, 2001)))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "tgwire: channels.toml:1: wrong"
    explain(ConfigurationError(f"channels.toml:{number}: wrong" for number in range(1, 52)))
    assert capsys.readouterr().err.splitlines()[-1] == "tgwire: and 1 more problem"
    assert lines[50:] == ["tgwire: and 1,950 more problems"]
