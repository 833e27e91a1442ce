"""Webhooks: what is sent, to whom, and what becomes of it when the receiver does not take it."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from runtime.settings.sink import WebhookSinkSettings
from schemas import RejectReason
from sinks.contract import END, START, Batch, Message, Partition, Written
from sinks.errors import ReceiverError, SinkSettingError, SinkUnavailableError
from sinks.webhook import WebhookSink
from sinks.webhook.guarded_transport import is_allowed
from sinks.webhook.signature import key_of
from tests.contract.sinks.sink_places import Receiver
from tests.support.sink_records import NOW_MS, POSTS, VERDICTS, batch, key, message, post

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running


def settings(url: str | None, **changes: Any) -> WebhookSinkSettings:
    return WebhookSinkSettings(
        **{
            "url": url,
            "secret": SecretStr(SECRET),
            "begin": "start",
            "networks": ("127.0.0.0/8",),
            "timeout_s": 30.0,
        }
        | changes
    )


@pytest.fixture
def sink(receiver: Receiver, tmp_path: Path) -> Iterator[WebhookSink]:
    yield from opened(settings(receiver.url), tmp_path)


def opened(
    given: WebhookSinkSettings, folder: Path, clock: Callable[[], float] = time.monotonic
) -> Iterator[WebhookSink]:
    sink = WebhookSink(given, folder, clock)
    try:
        sink.open([POSTS])
        sink.move(POSTS, 0)
        yield sink
    finally:
        sink.close()


def test_a_request_is_signed_over_id_time_and_body(sink: WebhookSink, receiver: Receiver) -> None:
    assert sink.write(batch(POSTS, 0, post(1), post(2))) == Written(2)
    for headers, body in receiver.requests:
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(b"k" * 32, content, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["content-type"] == "application/json"
    ids = sorted(headers["webhook-id"] for headers, _ in receiver.requests)
    assert ids == [f"{POSTS.topic_id}:0:0", f"{POSTS.topic_id}:0:1"]


def test_the_record_is_sent_byte_for_byte_with_topic_and_key(sink: WebhookSink, receiver: Receiver) -> None:
    sink.write(batch(POSTS, 0, post(1, text="Größe 👍"), None, keys=(key(2),)))
    bodies = sorted((body for _, body in receiver.requests), key=len)
    assert json.loads(bodies[0]) == {"type": "posts.normalized", "key": key(2), "data": None}
    assert bodies[1].endswith(b'"data":' + post(1, text="Größe 👍").to_json() + b"}")


def test_records_of_one_key_keep_their_order(sink: WebhookSink, receiver: Receiver) -> None:
    sink.write(batch(POSTS, 0, *(post(rank % 3 + 1, rank, f"{rank}") for rank in range(30))))
    sent: dict[str, list[int]] = {}
    for _, body in receiver.requests:
        record = json.loads(body)["data"]
        sent.setdefault(record["key"], []).append(int(record["text"]))
    assert len(sent) == 3
    assert all(ranks == sorted(ranks) for ranks in sent.values())


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_a_receiver_that_is_away_is_waited_for(sink: WebhookSink, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": "17"}
    for _ in range(3):
        with pytest.raises(SinkUnavailableError, match=f"the receiver answered {status}") as error:
            sink.write(batch(POSTS, 0, post(1)))
        assert error.value.retry_after_s == 17.0
    receiver.status = 200
    assert sink.write(batch(POSTS, 0, post(1))) == Written(1)


@pytest.fixture
def unheard() -> Iterator[str]:
    """An address at which nobody listens, as long as the test runs: a port that is let go may be another server's."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


def test_a_receiver_without_a_listener_is_waited_for(unheard: str, tmp_path: Path) -> None:
    for sink in opened(settings(unheard), tmp_path):
        with pytest.raises(SinkUnavailableError, match="cannot be reached"):
            sink.write(batch(POSTS, 0, post(1)))


