"""Names, partitions, and the connection's options."""

import pytest
from kafka.partitioner import murmur2
from pydantic import SecretStr

from processors.stream.delivery.partitioner import NEEDED, ClusterTopics
from processors.stream.faust_app.options import faust_options
from runtime.kafka.aiokafka_options import client_options
from runtime.settings.kafka import KafkaSettings
from schemas.topics import NORMALIZED

TOPOLOGY = ClusterTopics("p.", {f"p.{topic.name}": 6 for topic in NEEDED})


@pytest.mark.parametrize("key", [b"", b"en", b"tg:1234567890:42", "tg:1:2:ё:0".encode(), b"x" * 500])
def test_keys_go_where_other_clients_send_them(key: bytes) -> None:
    expected = (murmur2(key) & 0x7FFFFFFF) % 6
    assert TOPOLOGY.partition_of(NORMALIZED, key) == expected


def test_prefix_is_put_on_and_taken_off() -> None:
    assert TOPOLOGY.name(NORMALIZED) == "p.posts.normalized"
    assert TOPOLOGY.label("p.posts.normalized") == "posts.normalized"


def test_all_records_of_a_channel_are_in_partitions_of_one_number() -> None:
    number = (murmur2(b"1234567890") & 0x7FFFFFFF) % 6
    keys = ("tg:1234567890:42", "tg:1234567890:42:3")
    assert [TOPOLOGY.key_partition(key) for key in keys] == [number, number]
    assert TOPOLOGY.channel_partition(1234567890) == number


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
