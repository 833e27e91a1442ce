"""Guessed columns on a terminal."""

import io
import sys
from pathlib import Path

import pytest
import typer

from ingest.sources import Source, open_sources
from ingest.sources.options import ReadOptions
from tgwire.cli.output.console import err
from tgwire.cli.output.layouts import confirm_layouts


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What a user on a terminal answers; each question takes one off."""
    found: list[bool] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(err, "_force_terminal", True)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: found.pop())
    return found


def sources(folder: Path, options: ReadOptions | None = None) -> list[Source]:
    return open_sources(folder, options or ReadOptions(), io.BytesIO()).sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,body\n1,some text of a post\n")
    return tmp_path


def test_each_layout_is_confirmed_once(folder: Path, answers: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    answers += [True]
    confirm_layouts(sources(folder))
    assert answers == []
    assert "a.csv: columns are guessed: id from id, text from body" in " ".join(capsys.readouterr().err.split())


def test_a_no_ends_with_a_map_to_correct(folder: Path, answers: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    answers += [False]
    with pytest.raises(typer.Exit):
        confirm_layouts(sources(folder))
    assert "--map 'id=id,text=body'" in capsys.readouterr().err


def test_what_a_map_says_is_not_asked(folder: Path, answers: list[bool]) -> None:
    confirm_layouts(sources(folder, ReadOptions(columns=(("text", "body"),))))
    assert answers == []


def test_a_file_of_unknown_columns_is_left_to_reading(folder: Path, answers: list[bool]) -> None:
    (folder / "c.csv").write_text("uid,phone\n1,2\n")
    answers += [True]
    confirm_layouts(sources(folder))
    assert answers == []


def test_without_a_terminal_nobody_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: pytest.fail("asked"))
    confirm_layouts(sources(folder))
