"""Ports for servers on loopback."""

import socket

import pytest

from tgwire.errors import PortTakenError
from tgwire.local_broker import ports
from tgwire.local_broker.ports import HOST, free_port, free_ports, require_free


def test_free_ports_can_be_listened_on_and_no_outgoing_connection_takes_them() -> None:
    """Systems give outgoing connections ports from 32768 on."""
    found = free_ports(50)
    assert len(set(found)) == 50
    assert all(1024 < port < 32768 for port in found)
    for port in found:
        with socket.create_server((HOST, port)):
            pass


def test_a_port_that_is_listened_on_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, other = free_ports(2)
    monkeypatch.setattr(ports, "_RANGE", range(min(taken, other), max(taken, other) + 1, abs(taken - other)))
    with socket.create_server((HOST, taken)):
        assert free_port() == other
        with pytest.raises(PortTakenError, match=f"port {taken} "):
            require_free(taken)
        with pytest.raises(PortTakenError, match="no port from"):
            free_ports(2)
