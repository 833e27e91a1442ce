"""The wheel whose core is compiled gives the records of the interpreted one: the golden posts show it.

What mypyc makes of the core is tried here, so the C compiler need not optimize it: tcc, where it is installed, needs a
second, and gcc minutes. OPT_LEVEL=3 in the environment tries the wheel as `make compiled` builds it. A wheel is built
once for all runs over equal sources of the core, in any checkout: it is kept where the user's Kafka is. What is not
compiled comes from the sources as they are.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT
from tgwire.local_broker.distribution import cache_dir

BUILD_S, TESTS_S = 800, 600
KEPT = 3
"""Wheels, those that were used last."""
SCRIPT = ROOT / "scripts" / "compiled"
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
CORE = (ROOT / "processors" / "core", ROOT / "schemas")
"""What mypyc reads: the core, and all that it may import."""
FLAGS = ("OPT_LEVEL", "CC", "CFLAGS")
"""Variables that change what is built."""
_BYTECODE = shutil.ignore_patterns("__pycache__")


def _compiler() -> dict[str, str]:
    """The C compiler and its flags: those of the environment, or the quickest there are."""
    if any(name in os.environ for name in FLAGS):
        return {"OPT_LEVEL": "0"} | {name: os.environ[name] for name in FLAGS if name in os.environ}
    if shutil.which("tcc") is None:
        return {"OPT_LEVEL": "0"}
    return {"OPT_LEVEL": "0", "CC": str(ROOT / "tests" / "support" / "tcc-without-warnings")}


COMPILER = _compiler()
pytestmark = pytest.mark.skipif(shutil.which(COMPILER.get("CC", "cc")) is None, reason="there is no C compiler")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel: Python that starts there imports the core from it, and tests from the sources."""
    own = tmp_path_factory.mktemp("compiled-core")
    kept = cache_dir() / "compiled-core"
    kept.mkdir(parents=True, exist_ok=True)
    wheel = kept / _fingerprint()
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes of all runs, one builds it
        if not wheel.exists():
            draft = kept / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            subprocess.run([SCRIPT, draft], env=os.environ | COMPILER, check=True, timeout=BUILD_S)
            (draft / "compiled").rename(wheel)
            shutil.rmtree(draft)
        wheel.touch()
        for stale in sorted(filter(Path.is_dir, kept.iterdir()), key=lambda path: -path.stat().st_mtime)[KEPT:]:
            shutil.rmtree(stale)
        shutil.copytree(wheel, own, dirs_exist_ok=True)
    for package in WHEEL["packages"]:
        shutil.copytree(ROOT / package, own / package, dirs_exist_ok=True, ignore=_BYTECODE)
    return own.resolve()


def _fingerprint() -> str:
    """Of all that the compiled part of the wheel is made of, wherever the checkout is."""
    flags = [COMPILER.get(name, "").replace(f"{ROOT}/", "") for name in FLAGS]
    made_of = hashlib.sha256(repr((sys.version, *flags)).encode())
    for path in _sources():
        content = path.read_bytes()
        made_of.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return made_of.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    yield from (SCRIPT, ROOT / "pyproject.toml", ROOT / "constraints.txt")
    for package in CORE:
        yield from sorted(package.rglob("*.py"))


def test_all_of_the_core_but_what_is_left_out_is_compiled(compiled: Path) -> None:
    left_out = {Path(name).stem for name in WHEEL["hooks"]["mypyc"]["exclude"]}
    core = compiled / "processors" / "core"
    expected = {path.with_suffix("") for path in core.rglob("*.py") if path.stem not in left_out}
    assert {path.with_name(path.name.partition(".")[0]) for path in core.rglob("*.so")} == expected


def test_the_compiled_core_passes_the_golden_tests(compiled: Path) -> None:
    script = (
        "import sys, pytest; code = pytest.main(sys.argv[1:]); "
        "print(sys.modules['processors.core.quotes.splitter'].__file__); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "golden")]
    run = subprocess.run(command, cwd=compiled, timeout=TESTS_S, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:]
    used = Path(run.stdout.splitlines()[-1])
    assert used.is_relative_to(compiled)
    assert used.suffix == ".so"
