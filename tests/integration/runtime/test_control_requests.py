"""Requests to a running process: only with the key of its run file, and every failure in words."""

import http.client
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from runtime.control_requests import Control, ControlError, ControlRefusedError, ask
from runtime.errors import TransientError
from runtime.http_endpoint import MAX_REQUEST, RunningHealth, Server, serve
from runtime.run_files import RunFile
from runtime.settings.process import HttpSettings
from tests.support.patience import DEADLINE_S


def echo(value: object) -> object:
    return {"said": value}


def busy(value: object) -> object:
    raise TransientError("must rest for 40 s")


@pytest.fixture
def control() -> Control:
    return Control({"echo": echo, "busy": busy})


@pytest.fixture
def server(control: Control) -> Iterator[Server]:
    with serve(HttpSettings(), CollectorRegistry(), RunningHealth(), control) as running:
        yield running


def process(server: Server, token: str | None) -> RunFile:
    return RunFile(
        command="collect",
        pid=os.getpid(),
        process_start="",
        started_at=datetime.now(UTC),
        host="here",
        endpoint=server.url,
        token=None if token is None else SecretStr(token),
    )


def test_an_action_answers(server: Server, control: Control) -> None:
    assert ask(process(server, control.token), "echo", ["ё", 1]) == {"said": ["ё", 1]}


@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_without_the_key_nothing_is_done(server: Server, token: str | None) -> None:
    with pytest.raises(ControlRefusedError, match=r"tgwire collect \(pid \d+\) refuses: forbidden"):
        ask(process(server, token), "echo", 1)


def test_a_refusal_is_given_in_the_words_of_the_process(server: Server, control: Control) -> None:
    with pytest.raises(ControlRefusedError, match="must rest for 40 s"):
        ask(process(server, control.token), "busy", 1)
    with pytest.raises(ControlRefusedError, match="not found"):
        ask(process(server, control.token), "else", 1)


def test_a_process_that_is_gone_is_named(server: Server, control: Control) -> None:
    gone = process(server, control.token)
    server.close()
    try:
        with pytest.raises(ControlError, match=r"tgwire collect \(pid \d+\) does not answer at http://127.0.0.1:"):
            ask(gone, "echo", 1)
    finally:
        server.close = lambda: None  # type: ignore[method-assign]


@pytest.mark.parametrize("length", [str(MAX_REQUEST + 1), "-1", "many", None])
def test_a_body_of_no_sensible_length_is_not_read(server: Server, length: str | None) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
    connection.putrequest("POST", "/control/echo")
    if length is not None:
        connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_process_without_actions_takes_no_requests() -> None:
    with serve(HttpSettings(), CollectorRegistry(), RunningHealth()) as plain:
        connection = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=DEADLINE_S)
        connection.request("POST", "/control/echo", "1")
        assert connection.getresponse().status == 404
        connection.close()


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])
def test_the_address_is_one_that_can_be_reached_here(host: str, shown: str) -> None:
    with serve(HttpSettings(host=host), CollectorRegistry(), RunningHealth()) as server:
        assert server.url == f"http://{shown}:{server.port}"
