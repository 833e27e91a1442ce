"""What a log line looks like, and what it never contains."""

import io
import json
import logging
import sys
import warnings
from typing import Any

import pytest
import structlog
from pydantic import SecretStr, ValidationError

from runtime.logs import configure_logging
from runtime.settings.process import LogSettings
from schemas import RawPost


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def started(level: str = "info", *, is_verbose: bool = False, form: str = "auto") -> io.StringIO:
    stream = io.StringIO()
    configure_logging(
        LogSettings.model_validate({"level": level, "format": form}), is_verbose=is_verbose, stream=stream
    )
    return stream


def test_an_event_is_one_json_line_with_time_level_and_logger() -> None:
    stream = started()
    structlog.stdlib.get_logger("tgwire.worker").info("post handled", key="tg:1:2", count=3)
    (event,) = lines(stream)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "post handled", "key": "tg:1:2", "count": 3, "level": "info", "logger": "tgwire.worker"}


def test_a_terminal_gets_text() -> None:
    stream = Terminal()
    configure_logging(LogSettings(), stream=stream)
    structlog.stdlib.get_logger("tgwire").info("hello", key="tg:1:2")
    assert "hello" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_json_can_be_asked_for_on_a_terminal() -> None:
    stream = Terminal()
    configure_logging(LogSettings(format="json"), stream=stream)
    structlog.stdlib.get_logger("tgwire").info("hello")
    assert lines(stream)[0]["event"] == "hello"


def test_stdout_is_left_to_data(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(format="json"))
    structlog.stdlib.get_logger("tgwire").info("hello")
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["event"] == "hello"


@pytest.mark.parametrize("library", ["faust", "mode.services", "aiokafka.conn", "kafka.net", "asyncio"])
def test_libraries_speak_from_warning_on_in_the_same_format(library: str) -> None:
    stream = started()
    logging.getLogger(library).info("chatter")
    logging.getLogger(library).warning("node %d is gone", 3, extra={"node": 3})
    (event,) = lines(stream)
    assert (event["event"], event["level"], event["logger"], event["node"]) == (
        "node 3 is gone",
        "warning",
        library,
        3,
    )


def test_debug_shows_our_debug_and_the_libraries_info_but_not_their_requests() -> None:
    stream = started("warning", is_verbose=True)
    structlog.stdlib.get_logger("processors.stream").debug("batch")
    logging.getLogger("aiokafka").info("joined")
    logging.getLogger("aiokafka").debug("SaslAuthenticate auth_bytes=...")
    assert [event["event"] for event in lines(stream)] == ["batch", "joined"]


def test_a_higher_level_holds_for_libraries_too() -> None:
    stream = started("error")
    logging.getLogger("faust").warning("w")
    structlog.stdlib.get_logger("tgwire").warning("w")
    logging.getLogger("faust").error("e")
    assert [event["event"] for event in lines(stream)] == ["e"]


def test_a_second_call_replaces_the_first() -> None:
    first, second = started(), started()
    structlog.stdlib.get_logger("tgwire").info("once")
    assert (len(lines(first)), len(lines(second))) == (0, 1)


def test_warnings_come_in_the_same_format() -> None:
    stream = started()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old call", stacklevel=1)
        logging.captureWarnings(False)
    assert "old call" in lines(stream)[0]["event"]


SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    "name", ["api_hash", "phone", "phone_number", "session", "session_string", "password", "sasl_plain_password",
             "proxy_password", "bot_token", "Password"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_secret_field_is_masked_at_any_depth(name: str, form: str) -> None:
    stream = started(form=form)
    log = structlog.stdlib.get_logger("tgwire")
    log.info("flat", **{name: SECRET})
    log.info("deep", settings={"kafka": [{name: SECRET}]})
    logging.getLogger("kafka").warning("foreign", extra={name: SECRET})
    assert SECRET not in stream.getvalue()
    assert stream.getvalue().count("***") == 3


@pytest.mark.parametrize(
    "text",
    [
        f"sasl_plain_password='{SECRET}', retries=3",
        f'{{"api_hash": "{SECRET}"}}',
        f"phone={SECRET}",
        f"proxy socks5://user:{SECRET}@proxy.example:1080 refused",
        f"proxy http://{SECRET}@proxy.example:1080 refused",
    ],
)
def test_a_secret_inside_of_a_text_is_masked(text: str) -> None:
    stream = started()
    structlog.stdlib.get_logger("tgwire").info(text)
    logging.getLogger("kafka").error("%s", text)
    structlog.stdlib.get_logger("tgwire").info("url", target=text)
    assert SECRET not in stream.getvalue()
    assert len(lines(stream)) == 3


def test_a_secret_str_is_masked_under_any_name() -> None:
    stream = started()
    structlog.stdlib.get_logger("tgwire").info("x", value=SecretStr(SECRET), many=(SecretStr(SECRET),))
    (event,) = lines(stream)
    assert (event["value"], event["many"]) == ("***", ["***"])


def test_what_only_looks_like_a_secret_stays() -> None:
    stream = started()
    structlog.stdlib.get_logger("tgwire").info("x", session_timeout_s=10.0, tokens=5, url="http://localhost:9092/a@b")
    (event,) = lines(stream)
    assert (event["session_timeout_s"], event["tokens"], event["url"]) == (10.0, 5, "http://localhost:9092/a@b")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_holds_no_local_variable_and_no_secret(form: str) -> None:
    stream = started(form=form)

    def connect(text: str) -> None:
        raise ValueError(f"refused: password={SECRET} ({len(text)} bytes)")

    try:
        connect("".join(["the whole ", "text of a post"]))
    except ValueError:
        structlog.stdlib.get_logger("tgwire").exception("failed", key="tg:1:2")
    written = stream.getvalue()
    assert "ValueError" in written
    assert "connect" in written
    assert SECRET not in written
    assert "the whole text of a post" not in written


def test_a_value_that_json_does_not_know_is_no_error() -> None:
    stream = started()
    structlog.stdlib.get_logger("tgwire").info("x", path=sys, keys={(1, 2): b"bytes"}, odd="\udc80")
    assert len(lines(stream)) == 1


STEERING = "\x1b[31m\x9b2J\u202e\u2066\u200b\u2028\x85\r\x07\U000e0041"


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_text_of_an_event_steers_a_terminal(form: str) -> None:
    stream = started(form=form)
    log = structlog.stdlib.get_logger("tgwire")
    log.info(f"event {STEERING}", value=STEERING, deep={STEERING: [STEERING]}, **{STEERING: 1})
    logging.getLogger("kafka").error("%s", STEERING, extra={"node": STEERING})
    try:
        raise ValueError(STEERING)
    except ValueError:
        log.exception("failed")
    written = stream.getvalue()
    assert not set(STEERING) - set("31m[2J") & set(written)
    assert "x1b[31m" in written or "u001b[31m" in written


def test_an_event_in_json_means_what_it_meant() -> None:
    stream = started(form="json")
    structlog.stdlib.get_logger("tgwire").info("x", value=STEERING, title="порт 港口")
    (event,) = (json.loads(line) for line in stream.getvalue().split("\n")[:-1])
    assert (event["value"], event["title"]) == (STEERING, "порт 港口")


def test_a_line_of_a_log_cannot_be_forged() -> None:
    stream = started(form="console")
    structlog.stdlib.get_logger("tgwire").error("lost: a\n2026-01-01 [info] all is well", name="b\nc")
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1251"])
def test_a_line_is_json_on_a_stream_of_any_encoding(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    configure_logging(LogSettings(format="json"), stream=stream)
    structlog.stdlib.get_logger("tgwire").info("é порт 👍")
    stream.flush()
    assert json.loads(raw.getvalue().decode(encoding))["event"] == "é порт 👍"


def test_a_traceback_holds_no_text_of_a_post() -> None:
    text = " ".join(["the", "whole", "text"])
    stream = started(form="json")
    try:
        RawPost.model_validate(dict.fromkeys(("text", "message_id", "channel"), text))
    except ValidationError:
        structlog.stdlib.get_logger("tgwire").exception("failed")
    assert "message_id" in stream.getvalue()
    assert "the whole text" not in stream.getvalue()
