"""What ``tgwire check`` learns from the processes that run."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from runtime.http_endpoint import RunningHealth, serve
from runtime.run_files import run_file, running
from runtime.settings.process import HttpSettings
from runtime.testing import ScriptedHealth
from tgwire.cli.collection_check import answer_of


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_running_processes_report_whether_they_can_work(tmp_path: Path, registry: CollectorRegistry) -> None:
    with serve(HttpSettings(), registry, RunningHealth()) as server, run_file(tmp_path, "worker", server.url):
        is_good, detail = answer_of(running(tmp_path)[0])
        assert is_good
        assert detail.endswith(f"at {server.url}: running")
    away = ScriptedHealth(not_ready="no broker")
    with serve(HttpSettings(), registry, away) as server, run_file(tmp_path, "worker", server.url):
        assert answer_of(running(tmp_path)[0])[0] is False
        assert answer_of(running(tmp_path)[0])[1].endswith("no broker")
    with run_file(tmp_path, "worker", "http://127.0.0.1:1"):
        assert "does not answer at http://127.0.0.1:1" in answer_of(running(tmp_path)[0])[1]
