"""Ports on loopback."""

import socket
from itertools import chain, islice
from random import SystemRandom

from tgwire.errors import PortTakenError

HOST = "127.0.0.1"
_RANGE = range(20_000, 32_768)
"""Below the ports that systems give to outgoing connections, one of which could take a port before its server does."""


def free_port() -> int:
    """A port that nobody listens on at this moment; somebody else may take it the next."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Such ports, no two the same. Raises PortTakenError when there are not so many."""
    first = SystemRandom().randrange(len(_RANGE))  # not that of another process that looks at the same moment
    found = list(islice(filter(_is_free, chain(_RANGE[first:], _RANGE[:first])), count))
    if len(found) < count:
        raise PortTakenError(f"no port from {_RANGE.start} to {_RANGE.stop - 1} on {HOST} is free")
    return found


def _is_free(port: int) -> bool:
    try:
        require_free(port)
    except PortTakenError:
        return False
    return True


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
