"""Ports on loopback."""

import socket
from contextlib import ExitStack

from tgwire.errors import PortTakenError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on at this moment; somebody else may take it the next."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Such ports, no two the same."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def require_free(port: int) -> None:
    """Raise PortTakenError when somebody listens on the port."""
    with socket.socket() as probe:
        # As brokers do: connections of a former one that linger in TIME_WAIT are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTakenError(f"port {port} on {HOST} is not free: {error.strerror}") from error


def is_listening(port: int) -> bool:
    """Whether a connection to the port succeeds."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0
