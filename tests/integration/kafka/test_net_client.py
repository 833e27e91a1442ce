"""What kafka-python's clients leave behind: no thread, no open socket, whatever they were doing when they ended. And
signals that come while they run on the main thread.
"""

import gc
import signal
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.net.connection import KafkaConnection

from runtime.kafka.connection import connect
from runtime.kafka.errors import BrokerUnavailableError
from runtime.kafka.net_client import NetClient, NetSelector, network_options
from runtime.settings.kafka import KafkaSettings
from tests.support.patience import DEADLINE_S

CLIENTS = (KafkaAdminClient, KafkaConsumer, KafkaProducer)


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fails when a socket is left to the garbage collector, or a thread goes on, after the block."""
    gc.collect()
    threads = set(threading.enumerate())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught if issubclass(warning.category, ResourceWarning)] == []
    assert set(threading.enumerate()) <= threads


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        yield server


def at(server: socket.socket, **settings: Any) -> KafkaSettings:
    return KafkaSettings(
        bootstrap_servers=f"127.0.0.1:{server.getsockname()[1]}", request_timeout_s=settings.pop("timeout_s", 0.6)
    ).model_copy(update=settings)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_port_on_which_nobody_listens(client: Any) -> None:
    settings = KafkaSettings(bootstrap_servers="127.0.0.1:1", request_timeout_s=2.0)
    with nothing_left(), pytest.raises(BrokerUnavailableError, match="ECONNREFUSED"):
        connect(client, settings)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_broker_that_never_answers(client: Any, listener: socket.socket) -> None:
    with nothing_left(), pytest.raises(BrokerUnavailableError):
        connect(client, at(listener))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_listener_that_does_not_speak_tls(client: Any, listener: socket.socket) -> None:
    def answer() -> None:
        with suppress(OSError):
            while True:
                with listener.accept()[0] as connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with ThreadPoolExecutor() as pool:
        pool.submit(answer)
        try:
            with nothing_left(), pytest.raises(BrokerUnavailableError, match="Handshake failed"):
                connect(client, at(listener, security_protocol="SSL", timeout_s=2))
        finally:
            listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_listener_that_is_silent_in_the_tls_handshake(client: Any, listener: socket.socket) -> None:
    with nothing_left(), pytest.raises(BrokerUnavailableError):
        connect(client, at(listener, security_protocol="SSL"))


def test_a_close_while_a_connection_is_being_opened(listener: socket.socket) -> None:
    with ExitStack() as stack:
        _fill_backlog(stack, listener)
        with nothing_left():
            client = _opening(listener)
            client.close()
            client.close()  # once more does nothing
            assert not client._net._pending_tasks
            del client


@pytest.fixture
def interrupting() -> Iterator[signal.Signals]:
    """A signal that raises KeyboardInterrupt."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield signal.SIGALRM
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_signal_while_a_task_runs_is_not_lost(interrupting: signal.Signals) -> None:
    """kafka-python takes what a task raises for the end of that task."""
    done: list[str] = []

    async def task() -> None:
        signal.raise_signal(interrupting)
        done.append("task")

    with closing(NetSelector()) as net:
        net.call_soon(task)
        with pytest.raises(KeyboardInterrupt):
            net.poll(timeout_ms=0)
        assert signal.getsignal(interrupting) is signal.default_int_handler
        net.drain()
    assert done == ["task"], "it is not broken off in the middle"


def test_a_signal_ends_a_wait_for_the_network(interrupting: signal.Signals) -> None:
    def wait_until_signalled(net: NetSelector) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)  # on a busy machine it comes before the wait has begun
        net.poll(timeout_ms=1000 * DEADLINE_S)

    with closing(NetSelector()) as net, pytest.raises(KeyboardInterrupt):
        wait_until_signalled(net)


def test_a_producer_that_finds_no_broker_is_interrupted(
    listener: socket.socket, interrupting: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It bootstraps on the thread that makes it."""
    send_request = KafkaConnection._send_request

    def signalled(*arguments: Any, **options: Any) -> Any:
        signal.raise_signal(interrupting)
        return send_request(*arguments, **options)

    monkeypatch.setattr(KafkaConnection, "_send_request", signalled)
    with nothing_left(), pytest.raises(KeyboardInterrupt):
        connect(KafkaProducer, at(listener, timeout_s=60))


def _fill_backlog(stack: ExitStack, listener: socket.socket) -> None:
    """Afterwards the kernel answers no further connect."""
    while True:
        filler = stack.enter_context(socket.socket())
        filler.settimeout(0.2)
        try:
            filler.connect(listener.getsockname())
        except TimeoutError:
            return


def _opening(listener: socket.socket) -> Any:
    """A client that waits for the listener to take its connection."""
    with network_options() as options:
        client: Any = NetClient(**options, bootstrap_servers=[f"127.0.0.1:{listener.getsockname()[1]}"])
    client._net.start()
    client._manager.bootstrap_async()
    deadline = time.monotonic() + DEADLINE_S
    while len(client._net._selector.get_map()) < 2:  # the first is what wakes the thread up
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)
    return client
