"""Apache Kafka behind TLS with client certificates and a password: each client connects, or explains why not."""

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from benchmarks.generator import generate
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.kafka.errors import BrokerUnavailableError, KafkaSettingsError, SignInError
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Lane
from schemas.topics import NORMALIZED
from tests.chaos.worker.proxy import Proxy
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S
from tests.support.warm_process import worker_process
from tgwire.local_broker import start_broker
from tgwire.local_broker.apache import ProxiedListener
from tgwire.local_broker.ports import HOST, free_ports

POSTS = 30

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("apache"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to make certificates with"),
]


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> None:
    names = ["-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"]
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2", *names)


def make_certificate(folder: Path, name: str, signed_by: str = "authority", key: str = "-noenc") -> None:
    """A certificate for this machine; ``-passout=pass:...`` encrypts its key."""
    request = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{HOST}", "-keyout", f"{name}.key"]
    openssl(folder, "req", "-newkey", "rsa:2048", *key.split("="), *request, "-out", f"{name}.csr")
    signature = ["-CA", f"{signed_by}.pem", "-CAkey", f"{signed_by}.key", "-CAcreateserial", "-copy_extensions", "copy"]
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-days", "2", *signature, "-out", f"{name}.pem")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Authorities, and certificates of the broker and of its clients."""
    folder = tmp_path_factory.mktemp("certificates")
    make_authority(folder, "authority")
    make_authority(folder, "stranger")
    for name in ("broker", "client"):
        make_certificate(folder, name)
    make_certificate(folder, "outsider", signed_by="stranger")
    make_certificate(folder, "locked", key="-passout=pass:secret")
    (folder / "empty.pem").touch()
    return folder


@pytest.fixture(scope="module")
def kafka(folder: Path) -> Iterator[KafkaSettings]:
    """Settings that fit. TLS ends at a proxy in front of the broker, which asks for the client's certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "authority.pem")
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    context.verify_mode = ssl.CERT_REQUIRED
    outside, inside = free_ports(2)
    with (
        start_broker("apache", users={"tgwire": "right"}, proxied=ProxiedListener(inside, outside)) as broker,
        Proxy(outside, inside, context),
    ):
        yield broker.settings().model_copy(
            update={
                "bootstrap_servers": f"{HOST}:{outside}",
                "security_protocol": "SASL_SSL",
                "ssl_cafile": folder / "authority.pem",
                "ssl_certfile": folder / "client.pem",
                "ssl_keyfile": folder / "client.key",
                "request_timeout_s": 20.0,
            }
        )


def refused_worker(kafka: KafkaSettings, tmp_path: Path) -> tuple[int, str]:
    """Exit code and log of a worker that cannot run."""
    worker = WorkerSettings(data_dir=tmp_path / "data")
    log = tmp_path / "worker.log"
    with worker_process(Settings(kafka=kafka, worker=worker, log=LogSettings(format="json")), log) as process:
        return process.wait(DEADLINE_S), log.read_text()


def test_posts_go_through_to_records(kafka: KafkaSettings, tmp_path: Path) -> None:
    create_topics(kafka)
    settings = Settings(kafka=kafka, worker=WorkerSettings(data_dir=tmp_path / "data", session_timeout_s=SESSION_S))
    posts = [post.model_copy(update={"lane": Lane.LIVE}) for post in generate(POSTS, seed=11)]
    log = tmp_path / "worker.log"
    with worker_process(settings, log) as worker:
        with KafkaPublisher(kafka, IngestSettings(), IngestMetrics(CollectorRegistry())) as publisher:
            for post in posts:
                publisher.publish(post)
            publisher.flush()
        deadline = time.monotonic() + DEADLINE_S
        while len(read := list(read_topic(kafka, NORMALIZED))) < POSTS or any(
            group_lag(kafka, settings.worker.group).values()
        ):
            assert worker.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(KAFKA_POLL_S)  # a poll, not a hope: the deadline above ends it
    assert len({record.key for record in read}) == POSTS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ssl_cafile": "stranger.pem"}, "certificate verify failed"),
        ({"ssl_certfile": None, "ssl_keyfile": None}, "may ask for a client certificate"),
        ({"ssl_certfile": "outsider.pem", "ssl_keyfile": "outsider.key"}, "may not trust the client certificate"),
    ],
)
def test_strangers_are_refused_with_the_right_error(
    kafka: KafkaSettings, folder: Path, tmp_path: Path, changes: dict[str, str | None], expected: str
) -> None:
    other = kafka.model_copy(update={field: name and folder / name for field, name in changes.items()})
    with pytest.raises((BrokerUnavailableError, SignInError), match=expected):
        create_topics(other)
    code, log = refused_worker(other, tmp_path)
    assert code == 4
    assert expected in log
    assert "Traceback" not in log


def test_a_wrong_password_is_reported(kafka: KafkaSettings) -> None:
    with pytest.raises(SignInError, match="refuses user 'tgwire'"):
        create_topics(kafka.model_copy(update={"password": SecretStr("wrong-one")}))


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"ssl_cafile": "missing.pem"}, "kafka.ssl_cafile: no such file"),
        ({"ssl_cafile": "empty.pem"}, "kafka.ssl_cafile: .*empty.pem holds no certificate"),
        ({"ssl_certfile": "missing.pem"}, "kafka.ssl_certfile: no such file"),
        ({"ssl_certfile": "empty.pem"}, "kafka.ssl_certfile: .*empty.pem"),
        ({"ssl_keyfile": "missing.key"}, "kafka.ssl_keyfile: no such file"),
        ({"ssl_keyfile": "broker.key"}, "no pair"),
        ({"ssl_certfile": "locked.pem", "ssl_keyfile": "locked.key"}, "encrypted"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    kafka: KafkaSettings, folder: Path, tmp_path: Path, changes: dict[str, str], blamed: str
) -> None:
    other = kafka.model_copy(update={field: folder / name for field, name in changes.items()})
    with pytest.raises(KafkaSettingsError, match=blamed):
        create_topics(other)
    code, log = refused_worker(other, tmp_path)
    assert code == 4
    assert re.search(blamed, log)
    assert "Traceback" not in log
