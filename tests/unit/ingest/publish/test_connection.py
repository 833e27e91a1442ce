"""How settings become a kafka-python client, and how its failures are reported."""

import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka import errors as kafka_errors
from pydantic import SecretStr

from ingest.errors import DeliveryRefusedError, DeliveryTimeoutError, UnexpectedDeliveryError
from ingest.publish.kafka_errors import delivery_error
from runtime.kafka.connection import client_config, connect
from runtime.kafka.errors import (
    BrokerUnavailableError,
    KafkaSettingsError,
    PublishError,
    PublishTopicMissingError,
    SignInError,
)
from runtime.settings.kafka import KafkaSettings

SASL = KafkaSettings(
    bootstrap_servers="a:1,b:2",
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-512",
    username="ann",
    password=SecretStr("secret"),
)


def test_plaintext() -> None:
    assert client_config(KafkaSettings(bootstrap_servers="a:1, b:2", request_timeout_s=2)) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "client_id": "tgwire",
        "security_protocol": "PLAINTEXT",
        "request_timeout_ms": 2000,
        "reconnect_backoff_max_ms": 2000,
        "bootstrap_timeout_ms": 2000,
    }


def test_sasl_over_tls() -> None:
    config = client_config(SASL)
    assert config.pop("ssl_context").verify_mode is ssl.CERT_REQUIRED
    assert {key: value for key, value in config.items() if key.startswith(("sasl", "ssl", "security"))} == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "ann",
        "sasl_plain_password": "secret",
    }


def test_settings_that_cannot_work_name_the_field(tmp_path: Path) -> None:
    with pytest.raises(KafkaSettingsError, match=r"kafka\.bootstrap_servers.*tgwire broker"):
        client_config(KafkaSettings())
    with pytest.raises(KafkaSettingsError, match=r"kafka\.ssl_certfile: no such file: .*gone\.pem"):
        client_config(SASL.model_copy(update={"ssl_certfile": tmp_path / "gone.pem"}))


def test_times_that_do_not_fit_each_other_are_not_blamed_on_the_broker() -> None:
    def construct(**config: object) -> None:
        raise kafka_errors.KafkaConfigurationError("Must set delivery_timeout_ms higher")

    with pytest.raises(KafkaSettingsError, match="delivery_timeout_ms"):
        connect(construct, KafkaSettings(bootstrap_servers="a:1"))


def _client(*logged: Exception) -> Any:
    """A double of a client's constructor: logs faults as kafka-python does, and times out."""

    def construct(**config: object) -> None:
        for fault in logged:
            logging.getLogger("kafka.net.manager").warning("Bootstrap connection to %s failed: %s", "x", fault)
        raise kafka_errors.KafkaTimeoutError("Unable to bootstrap")

    return construct


REFUSED = kafka_errors.KafkaConnectionError("111 ECONNREFUSED")
DROPPED = kafka_errors.KafkaConnectionError("socket disconnected")
WRONG_PASSWORD = kafka_errors.SaslAuthenticationFailedError("Invalid username or password")


@pytest.mark.parametrize(
    ("settings", "faults", "error", "message"),
    [
        (SASL, [DROPPED, WRONG_PASSWORD], SignInError, "user 'ann'.*Invalid username or password.*\\(SASL_SSL\\)\\.$"),
        (SASL, [DROPPED], SignInError, "drops the connection at sign-in.*SCRAM-SHA-512.*kafka.ssl_certfile"),
        (SASL, [kafka_errors.UnsupportedSaslMechanismError()], SignInError, "kafka.sasl_mechanism"),
        (SASL, [DROPPED, REFUSED], BrokerUnavailableError, "a:1,b:2"),
        (SASL, [], BrokerUnavailableError, "Unable to bootstrap"),
        (KafkaSettings(bootstrap_servers="a:1"), [REFUSED], BrokerUnavailableError, "ECONNREFUSED"),
        (KafkaSettings(bootstrap_servers="a:1"), [DROPPED], BrokerUnavailableError, "may expect TLS or a password"),
    ],
)
def test_the_reason_is_shown_and_the_secret_is_not(
    settings: KafkaSettings,
    faults: list[Exception],
    error: type[PublishError],
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(error, match=message) as raised:
        connect(_client(*faults), settings)
    assert "secret" not in str(raised.value)
    assert caplog.records == []


def test_the_loggers_of_kafka_are_left_as_they_were() -> None:
    logger = logging.getLogger("kafka")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with pytest.raises(BrokerUnavailableError):
        connect(_client(), KafkaSettings(bootstrap_servers="a:1"))
    assert (logger.level, logger.propagate, logger.handlers) == before


def test_a_broker_that_is_down() -> None:
    settings = KafkaSettings(bootstrap_servers="127.0.0.1:1", request_timeout_s=0.6)
    with pytest.raises(BrokerUnavailableError, match="ECONNREFUSED"):
        connect(KafkaAdminClient, settings)


@pytest.mark.parametrize(
    ("cause", "error", "message"),
    [
        (kafka_errors.KafkaTimeoutError("expired"), DeliveryTimeoutError, "expired"),
        (kafka_errors.NotEnoughReplicasError(), DeliveryTimeoutError, "did not acknowledge"),
        (kafka_errors.MessageSizeTooLargeError(), DeliveryRefusedError, "max.message.bytes"),
        (kafka_errors.TopicAuthorizationFailedError("t"), DeliveryRefusedError, "Grant WRITE"),
        (kafka_errors.UnknownTopicOrPartitionError(), PublishTopicMissingError, "tgwire topics create"),
        (kafka_errors.OutOfOrderSequenceNumberError(), UnexpectedDeliveryError, "OutOfOrderSequence"),
    ],
)
def test_failed_deliveries(cause: Exception, error: type[PublishError], message: str) -> None:
    result = delivery_error(cause, "tg:1:2", "posts.raw.live")
    assert type(result) is error
    assert "posts.raw.live" in str(result)
    assert message in str(result)
