"""The wheel whose core is compiled gives the records of the interpreted one: the golden posts say so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD_S, TESTS_S = 600, 300

pytestmark = pytest.mark.skipif(shutil.which(os.environ.get("CC", "cc")) is None, reason="there is no C compiler")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel: Python that starts there imports the core from it, and tests from the sources."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([ROOT / "scripts" / "compiled", folder], check=True, timeout=BUILD_S)
    return folder / "compiled"


def test_all_of_the_core_but_what_touches_pydantic_is_compiled(compiled: Path) -> None:
    core = compiled / "processors" / "core"
    libraries = {path.name.partition(".")[0] for path in core.rglob("*.so")}
    assert libraries >= {"structure", "detector", "splitter", "outlets", "index", "fingerprint", "text"}
    located = "import processors.core.quotes.splitter as module; print(module.__file__)"
    found = subprocess.run([sys.executable, "-c", located], cwd=compiled, check=True, capture_output=True, text=True)
    assert Path(found.stdout.strip()).suffix == ".so"


def test_the_compiled_core_passes_the_golden_tests(compiled: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "golden")]
    run = subprocess.run(command, cwd=compiled, timeout=TESTS_S, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:]
