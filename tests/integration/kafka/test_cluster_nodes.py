"""A local cluster of three nodes: started, stopped, and a clear error when it cannot be."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.patience import DEADLINE_S
from tgwire.errors import BrokerStartError, EngineUnavailableError, PortTakenError
from tgwire.local_broker import start_cluster
from tgwire.local_broker.ports import free_port

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


def test_three_nodes_from_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tgwire", "broker", "--nodes", "3", "--data-dir", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            report = json.loads(program.stdout.readline())
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=DEADLINE_S)
        finally:
            program.kill()
    assert program.returncode == 0, said
    assert "3 nodes of apache are up" in said
    assert len(set(report["bootstrap_servers"].split(","))) == len(set(report["pids"])) == 3
    for pid in report["pids"]:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node-1", "node-2", "node-3"]
    with pytest.raises(BrokerStartError, match="holds the data of 3 nodes, not of 2"):
        start_cluster(2, data_dir=tmp_path)


def test_the_data_of_a_single_broker_are_no_clusters(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(BrokerStartError, match="holds the data of 1 node, not of 3"):
        start_cluster(3, data_dir=tmp_path)


def test_a_taken_port_of_any_node_is_named() -> None:
    with socket.socket() as other:
        is_bound = False
        while not is_bound:
            port = free_port()
            with suppress(OSError):
                other.bind(("127.0.0.1", port + 1))
                is_bound = True
        other.listen()
        with pytest.raises(PortTakenError, match=f"port {port + 1} "):
            start_cluster(2, port=port)


def test_tansu_is_one_node() -> None:
    with pytest.raises(EngineUnavailableError, match="one node"):
        start_cluster(3, "tansu")
