"""What is made of the settings of Kafka: the options of both clients."""

import pytest
from pydantic import SecretStr

from processors.stream.faust_app.options import faust_options
from runtime.kafka.aiokafka_options import client_options
from runtime.settings.kafka import KafkaSettings


def test_credentials_reach_both_clients() -> None:
    settings = KafkaSettings(
        bootstrap_servers="a:1,b:2",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username="u",
        password=SecretStr("s"),
    )
    options = client_options(settings)
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("u", "s")
    assert options["ssl_context"] is not None
    faust = faust_options(settings)
    assert faust["broker"] == ["kafka://a:1", "kafka://b:2"]
    credentials = faust["broker_credentials"]
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (credentials.username, credentials.password) == ("u", "s")


@pytest.mark.parametrize(("protocol", "has_credentials"), [("PLAINTEXT", False), ("SSL", True)])
def test_connection_without_sasl(protocol: str, has_credentials: bool) -> None:
    settings = KafkaSettings.model_validate({"bootstrap_servers": "a:1", "security_protocol": protocol})
    assert "sasl_mechanism" not in client_options(settings)
    assert (faust_options(settings)["broker_credentials"] is not None) is has_credentials
