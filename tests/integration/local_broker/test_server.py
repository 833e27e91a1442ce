"""A broker that cannot start."""

from pathlib import Path

import pytest

from tgwire.errors import BrokerStartError
from tgwire.local_broker import apache, ports
from tgwire.local_broker.ports import free_ports
from tgwire.local_broker.server import PORT_RACES, Broker

TRACE = "\n".join(f"\\tat kafka.network.Frame{number}(SocketServer.scala:{number})" for number in range(40))


def _broker_that_prints(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Broker, list[int]]:
    """A broker whose process prints the text and ends with 1, and the ports that it was to listen on."""
    ports: list[int] = []

    def command(_folder: Path, port: int, *_others: object) -> list[str]:
        ports.append(port)
        return ["/bin/sh", "-c", f"printf '{text}'; exit 1"]

    monkeypatch.setattr(apache, "command", command)
    monkeypatch.setattr(apache, "cluster_id", lambda _folder: "cluster")
    return Broker("apache", folder, None, None), ports


def test_another_port_is_tried_where_java_reports_one_in_use_above_a_long_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "Socket server failed to bind: Address already in use."
    broker, ports = _broker_that_prints(f"ERROR {reason}\\n{TRACE}\\n", tmp_path, monkeypatch)
    with pytest.raises(BrokerStartError, match="Address already in use") as failed:
        broker.start()
    assert len(ports) == PORT_RACES
    assert "SocketServer.scala" not in str(failed.value)


def test_no_other_port_is_tried_for_another_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broker, ports = _broker_that_prints(f"ERROR out of memory\\n{TRACE}\\n", tmp_path, monkeypatch)
    with pytest.raises(BrokerStartError, match="ERROR out of memory"):
        broker.start()
    assert len(ports) == 1


def test_the_controller_of_a_node_alone_has_another_port_than_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    for_clients, other = sorted(free_ports(2))
    monkeypatch.setattr(ports, "_RANGE", range(for_clients, other + 1, other - for_clients))
    assert {apache.alone(for_clients).controller_ports for _ in range(20)} == {(other,)}
