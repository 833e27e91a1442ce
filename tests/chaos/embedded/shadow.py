"""A folder whose disk holds what was synced, and no more: what a power cut leaves."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_SOURCE = Path(__file__).parent / "synced_shadow.c"
_DRAFT = ".draft"
"""Ends the name of a file that was being synced when the power was cut."""


def build(library: Path) -> None:
    """Compile what is preloaded. FileNotFoundError in words where no compiler is."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError(
            "a C compiler is needed, which makes the library that keeps what was synced: apt-get install gcc"
        )
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"], check=True)


def variables(library: Path, folder: Path, disk: Path) -> Mapping[str, str]:
    """The environment of a process whose synced files of a folder go to ``disk``, which holds what the folder has."""
    disk.mkdir()
    if folder.exists():
        shutil.copytree(folder, disk, dirs_exist_ok=True)
    return {"LD_PRELOAD": str(library), "SHADOWED": str(folder.resolve()), "SHADOW": str(disk)}


def cut(disk: Path) -> None:
    """The processes are gone: nothing is synced any more."""
    for draft in disk.rglob(f"*{_DRAFT}"):
        draft.unlink()


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """That of this process without settings of tgwire, and more."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")} | dict(more)
