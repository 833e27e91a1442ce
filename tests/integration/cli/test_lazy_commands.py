"""A command loads what it needs itself, not what others need."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.forked import forks
from tgwire.cli.app import Program, app
from tgwire.cli.options.lazy_commands import LazyCommands

LOADED = """
import sys
from tgwire.cli.app import run
try:
    run()
finally:
    print(*sys.modules, sep="\\n", file=sys.stderr)
"""


Loaded = Callable[..., set[str]]


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Modules that are there when a command has ended."""
    with forks() as processes:

        def run(folder: Path, *arguments: str) -> set[str]:
            done = processes.run(LOADED, folder, *arguments)
            assert done.returncode == 0, done.stderr
            return set(done.stderr.splitlines())

        yield run


@pytest.mark.parametrize("arguments", [("channels", "add", "@wirenews"), ("replay", "--help"), ("schema", "--help")])
def test_a_command_without_analysis_loads_neither_the_pipeline_nor_models(
    tmp_path: Path, loaded: Loaded, arguments: tuple[str, ...]
) -> None:
    modules = loaded(tmp_path, *arguments)
    assert "runtime.settings.tree" in modules
    assert not modules & {"processors.core.pipeline", "numpy", "fasttext", "py3langid", "faust", "telethon"}


def test_parse_loads_no_kafka_client(tmp_path: Path, loaded: Loaded) -> None:
    modules = loaded(tmp_path, "parse", "--json", "--text", "The harbour is open.")
    assert "processors.core.pipeline" in modules
    assert not modules & {"kafka", "faust", "telethon"}


def test_commands_have_their_order_in_the_help() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"}).stdout
    places = [shown.index(f"│ {name} ") for name in ("demo", "collect", "worker", "broker", "topics", "dead-letters")]
    assert places == sorted(places)


def test_an_error_in_the_module_of_a_command_is_not_reported_as_a_missing_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faulty_command.py").write_text("raise KeyError('faulty')\n")
    monkeypatch.syspath_prepend(tmp_path)
    commands = LazyCommands({"faulty": "faulty_command"}, lambda _: None)
    assert commands.get("other") is None
    with pytest.raises(KeyError, match="faulty"):
        commands.get("faulty")


def test_an_interruption_while_commands_are_loaded_for_the_help_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "interrupted_command.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(Program, "modules", {"slow": "interrupted_command"})
    done = CliRunner().invoke(app, ["--help"])
    assert (done.exit_code, done.stderr) == (130, "tgwire: interrupted\n")
