"""Dead letters of the webhook, sent to its receiver again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from runtime.settings.sink import WebhookSinkSettings
from schemas import DeadLetter, RejectReason
from schemas.topics import NORMALIZED, TOPIC_ID_HEADER, WEBHOOK_STAGE
from sinks.errors import ReceiverError
from sinks.webhook.resending import Resender
from tests.contract.sinks.sink_places import Receiver
from tests.support.sink_records import POSTS, key, message, post
from tgwire.dead_letters import DeadLetterPosition, StoredLetter
from tgwire.webhook_dead_letters import WebhookLetters

SECRET = "a-secret-of-more-than-24-bytes"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running


def settings(receiver: Receiver, *networks: str) -> WebhookSinkSettings:
    return WebhookSinkSettings(url=receiver.url, secret=SecretStr(SECRET), networks=networks or ("127.0.0.0/8",))


def letter(number: int) -> StoredLetter:
    written = DeadLetter(
        stage=WEBHOOK_STAGE,
        topic=NORMALIZED.name,
        partition=4,
        offset=1187,
        reason=RejectReason.FAILED,
        message="the receiver answered 422",
        pipeline_version="test",
        failed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return StoredLetter(
        position=DeadLetterPosition(0, number),
        stored_at_ms=0,
        key=key(number).encode(),
        value=post(number).to_json(),
        headers=((TOPIC_ID_HEADER, b"3f2b"),),
        letter=written,
        problem=None,
    )


def test_a_letter_is_sent_under_the_id_that_it_had(receiver: Receiver) -> None:
    with WebhookLetters(settings(receiver)) as letters:
        assert letters.judge(letter(2)).outcome == "would send"
        assert receiver.requests == []
        result = letters.send(letter(2))
    assert (result.outcome, result.receiver, result.problem) == ("sent", "127.0.0.1", None)
    [(headers, _)] = receiver.requests
    assert headers["webhook-id"] == "3f2b:4:1187"


def test_what_is_refused_again_is_not_sent_and_the_next_one_is_tried(receiver: Receiver) -> None:
    receiver.refused_keys = {key(2)}
    with WebhookLetters(settings(receiver)) as letters:
        results = [letters.send(letter(number)) for number in (2, 3)]
    assert [(each.outcome, each.problem) for each in results] == [
        ("not sent", "the receiver answered 422"),
        ("sent", None),
    ]


@pytest.mark.parametrize(("status", "tried"), [(503, 1), (500, 2)])
def test_once_the_receiver_is_away_the_rest_is_not_tried(receiver: Receiver, status: int, tried: int) -> None:
    receiver.status = status
    with WebhookLetters(settings(receiver)) as letters:
        results = [letters.send(letter(number)) for number in (2, 3)]
    assert [each.problem for each in results] == [f"the receiver answered {status}"] * 2
    assert len(receiver.requests) == tried


@pytest.mark.parametrize("status", [401, 302])
def test_a_receiver_that_takes_nothing_ends_it(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with Resender(settings(receiver)) as resender, pytest.raises(ReceiverError, match=f"answered {status}"):
        resender.send(POSTS, message(0, post(1)))


def test_only_public_addresses_are_reached(receiver: Receiver) -> None:
    with (
        Resender(settings(receiver, "10.0.0.0/8")) as resender,
        pytest.raises(ReceiverError, match="no public address"),
    ):
        resender.send(POSTS, message(0, post(1)))
    assert receiver.requests == []


def test_a_setting_that_is_missing_is_the_result() -> None:
    with WebhookLetters(WebhookSinkSettings()) as letters:
        for result in (letters.judge(letter(2)), letters.send(letter(2))):
            assert (result.outcome, result.receiver) == ("not sent", None)
            assert "sink.webhook.url is not set" in (result.problem or "")
