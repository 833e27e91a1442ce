"""What tests get in place of a command is a process like that of the command."""

import os
import signal
from pathlib import Path

from runtime.settings.tree import Settings
from tests.support.patience import DEADLINE_S
from tests.support.warm_process import environment_of, start
from tgwire.buildinfo import VERSION


def run(output: Path, module: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code and outputs."""
    errors = output.with_suffix(".errors")
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        process = start(module, *arguments, env=environment_of(Settings()), stdout=stdout, stderr=stderr)
    return process.wait(DEADLINE_S), output.read_text(), errors.read_text()


def test_its_outputs_and_exit_code_are_those_of_the_command(tmp_path: Path) -> None:
    assert run(tmp_path / "version", "tgwire", "--version") == (0, f"tgwire {VERSION}\n", "")
    code, nothing, said = run(tmp_path / "unknown", "tgwire", "no-such-command")
    assert (code, nothing) == (2, "")
    assert "no-such-command" in said


def test_an_error_ends_it_with_a_traceback(tmp_path: Path) -> None:
    code, nothing, said = run(tmp_path / "log", "tests.no_such_module")
    assert (code, nothing) == (1, "")
    assert said.startswith("Traceback")


def test_it_is_a_child_that_signals_reach(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        words = ("http.server", "0", "--bind", "127.0.0.1")
        process = start(*words, env=dict(os.environ), stdout=None, stderr=file, is_session=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_S) == -signal.SIGTERM
