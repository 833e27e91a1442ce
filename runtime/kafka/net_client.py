"""The network side of kafka-python's clients, which leaves no socket, thread or task behind.

Of kafka-python 3.0.12: ``close`` runs beside the I/O thread, which may be reading from a connection that it takes away,
or opening one that nobody closes then; sockets whose connect or handshake failed are left to the garbage collector;
a client whose bootstrap failed keeps its I/O thread for ever; and so does a TLS handshake that gets no answer. A
producer bootstraps on the caller's thread, and what a signal raises there ends one of the loop's tasks, and is lost.
"""

import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaConnectionError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket, create_connection
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

_SCHEME = "direct"
"""kafka-python picks the class that opens sockets by the scheme of ``proxy_url``."""
_RAISING = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
"""Signals whose handlers may raise KeyboardInterrupt."""


class NetClient(KafkaNetClient):  # type: ignore[misc]  # untyped
    """One client's event loop and connections. ``close`` ends the thread first, then has all to itself."""

    def __init__(self, **config: object) -> None:
        net = NetSelector(**config)
        super().__init__(net=net, manager=NetManager(net, **config))

    def close(self, node_id: int | None = None) -> None:
        """Close the connection to one node; or all, with the event loop and every socket it waits for."""
        if node_id is not None or self._net._closed:  # noqa: SLF001
            super().close(node_id)
            return
        self._net.stop()
        self._manager.close()
        self._net.drain()
        waited_for = [key.fileobj for key in self._net._selector.get_map().values()]  # noqa: SLF001
        super().close()
        for open_socket in waited_for:
            open_socket.close()


class NetSelector(NetworkSelector):  # type: ignore[misc]  # untyped
    """The event loop. Signals that come while the main thread runs its tasks are handled behind them, and soon."""

    def _poll_once(self, timeout: float | None = None) -> None:
        if threading.current_thread() is not threading.main_thread():
            super()._poll_once(timeout)
            return
        with _signals_put_off(self.wakeup):
            super()._poll_once(timeout)


@contextmanager
def _signals_put_off(on_signal: Callable[[], None]) -> Iterator[None]:
    """Have signals handled at the end; ``on_signal`` is called at once. For the main thread."""
    came: list[int] = []

    def note(number: int, _frame: object) -> None:
        came.append(number)
        on_signal()

    before = {number: handler for number in _RAISING if callable(handler := signal.getsignal(number))}
    try:
        for number in before:
            signal.signal(number, note)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)


class DirectSocket(KafkaNetSocket):  # type: ignore[misc]  # untyped
    """Connects without a proxy; closes the socket when that fails or is cancelled."""

    SCHEMES = (_SCHEME,)

    async def sock_connect(
        self,
        net: NetworkSelector,
        sock: socket.socket,
        sockaddr: tuple[str | int, ...],
        timeout_at: float | None = None,
    ) -> socket.socket:
        """Return the socket, connected. ``timeout_at`` is in seconds of the monotonic clock."""
        try:
            await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
        return sock


class NetManager(KafkaConnectionManager):  # type: ignore[misc]  # untyped
    """Opens connections; the time for that holds for the TLS handshake, too."""

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> KafkaTCPTransport:  # noqa: ANN401
        sock = await create_connection(
            self._net,
            node.host,
            node.port,
            self.config["socket_options"],
            proxy_url=self.config["proxy_url"],
            timeout_at=timeout_at,
        )
        if not self.ssl_enabled:
            return KafkaTCPTransport(self._net, sock, host=node.host)
        transport = KafkaSSLTransport(self._net, sock, host=node.host, ssl_context=self.config["ssl_context"])
        try:
            await _handshake(self._net, transport._sock, timeout_at)  # noqa: SLF001
        except Exception as error:
            transport.close()
            raise KafkaConnectionError(f"Handshake failed: {error}") from error
        return transport


async def _handshake(net: NetworkSelector, sock: ssl.SSLSocket, timeout_at: float | None) -> None:
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await net.wait_read(sock, timeout_at)
        except ssl.SSLWantWriteError:
            await net.wait_write(sock, timeout_at)
        else:
            return


@contextmanager
def network_options() -> Iterator[dict[str, Any]]:
    """Options of a kafka-python client to build inside; what it opened is closed when that fails."""
    opened: list[NetClient] = []

    def net_client(**config: object) -> NetClient:
        opened.append(NetClient(**config))
        return opened[-1]

    try:
        yield {"kafka_client": net_client, "proxy_url": f"{_SCHEME}://"}
    except BaseException:
        for client in opened:
            client.close()
        raise
