"""A worker ends in order, and soon, when its broker falls silent while it starts."""

from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest

from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from tests.integration.kafka.test_outages import command
from tests.integration.worker.test_end import assert_ends_in_order
from tests.support.patience import DEADLINE_S
from tests.support.silent_broker import silent_at
from tgwire.local_broker import start_broker
from tgwire.local_broker.apache import ProxiedListener
from tgwire.local_broker.ports import free_ports

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


@pytest.fixture(scope="module")
def listener() -> Iterator[ProxiedListener]:
    way_in = ProxiedListener(*free_ports(2))
    with start_broker("apache", proxied=way_in) as broker:
        create_topics(broker.settings())
        yield way_in


@pytest.mark.parametrize(
    ("request_key", "number"),
    [
        pytest.param(18, 1, id="the first connection"),
        pytest.param(3, 5, id="the consumer's bootstrap"),
        pytest.param(10, 1, id="the group's coordinator"),
        pytest.param(11, 1, id="joining the group"),
        pytest.param(9, 1, id="the offsets"),
    ],
)
def test_a_worker_that_starts_ends_soon(
    listener: ProxiedListener, tmp_path: Path, request_key: int, number: int
) -> None:
    log = tmp_path / "log"
    with silent_at(listener, request_key, number) as broker:
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=broker.address),
            worker=WorkerSettings(data_dir=tmp_path / "worker"),
            log=LogSettings(format="json"),
        )
        with command(settings, tmp_path, log, "worker") as worker:
            assert broker.is_silent.wait(DEADLINE_S), log.read_text()
            assert_ends_in_order(worker, SIGTERM, tmp_path, log)
