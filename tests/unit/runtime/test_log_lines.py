"""Log lines and what else is drawn on a terminal do not tear each other."""

import io
import logging
import sys

import pytest
import structlog
from rich.console import Console
from rich.live import Live
from rich.progress import Progress

from runtime.logs import configure_logging
from runtime.settings.process import LogSettings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def start(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Stderr, with logging set up on it as a command does. Called by the test: pytest has its own until then."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    configure_logging(LogSettings(format="json"))
    logging.captureWarnings(False)
    return terminal


ERASE = "\r\x1b[2K"


def say() -> None:
    structlog.stdlib.get_logger("tgwire").error("kafka does not answer")


def assert_above(shown: str) -> None:
    """The drawing is erased, the line comes at the beginning of a line, and the drawing below it."""
    before, line, after = shown.partition("kafka does not answer")
    assert line
    assert before[: before.rfind("{")].endswith(ERASE), repr(before[-60:])
    assert "replay" in after
    assert "\n" in after[: after.index("replay")]


def test_a_line_comes_out_above_a_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = start(monkeypatch)
    with Progress(console=Console(stderr=True, width=200), auto_refresh=False) as bar:
        bar.add_task("replay", total=100)
        bar.refresh()
        say()
    assert_above(terminal.getvalue())


def test_a_line_comes_out_above_a_live_view(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = start(monkeypatch)
    with Live("replay", console=Console(stderr=True, width=200), auto_refresh=False, transient=True) as view:
        view.refresh()
        say()
    assert_above(terminal.getvalue())


def test_lines_go_to_stderr_again_when_the_bar_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = start(monkeypatch)
    with Progress(console=Console(stderr=True), auto_refresh=False):
        pass
    shown = len(terminal.getvalue())
    say()
    assert terminal.getvalue()[shown:].startswith("{")