def test_a_receiver_that_hangs_is_given_up_after_the_timeout(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = settings(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_s=0.2)
        for sink in opened(given, tmp_path):
            with pytest.raises(SinkUnavailableError, match=r"did not answer within 0\.2 s"):
                sink.write(batch(POSTS, 0, *(post(number) for number in range(1, 20))))


def test_an_answer_that_drips_is_given_up_after_the_timeout(tmp_path: Path) -> None:
    is_over = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not is_over.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        try:
            for sink in opened(settings(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout_s=0.4), tmp_path):
                with pytest.raises(SinkUnavailableError, match="did not answer within"):
                    sink.write(batch(POSTS, 0, post(1)))
        finally:
            is_over.set()
            thread.join()


def test_a_record_on_which_the_receiver_fails_for_too_long_is_set_aside(receiver: Receiver, tmp_path: Path) -> None:
    readings = iter((1000.0, 1059.0, 1118.0))
    receiver.status = 500
    for sink in opened(settings(receiver.url, retry_s=60.0), tmp_path, lambda: next(readings)):
        given = batch(POSTS, 0, post(1))
        for _ in range(2):
            with pytest.raises(SinkUnavailableError, match="the receiver answered 500"):
                sink.write(given)
        [refusal] = sink.write(given).refused
        assert (refusal.reason, refusal.text) == (RejectReason.FAILED, "the receiver answered 500, for 118 s")


def test_others_go_on_while_the_receiver_fails_on_one_record(receiver: Receiver, tmp_path: Path) -> None:
    class Picky(Receiver):
        def answer(self, headers: dict[str, str], body: bytes) -> int:
            super().answer(headers, body)
            return 500 if json.loads(body)["key"] == key(2) else 200

    with Picky().running() as picky:
        for sink in opened(settings(picky.url), tmp_path):
            given = batch(POSTS, 0, post(1), post(2), post(3), post(4))
            with pytest.raises(SinkUnavailableError):
                sink.write(given)
            assert {json.loads(body)["key"] for _, body in picky.requests} == {key(n) for n in (1, 2, 3, 4)}
            assert sink.write(given) == Written(1)  # what was delivered is not given again
            picky.requests.clear()
            with pytest.raises(SinkUnavailableError):
                sink.write(Batch(POSTS, 1, 4, given.messages[1:]))
            assert {json.loads(body)["key"] for _, body in picky.requests} == {key(2)}


@pytest.mark.parametrize(
    ("status", "reason"), [(400, RejectReason.FAILED), (413, RejectReason.TOO_LARGE), (422, RejectReason.FAILED)]
)
def test_a_record_that_the_receiver_refuses_is_set_aside(
    sink: WebhookSink, receiver: Receiver, status: int, reason: RejectReason
) -> None:
    receiver.status = status
    [refusal] = sink.write(batch(POSTS, 0, post(1))).refused
    assert (refusal.reason, refusal.text) == (reason, f"the receiver answered {status}")


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410])
def test_a_receiver_that_takes_nothing_ends_the_sink_in_words(
    sink: WebhookSink, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    with pytest.raises(ReceiverError, match=rf"answered {status}.*correct sink\.webhook\.url"):
        sink.write(batch(POSTS, 0, post(1)))


def test_a_redirect_is_not_followed(sink: WebhookSink, receiver: Receiver) -> None:
    with Receiver().running() as inside:
        receiver.status, receiver.headers = 307, {"Location": inside.url}
        with pytest.raises(ReceiverError, match="a redirect, which is never followed"):
            sink.write(batch(POSTS, 0, post(1)))
        assert inside.requests == []


def test_nothing_is_sent_to_an_address_inside(receiver: Receiver, tmp_path: Path) -> None:
    for sink in opened(settings(receiver.url, networks=()), tmp_path):
        with pytest.raises(ReceiverError, match=r"127\.0\.0\.1, which is no public address: nothing was sent"):
            sink.write(batch(POSTS, 0, post(1)))
    assert receiver.requests == []


def test_a_name_that_resolves_to_another_address_later_is_judged_again(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was judged, and each request judges again."""
    port = int(receiver.url.rpartition(":")[2].partition("/")[0])
    answers = ["127.0.0.1", "127.0.0.1", "10.0.0.7"]

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        address = answers.pop(0) if host == "hook.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for sink in opened(settings(f"http://hook.example:{port}/hook"), tmp_path):
        assert sink.write(batch(POSTS, 0, post(1))) == Written(1)
        assert sink.write(batch(POSTS, 1, post(2))) == Written(2)
        with pytest.raises(ReceiverError, match=r"hook\.example is at 10\.0\.0\.7"):
            sink.write(batch(POSTS, 2, post(3)))
    assert [headers["host"] for headers, _ in receiver.requests] == [f"hook.example:{port}"] * 2


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("255.255.255.255", "::", "ff02::1", "192.0.2.1", "2001:db8::1"),
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_allowed(ip_address(address), [])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_public_addresses_are_reached(address: str) -> None:
    assert is_allowed(ip_address(address), [])


def test_a_network_that_is_named_is_reached() -> None:
    allowed = [ip_network("10.0.0.0/8")]
    assert is_allowed(ip_address("10.9.9.9"), allowed)
    assert is_allowed(ip_address("::ffff:10.9.9.9"), allowed)
    assert not is_allowed(ip_address("192.168.0.1"), allowed)


def test_a_proxy_of_the_environment_is_not_asked(
    sink: WebhookSink, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver().running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert sink.write(batch(POSTS, 0, post(1))) == Written(1)
        assert (len(receiver.requests), proxy.requests) == (1, [])


def test_the_first_start_begins_at_the_end_unless_it_is_set_otherwise(tmp_path: Path) -> None:
    sink = WebhookSink(settings("https://example.org/", begin="end"), tmp_path)
    assert sink.open([POSTS]) == {POSTS: END}
    sink.move(POSTS, 41)
    sink.close()
    again = WebhookSink(settings("https://example.org/", begin="end"), tmp_path)
    assert again.open([POSTS])[POSTS].offset == 41
    again.close()


def test_what_an_operator_has_sent_again_is_sent_again(sink: WebhookSink, receiver: Receiver) -> None:
    receiver.refused_keys = {key(1)}
    given = batch(POSTS, 0, post(1), post(2))
    assert len(sink.write(given).refused) == 1
    sink.move(POSTS, 0)
    receiver.refused_keys = set()
    assert sink.write(given) == Written(2)
    assert [json.loads(body)["key"] for _, body in receiver.requests].count(key(2)) == 2


def test_a_new_partition_of_a_known_topic_is_read_from_its_start(tmp_path: Path) -> None:
    sink = WebhookSink(settings("https://example.org/", begin="end"), tmp_path)
    sink.open([POSTS])
    sink.move(POSTS, 41)
    added = Partition(POSTS.topic, POSTS.topic_id, 1)
    assert sink.open([POSTS, added])[added] == START
    assert sink.open([VERDICTS])[VERDICTS] == END
    sink.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": None}, r"sink\.webhook\.url is not set"),
        ({"secret": None}, r"sink\.webhook\.secret is not set"),
        ({"secret": SecretStr("short")}, "5 bytes, but 24 are the least"),
        ({"secret": SecretStr("whsec_???")}, "no base64"),
        ({"url": "https:///path"}, "names no host"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SinkSettingError, match=words):
        WebhookSink(settings(**{"url": "https://example.org/"} | changes), tmp_path)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"10\.0\.0\.300"):
        WebhookSinkSettings(networks=("10.0.0.300/8",))


def test_a_secret_is_text_or_base64() -> None:
    assert key_of(SECRET) == b"k" * 32
    assert key_of("a text of twenty-four bytes") == b"a text of twenty-four bytes"


def test_a_key_that_is_no_text_is_set_aside(sink: WebhookSink) -> None:
    [refusal] = sink.write(Batch(POSTS, 0, 1, (Message(0, b"\xff", b"{}", NOW_MS),))).refused
    assert (refusal.field, refusal.text) == ("key", "a key that is not UTF-8 at byte 0")


def test_neither_secret_nor_address_parameters_are_shown(unheard: str, tmp_path: Path) -> None:
    for sink in opened(settings(f"{unheard}?token=hunter2"), tmp_path):
        with pytest.raises(SinkUnavailableError) as error:
            sink.write(Batch(POSTS, 0, 1, (message(0, post(1)),)))
        assert "hunter2" not in str(error.value)
