"""SIGTERM and Ctrl-C end a command in order, also while it waits or is still loading."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from tests.support import warm_process
from tests.support.patience import DEADLINE_S
from tgwire.processes.post_slices import POSTS

Start = Callable[..., subprocess.Popen[bytes]]


class Waiting(NamedTuple):
    """A command that has loaded all it needs, and the other end of its input."""

    process: "subprocess.Popen[bytes]"
    stdin: BinaryIO


Open = Callable[..., Waiting]
ASKING_KAFKA = (
    "check --connect",
    "collect",
    "dead-letters list",
    "dead-letters replay --all",
    "dead-letters show 0:1",
    "sink jsonl",
    "sink parquet",
    "sink store",
    "sink webhook",
    "states reset --yes",
    "tail storm --kafka --follow",
    "topics create",
    "topics verify",
    "up --kafka --port 0",
)
BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a command whose standard input stays open, in a folder of its own; stderr goes to a file there."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-X", "importtime", "-m", "tgwire", *arguments],
                cwd=tmp_path,
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def open_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Like ``start``, for a command whose loading is not looked at."""
    monkeypatch.chdir(tmp_path)
    opened: list[Waiting] = []

    def run(*arguments: str, **environment: str) -> Waiting:
        reading, writing = os.pipe()
        with (tmp_path / "stderr").open("wb") as stderr:
            process = warm_process.start(
                "tgwire", *arguments, env=os.environ | environment, stdin=reading, stdout=None, stderr=stderr
            )
        os.close(reading)
        opened.append(Waiting(process, os.fdopen(writing, "wb", buffering=0)))
        return opened[-1]

    yield run
    for command in opened:
        command.process.kill()
        command.process.wait()
        command.stdin.close()


def _until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def _end(process: subprocess.Popen[bytes], number: signal.Signals, folder: Path) -> str:
    """Ends a command with a signal; its output on stderr."""
    process.send_signal(number)
    assert process.wait(DEADLINE_S) == 130
    said = (folder / "stderr").read_text()
    assert "Traceback" not in said
    return said


@BOTH
@pytest.mark.parametrize("module", ["runtime.settings.tree", "tgwire.cli.app"])
def test_a_command_that_is_still_loading_ends_without_a_traceback(
    tmp_path: Path, start: Start, number: signal.Signals, module: str
) -> None:
    process = start("parse")
    _until(lambda: f" {module}\n" in (tmp_path / "stderr").read_text())
    assert "tgwire: interrupted" in _end(process, number, tmp_path)


