"""The endpoint of a process, spoken to over a real socket."""

import logging
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from processors.core.pipeline import PIPELINE_VERSION
from runtime.http_endpoint import MAX_CONNECTIONS, ListenError, Server, serve
from runtime.settings.process import HttpSettings
from runtime.testing import ScriptedHealth
from tests.support.patience import DEADLINE_S
from tgwire.buildinfo import VERSION, build_info


@pytest.fixture
def process() -> ScriptedHealth:
    return ScriptedHealth(not_ready="waiting for partitions", well="ok")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def server(registry: CollectorRegistry, process: ScriptedHealth) -> Iterator[Server]:
    with serve(HttpSettings(), registry, process, build=build_info()) as running:
        yield running


def get(server: Server, path: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=DEADLINE_S) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers["Content-Type"], answer.read().decode()


def samples(server: Server) -> dict[str, float]:
    status, content_type, body = get(server, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=")
    families = text_string_to_metric_families(body)
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_metrics_show_what_the_process_counts(server: Server, registry: CollectorRegistry) -> None:
    counter = Counter("tgwire_things", "Things.", registry=registry)
    counter.inc(3)
    assert samples(server)["tgwire_things_total"] == 3


def test_metrics_show_build_memory_and_cpu(server: Server) -> None:
    body = get(server, "/metrics?from=a-test")[2]
    assert f'version="{VERSION}"' in body
    assert f'pipeline_version="{PIPELINE_VERSION}"' in body
    found = samples(server)
    assert found["process_resident_memory_bytes"] > 0
    assert found["process_cpu_seconds_total"] > 0


def test_readyz_gives_the_reason_until_the_process_is_ready(server: Server, process: ScriptedHealth) -> None:
    assert get(server, "/readyz")[::2] == (503, "waiting for partitions\n")
    assert samples(server)["tgwire_ready"] == 0
    process.not_ready = ""
    assert get(server, "/readyz")[::2] == (200, "ok\n")
    assert samples(server)["tgwire_ready"] == 1


def test_healthz_is_apart_from_readyz(server: Server, process: ScriptedHealth) -> None:
    assert get(server, "/healthz")[::2] == (200, "ok\n")
    process.dead = "the event loop does not move"
    assert get(server, "/healthz")[::2] == (503, "the event loop does not move\n")


def test_the_root_links_to_the_rest(server: Server) -> None:
    status, content_type, body = get(server, "/")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    for path in ("/metrics", "/healthz", "/readyz"):
        assert f'href="{path}"' in body


def test_an_unknown_path_is_not_found(server: Server) -> None:
    assert get(server, "/secrets?x=1")[0] == 404


def test_a_taken_port_is_named_with_the_way_out(server: Server, process: ScriptedHealth) -> None:
    with pytest.raises(ListenError, match=rf"127\.0\.0\.1:{server.port}: Address already in use; set http\.port"):
        serve(HttpSettings(port=server.port), CollectorRegistry(), process)


def test_an_address_of_another_machine_is_named(process: ScriptedHealth) -> None:
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:0"):
        serve(HttpSettings(host="192.0.2.1"), CollectorRegistry(), process)


def test_close_frees_the_port_and_the_registry(registry: CollectorRegistry, process: ScriptedHealth) -> None:
    first = serve(HttpSettings(), registry, process)
    first.close()
    with serve(HttpSettings(port=first.port), registry, process) as second:
        assert second.port == first.port
        assert get(second, "/healthz")[0] == 200


def test_two_endpoints_fit_into_one_process(process: ScriptedHealth) -> None:
    registries = CollectorRegistry(), CollectorRegistry()
    counters = [Counter(f"tgwire_{name}", "Things.", registry=r) for name, r in zip("ab", registries, strict=True)]
    counters[1].inc()
    with (
        serve(HttpSettings(), registries[0], process) as one,
        serve(HttpSettings(), registries[1], process) as two,
    ):
        assert "tgwire_b_total" not in samples(one)
        assert samples(two)["tgwire_b_total"] == 1


def test_a_client_that_hangs_does_not_hold_the_others_up(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as silent:
        silent.sendall(b"GET /metr")
        assert get(server, "/healthz")[0] == 200


def answer_to(server: Server, request: bytes) -> bytes:
    """Everything that the server sends until it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
        with suppress(OSError):  # the server may have closed before all of it was sent
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            return connection.makefile("rb").read()
    return b""


@pytest.mark.parametrize("target", ["http://[::1", "//[", "http://[not-an-address]/metrics", "/metrics\\[?x=[", "*"])
def test_an_address_that_is_none_is_refused_in_silence(
    server: Server, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = answer_to(server, f"GET {target} HTTP/1.0\r\n\r\n".encode())

    assert int(answer.split()[1]) in (400, 404)
    assert caplog.records == []


@given(
    st.binary(max_size=60)
    | st.builds(
        b"%b %b HTTP/1.%b\r\n%b\r\n\r\n".__mod__,
        st.tuples(
            st.sampled_from([b"GET", b"HEAD", b"POST", b"\xff", b"GET\x00"]),
            st.sampled_from([b"/metrics", b"/metrics?name[]=\xe4", b"http://[", b"/%", b"/metrics?a&b==;"]),
            st.sampled_from([b"0", b"1", b"9999999", b"x", b""]),
            st.binary(max_size=40) | st.sampled_from([b"Accept: ;;q=x", b"Accept-Encoding: \xff,gzip;q=", b" : "]),
        ),
    )
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_request_makes_it_fail(server: Server, request_: bytes) -> None:
    with structlog.testing.capture_logs() as logs:
        answer_to(server, request_)
    assert logs == []


@pytest.mark.parametrize(
    "request_",
    [b"GET /" + b"x" * 20_000 + b" HTTP/1.0\r\n\r\n", b"GET / HTTP/1.0\r\n" + b"X-Filler: 12345\r\n" * 1200 + b"\r\n"],
)
def test_a_request_that_is_too_large_is_refused(server: Server, request_: bytes) -> None:
    assert answer_to(server, request_)[:13] in (b"HTTP/1.0 431 ", b"")  # the reset of unread bytes can overtake it
    assert get(server, "/healthz")[0] == 200


def threads_of_requests() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def test_connections_are_bounded_and_idle_ones_make_room(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S))
        assert get(server, "/healthz")[0] == 200
        wait_until(lambda: threads_of_requests() <= MAX_CONNECTIONS)


def test_connections_at_work_are_not_broken_off(
    server: Server, process: ScriptedHealth, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(process, "ready", lambda: (released.wait(DEADLINE_S), "ok"))
    with ExitStack() as stack:
        waiting = []
        for _ in range(MAX_CONNECTIONS):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S))
            connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            waiting.append(connection)
        wait_until(lambda: len(server._listener.connections._asking) == MAX_CONNECTIONS)
        assert b"503" in answer_to(server, b"")
        released.set()
        for connection in waiting:
            assert connection.makefile("rb").read().endswith(b"ok\n")


def test_a_request_that_drips_is_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.http_endpoint.REQUEST_S", 0.3)
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as dripping:
        dripping.settimeout(0.02)

        def is_ended() -> bool:
            try:
                dripping.sendall(b"x")
                return dripping.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        wait_until(is_ended)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_requests_make_no_noise(
    server: Server, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in ("/metrics", "/healthz", "/readyz", "/nothing"):
            get(server, path)
        with socket.create_connection(("127.0.0.1", server.port)) as gone:
            gone.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        get(server, "/healthz")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_failing_probe_is_logged_and_the_server_goes_on(
    server: Server, process: ScriptedHealth, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    monkeypatch.setattr("runtime.http_endpoint._log.error", lambda *_a, **_k: failed.set())
    monkeypatch.setattr(process, "alive", lambda: 1 / 0)
    with pytest.raises((OSError, urllib.error.URLError)):
        get(server, "/healthz")
    assert failed.wait(DEADLINE_S)
    assert get(server, "/readyz")[0] == 503
