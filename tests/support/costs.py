"""CPU seconds of each file of tests: ``pytest -p tests.support.costs``. Processes that a test waited for count as well.

Durations, as ``--durations`` shows them, are those of the machine and of all else that runs there.
"""

import os
from collections import defaultdict
from collections.abc import Generator

import pytest

MOST = 40
"""Files that are named."""

_COST = "cpu_s"
_costs: dict[str, float] = defaultdict(float)
_last = [0.0]


def cpu_s() -> float:
    """What this process has used, and those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart() -> None:
    """A test begins."""
    _last[0] = cpu_s()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what its setup, call or teardown took."""
    report = yield
    now = cpu_s()
    report.user_properties.append((_COST, now - _last[0]))
    _last[0] = now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add it up, where reports of all processes arrive."""
    file, _, _ = report.nodeid.partition("::")
    _costs[file] += sum(float(str(value)) for name, value in report.user_properties if name == _COST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the files that cost most."""
    terminalreporter.write_sep("=", "CPU seconds")
    terminalreporter.write_line(f"{sum(_costs.values()):8.1f}  all tests, without collecting them")
    for file, spent_s in sorted(_costs.items(), key=lambda cost: -cost[1])[:MOST]:
        terminalreporter.write_line(f"{spent_s:8.1f}  {file}")
