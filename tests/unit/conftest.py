"""The rule of this folder: no process is started, and no socket listens."""

import sys
from collections.abc import Generator

import pytest

FORBIDDEN = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "socket.bind", "subprocess.Popen"}
)
"""Audit events of Python."""

_seen: set[str] = set()


def _note(event: str, _arguments: tuple[object, ...]) -> None:
    if event in FORBIDDEN:
        _seen.add(event)


sys.addaudithook(_note)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget what others did in this process before."""
    _seen.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Fail a test that broke the rule, itself or by its fixtures."""
    yield
    if _seen:
        pytest.fail(f"no unit test ({', '.join(sorted(_seen))}): move it to tests/integration", pytrace=False)
