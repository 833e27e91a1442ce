"""The wheel whose core is compiled gives the records of the interpreted one: the golden posts show it.

What mypyc makes of the core is tried here, so the C compiler need not optimize it, which takes long: OPT_LEVEL=3 in the
environment tries the wheel as `make compiled` builds it.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.project import ROOT

BUILD_S, TESTS_S = 1800, 600

pytestmark = pytest.mark.skipif(shutil.which(os.environ.get("CC", "cc")) is None, reason="there is no C compiler")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel: Python that starts there imports the core from it, and tests from the sources."""
    folder = tmp_path_factory.mktemp("dist")
    environment = {"OPT_LEVEL": "0"} | os.environ
    subprocess.run([ROOT / "scripts" / "compiled", folder], env=environment, check=True, timeout=BUILD_S)
    return folder / "compiled"


def test_all_of_the_core_but_what_is_left_out_is_compiled(compiled: Path) -> None:
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    left_out = {Path(name).stem for name in hook["mypyc"]["exclude"]}
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