@BOTH
def test_an_interrupt_in_the_middle_of_an_import_ends_at_once(number: signal.Signals) -> None:
    """Code that is being imported may catch a KeyboardInterrupt and turn it into an error of its own."""
    program = f"""
import os, sys, tgwire.cli
class Finder:
    def find_spec(name, *_):
        if name == "tgwire.cli.app":
            try:
                os.kill(os.getpid(), {number})
                os.getpid()
            except KeyboardInterrupt:
                raise ValueError("turned into another error") from None
sys.meta_path.insert(0, Finder)
tgwire.cli.main()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=DEADLINE_S)
    assert (ended.returncode, ended.stderr) == (130, "tgwire: interrupted\n")


@BOTH
def test_a_parse_that_waits_for_input_ends(tmp_path: Path, open_command: Open, number: signal.Signals) -> None:
    process, stdin = open_command("parse", "--jsonl")
    stdin.write(b"{\n")
    _until(lambda: "broken JSON" in (tmp_path / "stderr").read_text())
    assert "tgwire: interrupted\n" in _end(process, number, tmp_path)


@BOTH
def test_a_direct_replay_that_waits_for_input_ends_and_leaves_no_file(
    tmp_path: Path, open_command: Open, number: signal.Signals
) -> None:
    process, stdin = open_command("replay", "-", "--direct", "out")
    stdin.write(b"".join(b'{"text": "The harbour is open, post %d."}\n' % number for number in range(POSTS)))
    draft = tmp_path / "out" / ".posts.normalized.jsonl.part"
    _until(lambda: draft.exists() and draft.stat().st_size > 0)
    assert "tgwire: interrupted; nothing was written to out\n" in _end(process, number, tmp_path)
    _until(lambda: list((tmp_path / "out").iterdir()) == [])


@BOTH
def test_a_direct_replay_ends_its_processes_whatever_they_do(
    tmp_path: Path, open_command: Open, number: signal.Signals
) -> None:
    """A terminal sends Ctrl-C to all processes of a command, and one that analyzes may be far from its next word."""
    (tmp_path / "in.jsonl").write_text(
        "".join(f'{{"text": "The harbour is open, post {n}."}}\n' for n in range(20_000))
    )
    process, _ = open_command("replay", "in.jsonl", "--direct", "out", "--jobs", "3")
    _until(lambda: len(_analyzing(process)) == 2 or process.poll() is not None)
    children = _analyzing(process)
    for child in children:
        os.kill(child, signal.SIGINT)
    journal = tmp_path / "out" / ".analysis.part"
    _until(lambda: (journal.exists() and journal.stat().st_size > 0) or process.poll() is not None)
    for child in children:
        os.kill(child, signal.SIGSTOP)
    said = _end(process, number, tmp_path)
    assert "tgwire: interrupted; nothing was written to out; the same command resumes here\n" in said
    assert not _analyzing(process)
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def _analyzing(process: "subprocess.Popen[bytes]") -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "spawn_main"], capture_output=True, check=False)
    return [int(number) for number in found.stdout.split()]


@BOTH
def test_a_replay_that_waits_for_a_broker_ends(tmp_path: Path, open_command: Open, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = f"127.0.0.1:{silent.getsockname()[1]}"
        state = {"TGWIRE_INGEST__STATE_DIR": str(tmp_path / "state"), "TGWIRE_HTTP__PORT": "0"}
        process, stdin = open_command("replay", "-", KAFKA_BOOTSTRAP_SERVERS=broker, **state)
        stdin.write(b'{"text": "a post"}\n')  # by which its format is recognised
        silent.settimeout(DEADLINE_S)
        connection, _ = silent.accept()
        with connection:
            _end(process, number, tmp_path)


@BOTH
@pytest.mark.parametrize("command", ASKING_KAFKA)
def test_a_command_that_waits_for_a_broker_ends(
    tmp_path: Path, open_command: Open, number: signal.Signals, command: str
) -> None:
    """No limit of the client ends the wait: each takes seconds at least, and ends in another exit code."""
    environment = {
        "TGWIRE_INGEST__STATE_DIR": str(tmp_path / "state"),
        "TGWIRE_HTTP__PORT": "0",
        "TGWIRE_KAFKA__REQUEST_TIMEOUT_S": "500",
        "TGWIRE_SINK__WEBHOOK__URL": "https://example.org/hook",
        "TGWIRE_SINK__WEBHOOK__SECRET": "whsec_" + "A" * 43 + "=",
    }
    (tmp_path / "channels.toml").write_text('[[channel]]\nname = "@wirenews"\npreview = true\n')
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = f"127.0.0.1:{silent.getsockname()[1]}"
        process, _ = open_command(*command.split(), KAFKA_BOOTSTRAP_SERVERS=broker, **environment)
        _until(lambda: bool(select.select([silent], [], [], 0)[0]) or process.poll() is not None)
        _end(process, number, tmp_path)


@BOTH
def test_an_import_that_waits_for_a_pipe_ends(tmp_path: Path, start: Start, number: signal.Signals) -> None:
    os.mkfifo(tmp_path / "pipe")
    process = start("channels", "import", "pipe")
    _until(lambda: " tgwire.cli.app\n" in (tmp_path / "stderr").read_text())
    assert "tgwire: interrupted\n" in _end(process, number, tmp_path)
    assert not (tmp_path / "channels.toml").exists()
