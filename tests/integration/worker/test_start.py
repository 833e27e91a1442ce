"""What hinders the start of a worker: an exit code, and one line with advice."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from processors.stream.process.data_dir import lock_data_dir
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import missing, start_broker
from tgwire.processes.child import worker_process

pytestmark = pytest.mark.integration


def start(kafka: KafkaSettings, data_dir: Path, log: Path) -> tuple[int, str]:
    """Exit code and log of a worker that cannot run."""
    settings = Settings(kafka=kafka, worker=WorkerSettings(data_dir=data_dir), log=LogSettings(format="json"))
    with worker_process(settings, log) as worker:
        code = worker.wait(DEADLINE_S)
    return code, log.read_text()


def test_broker_that_is_down(tmp_path: Path) -> None:
    kafka = KafkaSettings(bootstrap_servers="127.0.0.1:1", request_timeout_s=1.0)
    code, log = start(kafka, tmp_path / "data", tmp_path / "log")
    assert code == 4
    assert "no broker answers at 127.0.0.1:1" in log
    assert "Traceback" not in log


def test_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kafka = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    code, log = start(kafka, tmp_path / "file" / "data", tmp_path / "log")
    assert code == 4
    assert "worker.data_dir" in log
    assert "Traceback" not in log


def test_data_folder_of_another_worker(tmp_path: Path) -> None:
    lock = lock_data_dir(tmp_path / "data")
    code, log = start(KafkaSettings(bootstrap_servers="127.0.0.1:1"), tmp_path / "data", tmp_path / "log")
    lock.close()
    assert code == 4
    assert "in use by another worker" in log
    assert "Traceback" not in log


def test_wrong_password(tmp_path: Path) -> None:
    if reason := missing("apache"):
        pytest.skip(reason)
    with start_broker("apache", users={"tgwire": "right"}) as broker:
        kafka = broker.settings().model_copy(update={"password": SecretStr("wrong-one")})
        code, log = start(kafka, tmp_path / "data", tmp_path / "log")
    assert code == 4
    assert "refused user 'tgwire'" in log
    assert "wrong-one" not in log
    assert "Traceback" not in log


def test_tansu_with_idempotent_producers(tmp_path: Path) -> None:
    if reason := missing("tansu"):
        pytest.skip(reason)
    with start_broker("tansu") as broker:
        create_topics(broker.settings())
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        code, log = start(kafka, tmp_path / "data", tmp_path / "log")
    assert code == 4
    assert "set TGWIRE_KAFKA__IDEMPOTENT=false" in log
    assert "Traceback" not in log
