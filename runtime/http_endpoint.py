"""The endpoint of a process: /metrics, /healthz, /readyz. Threaded, so that a busy event loop still answers."""

import io
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import ClassVar, NamedTuple, Protocol
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import MetricsHandler
from prometheus_client.registry import Collector

from runtime.control_requests import Control
from runtime.errors import FatalError
from runtime.settings.process import HttpSettings

SLOW_CLIENT_S = 10.0
"""A client that sends or reads nothing for this long is dropped: Prometheus' own default limit for a scrape."""
REQUEST_S = 30.0
"""A connection that is older is closed, whatever it sends or reads meanwhile."""
MAX_CONNECTIONS = 32
"""A scraper and a few probes need two or three. One more takes the place of the oldest that has asked nothing yet."""
MAX_REQUEST_BYTES = 16 << 10
"""Request line and headers together."""
POLL_S = 0.1
"""How soon a close is noticed."""
MAX_REQUEST = 64 * 1024
"""Bytes of a request's body."""

_INDEX = b"""<!doctype html><meta charset="utf-8"><title>tgwire</title><h1>tgwire</h1>
<ul><li><a href="/metrics">/metrics</a><li><a href="/healthz">/healthz</a><li><a href="/readyz">/readyz</a></ul>
"""
_FULL = b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\ntoo many connections\n"

_log = structlog.stdlib.get_logger(__name__)


class Health(Protocol):
    """What a process reports of itself: a state, and the reason for it.

    Called on the server's threads: must be thread-safe and must not wait.
    """

    def alive(self) -> tuple[bool, str]:
        """Whether it runs at all; False means that only a restart helps."""
        ...

    def ready(self) -> tuple[bool, str]:
        """Whether it can do its work now; False is normal at the start and while the broker is away."""
        ...


class RunningHealth:
    """Health of a process that can work as soon as it runs: it ends by itself when it cannot."""

    def alive(self) -> tuple[bool, str]:
        """See ``Health``."""
        return True, "running"

    def ready(self) -> tuple[bool, str]:
        """See ``Health``."""
        return True, "running"


class ListenError(FatalError):
    """The endpoint's address cannot be used.

    Set ``http.port`` to a free port, or 0 for any; set ``http.host`` to an address of this machine.
    """


def ready_gauge(health: Health) -> Gauge:
    """Build the metric ``tgwire_ready``, on no registry yet."""
    gauge = Gauge("tgwire_ready", "1 while /readyz answers 200, else 0.", registry=None)
    gauge.set_function(lambda: float(health.ready()[0]))
    return gauge


class _Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


def _probe(state: tuple[bool, str]) -> _Answer:
    is_good, reason = state
    return _Answer(200 if is_good else 503, "text/plain; charset=utf-8", f"{reason}\n".encode())


class _RequestTooLargeError(Exception):
    """A request line and headers of more than MAX_REQUEST_BYTES."""


class _BoundedLines(io.BufferedReader):
    """The lines of a request, up to MAX_REQUEST_BYTES in all."""

    left = MAX_REQUEST_BYTES

    def readline(self, size: int | None = -1, /) -> bytes:
        """Raises _RequestTooLargeError."""
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        line = super().readline(wanted)
        self.left -= len(line)
        if self.left < 0:
            raise _RequestTooLargeError
        return line


