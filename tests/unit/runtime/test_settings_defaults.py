"""The settings tree by itself; what is read from where is in test_configuration.py."""

import os
import pickle
import tomllib

import kafka
import pytest
from pydantic import ValidationError

from runtime.kafka.connection import client_config
from runtime.settings.example_file import settings_example
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import HttpSettings
from runtime.settings.sink import JsonlSinkSettings, WebhookSinkSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import DedupSettings, WorkerSettings
from schemas.topics import DEAD_LETTERS, FINGERPRINTS, RAW_BACKFILL, RAW_LIVE, STATES, TOPICS

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("TGWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)


def test_a_variable_sets_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_KAFKA__TOPIC_PREFIX", "test.")
    assert Settings() == Settings(kafka=KafkaSettings(topic_prefix="test."))


@pytest.mark.parametrize("name", ["TGWIRE_KAFKA__TOPIC_PREFX", "TGWIRE_WORKER__BATCHSIZE"])
def test_a_typo_in_a_table_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(ValidationError, match="Extra inputs"):
        Settings()


def test_a_typo_in_an_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        KafkaSettings.model_validate({"topicprefix": "a"})
    with pytest.raises(ValidationError, match="Extra inputs"):
        Settings.model_validate({"kafak": {}})


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().kafka.topic_prefix = "a"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ssl_cafile": "ca.pem"}, "ssl_cafile needs security_protocol SSL or SASL_SSL, not PLAINTEXT"),
        ({"ssl_keyfile": "a.key", "security_protocol": "SSL"}, "ssl_keyfile needs ssl_certfile"),
    ],
)
def test_files_of_tls_need_tls(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        KafkaSettings.model_validate(given, strict=False)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("given", [{}, {"username": "u"}, {"password": SECRET}])
def test_sasl_needs_user_and_password(protocol: str, given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="needs username and password") as caught:
        KafkaSettings.model_validate({"security_protocol": protocol, **given})
    assert SECRET not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    settings = Settings.model_validate({"kafka": {"password": SECRET}})
    shown = [
        repr(settings),
        str(settings),
        repr(settings.model_dump()),
        settings.model_dump_json(),
        str(settings.kafka),
    ]
    assert [text for text in shown if SECRET in text] == []
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("servers", ["localhost:9092", "a.b-c:1,[::1]:65535", "10.0.0.1:9092, h2:9093"])
def test_brokers_are_hosts_with_ports(servers: str) -> None:
    assert KafkaSettings(bootstrap_servers=servers).bootstrap_servers == servers.replace(" ", "")


@pytest.mark.parametrize(
    "servers", ["", "localhost", "localhost:", ":9092", "a:0", "a:65536", "a:1,,b:2", "kafka://a:1"]
)
def test_other_brokers_are_refused(servers: str) -> None:
    with pytest.raises(ValidationError, match="expected host:port"):
        KafkaSettings(bootstrap_servers=servers)


def test_numbers_out_of_range_are_refused() -> None:
    for wrong in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValidationError):
            WorkerSettings(stall_timeout_s=wrong)
    with pytest.raises(ValidationError):
        HttpSettings(port=65536)


def test_the_example_file_holds_the_defaults() -> None:
    assert Settings.model_validate(tomllib.loads(settings_example())) == Settings()


def test_the_example_file_names_every_setting() -> None:
    lines = [line for line in settings_example().splitlines() if " = " in line]
    everything = tomllib.loads("\n".join(line.removeprefix("# ") for line in settings_example().splitlines()
                                         if line.startswith(("[", "# [[")) or line in lines))  # fmt: skip
    for table, branch in Settings():
        assert everything[table].keys() == type(branch).model_fields.keys()
    everything["kafka"]["security_protocol"] = "SSL"  # or certificates are out of place
    assert Settings.model_validate(everything)


def test_states_are_kept_as_long_as_duplicate_detection_keeps_posts() -> None:
    assert Settings(dedup=DedupSettings(keep_days=90)).worker.keep_days == 90
    with pytest.raises(ValidationError, match=r"keep_days is 91, but worker\.keep_days 90"):
        Settings(dedup=DedupSettings(keep_days=91))


@pytest.mark.parametrize("seconds", [0.51, 539.9])
def test_a_consumer_can_be_made_with_every_request_timeout(seconds: float) -> None:
    settings = KafkaSettings(bootstrap_servers="localhost:9092", request_timeout_s=seconds)
    timeout_ms = client_config(settings)["request_timeout_ms"]
    defaults = kafka.KafkaConsumer.DEFAULT_CONFIG
    assert defaults["fetch_max_wait_ms"] < timeout_ms < defaults["connections_max_idle_ms"]


@pytest.mark.parametrize("seconds", [0.5, 540.0])
def test_a_request_timeout_that_no_consumer_takes_is_refused(seconds: float) -> None:
    with pytest.raises(ValidationError, match="request_timeout_s"):
        KafkaSettings(request_timeout_s=seconds)


def test_files_and_receivers_can_have_the_records_of_every_topic() -> None:
    not_for_others = {RAW_LIVE, RAW_BACKFILL, STATES, FINGERPRINTS, DEAD_LETTERS}
    names = tuple(topic.name for topic in TOPICS if topic not in not_for_others)
    assert JsonlSinkSettings().topics == names
    assert WebhookSinkSettings(topics=names).topics == names
