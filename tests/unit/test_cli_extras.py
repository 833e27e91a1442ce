"""The command line where only some of the extras are installed."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

MISSING = sys.argv.pop(1).split(",")
sys.meta_path.insert(0, Missing())
from tgwire.cli import main
main()
"""
TELEGRAM, PREVIEW = "telethon,python_socks,cryptg", "httpx,selectolax"


def tgwire(folder: Path, missing: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, missing, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_lists_of_channels_need_no_extra(tmp_path: Path) -> None:
    done = tgwire(tmp_path, f"{TELEGRAM},{PREVIEW},faust,aiokafka", "channels", "add", "@wirenews")
    assert (done.returncode, "added 1" in done.stderr) == (0, True)


@pytest.mark.parametrize("command", [["login", "--export"], ["channels", "verify"]])
def test_accounts_need_no_previews(tmp_path: Path, command: list[str]) -> None:
    tgwire(tmp_path, PREVIEW, "channels", "add", "@wirenews")
    done = tgwire(tmp_path, PREVIEW, *command)
    assert (done.returncode, "Sign in: tgwire login" in done.stderr) == (3, True)


def test_collecting_through_accounts_needs_no_previews(tmp_path: Path) -> None:
    done = tgwire(tmp_path, PREVIEW, "collect")
    assert "no Kafka cluster is set" in done.stderr


def test_an_extra_that_is_missing_is_named(tmp_path: Path) -> None:
    done = tgwire(tmp_path, TELEGRAM, "login")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 3
    assert line.startswith("tgwire: this needs the extra 'telegram': pip install '.[telegram]' in tgwire's source tree")