class _Handler(MetricsHandler):
    """The library's handler for /metrics, with the probes beside it."""

    timeout = SLOW_CLIENT_S
    health: ClassVar[Health]
    control: ClassVar[Control | None]
    server: "_Listener"

    def setup(self) -> None:
        """Bound what a request may hold."""
        super().setup()
        self.rfile.close()
        self.rfile = _BoundedLines(socket.SocketIO(self.connection, "r"))

    def handle_one_request(self) -> None:
        """The library's, with an answer for a request that is too large."""
        try:
            super().handle_one_request()
        except _RequestTooLargeError:
            self.requestline, self.request_version, self.command = "", "", ""  # what an answer looks at
            self.close_connection = True
            self.send_error(431)

    def parse_request(self) -> bool:
        """The library's; from here on the connection is at work, and keeps its place."""
        is_good = super().parse_request()
        self.server.connections.is_asking(self.connection)
        return is_good

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        try:
            path = urlsplit(self.path).path
        except ValueError:
            self._send(_Answer(400, "text/plain; charset=utf-8", b"not an address\n"))
            return
        match path:
            case "/metrics":
                super().do_GET()
            case "/healthz":
                self._send(_probe(self.health.alive()))
            case "/readyz":
                self._send(_probe(self.health.ready()))
            case "/":
                self._send(_Answer(200, "text/html; charset=utf-8", _INDEX))
            case _:
                self._send(_Answer(404, "text/plain; charset=utf-8", b"not found\n"))

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        if self.control is None:
            self._send(_Answer(404, "text/plain; charset=utf-8", b"not found\n"))
            return
        given = self.headers.get("Content-Length", "")
        length = int(given) if given.isascii() and given.isdecimal() else MAX_REQUEST + 1
        if length > MAX_REQUEST:
            self._send(_Answer(413, "text/plain; charset=utf-8", b"too large\n"))
            return
        body = self.rfile.read(length)
        authorization = self.headers.get("Authorization", "")
        if self.control.is_allowed(authorization):
            self.server.connections.take_time(self.connection)
        status, answer = self.control.answer(self.path, authorization, body)
        self._send(_Answer(status, "application/json", answer))

    def _send(self, answer: _Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


@dataclass(slots=True)
class _Connections:
    """The connections that are open, oldest first: bounded in number and in time."""

    _lock: Lock = field(default_factory=Lock)
    _since: dict[socket.socket, float] = field(default_factory=dict)
    _asking: set[socket.socket] = field(default_factory=set)

    def admit(self, connection: socket.socket) -> bool:
        """Take one in, if there is a place for it, or one that can be made."""
        with self._lock:
            if len(self._since) >= MAX_CONNECTIONS:
                idle = next((each for each in self._since if each not in self._asking), None)
                if idle is None:
                    return False
                self._end(idle)
            self._since[connection] = time.monotonic()
            return True

    def is_asking(self, connection: socket.socket) -> None:
        """Note that the request of a connection has arrived."""
        with self._lock:
            if connection in self._since:
                self._asking.add(connection)

    def take_time(self, connection: socket.socket) -> None:
        """Note that the answer to a connection may take longer than REQUEST_S."""
        with self._lock:
            if connection in self._since:
                self._since[connection] = float("inf")

    def forget(self, connection: socket.socket) -> None:
        """Drop a connection that is closed."""
        with self._lock:
            self._since.pop(connection, None)
            self._asking.discard(connection)

    def end_old(self) -> None:
        """End those that take too long."""
        before = time.monotonic() - REQUEST_S
        with self._lock:
            for connection in [each for each, since in self._since.items() if since < before]:
                self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        """Its thread notices, and closes it."""
        del self._since[connection]
        self._asking.discard(connection)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """Connections that wait to be admitted: the first packet of one more is dropped, so that it comes a second late."""

    def __init__(self, settings: HttpSettings, handler: type[_Handler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        self.connections = _Connections()
        super().__init__((settings.host, settings.port), handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse look-up of the host name, which can hang for seconds."""
        TCPServer.server_bind(self)

    def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> bool:
        """Whether there is room for one more connection."""
        assert isinstance(request, socket.socket)
        if self.connections.admit(request):
            return True
        request.setblocking(False)
        with suppress(OSError):
            request.send(_FULL)
        return False

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection."""
        if isinstance(request, socket.socket):
            self.connections.forget(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called every POLL_S."""
        self.connections.end_old()

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a failure once, in the process's own format; a client that went away is none."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            _log.error("http request failed", exc_info=error)


class Server:
    """A running endpoint; close it, or use it in a ``with`` block."""

    def __init__(
        self,
        settings: HttpSettings,
        registry: CollectorRegistry,
        health: Health,
        control: Control | None = None,
        build: Collector | None = None,
    ) -> None:
        handler = type("Handler", (_Handler,), {"registry": registry, "health": health, "control": control})
        try:
            self._listener = _Listener(settings, handler)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ListenError(
                f"cannot listen on {settings.host}:{settings.port}: {reason}; "
                "set http.port to a free port (0 takes any) and http.host to an address of this machine"
            ) from error
        self.host = settings.host
        self.port: int = self._listener.server_address[1]
        self._registry = registry
        self._collectors = [ready_gauge(health), ProcessCollector(registry=None), *([] if build is None else [build])]
        for collector in self._collectors:
            registry.register(collector)
        self._thread = Thread(target=self._listener.serve_forever, args=(POLL_S,), name="tgwire-http", daemon=True)
        self._thread.start()
        _log.info("http endpoint listens", host=self.host, port=self.port)

    @property
    def url(self) -> str:
        """The address under which a command on this machine reaches the endpoint."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def close(self) -> None:
        """Stop listening and free the port; requests in work are left to end by themselves."""
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()
        for collector in self._collectors:
            self._registry.unregister(collector)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    settings: HttpSettings,
    registry: CollectorRegistry,
    health: Health,
    control: Control | None = None,
    build: Collector | None = None,
) -> Server:
    """Serve ``registry`` and ``health`` on threads of their own; ListenError when the address cannot be used.

    While it serves, the registry also has readiness, memory, CPU and start time of this process, and ``build``: what is
    running.
    """
    return Server(settings, registry, health, control, build)
