"""The proxy: it forwards, cuts, delays, and lets through again."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.worker.proxy import Proxy
from tests.support.patience import DEADLINE_S
from tgwire.local_broker.ports import HOST, free_port


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it gets."""
    with socket.create_server((HOST, 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            try:
                while data := connection.recv(1000):
                    connection.sendall(data)
            except ConnectionResetError:
                continue


@pytest.fixture
def proxy(echo_port: int) -> Iterator[tuple[Proxy, int]]:
    port = free_port()
    with Proxy(port, echo_port) as running:
        yield running, port


def said(port: int) -> bytes:
    with socket.create_connection((HOST, port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"hello")
        return connection.recv(100)


def test_forwards(proxy: tuple[Proxy, int]) -> None:
    assert said(proxy[1]) == b"hello"


def test_a_cut_drops_what_is_open_and_refuses_what_comes(proxy: tuple[Proxy, int]) -> None:
    running, port = proxy
    with socket.create_connection((HOST, port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        running.cut()
        with pytest.raises(ConnectionResetError):
            expect_more(connection.recv(100))
    with pytest.raises(ConnectionResetError):
        expect_more(said(port))
    running.mend()
    assert said(port) == b"hello"


def test_a_delay_holds_both_ways(proxy: tuple[Proxy, int]) -> None:
    running, port = proxy
    running.delay(0.1)
    began = time.monotonic()
    assert said(port) == b"hello"
    assert time.monotonic() - began >= 0.2


def expect_more(received: bytes) -> None:
    """A polite end of the connection is as good as a reset."""
    if not received:
        raise ConnectionResetError
