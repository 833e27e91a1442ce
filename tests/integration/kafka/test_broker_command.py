"""``tgwire broker``: what it prints is what its clients need, and it ends soon."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tgwire.local_broker import missing

SOON_S = 15.0
"""About 2 s on an idle machine; a broker that waits is killed after 20 s."""

pytestmark = pytest.mark.integration


@contextmanager
def tansu(*options: str) -> Iterator["subprocess.Popen[str]"]:
    if reason := missing("tansu"):
        pytest.skip(reason)
    command = [sys.executable, "-m", "tgwire", "broker", "--engine", "tansu", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def test_tansu_prints_every_variable_that_a_client_needs() -> None:
    with tansu() as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline().startswith("export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:")
        assert broker.stdout.readline() == "export TGWIRE_KAFKA__IDEMPOTENT=false\n"


def test_tansu_names_them_as_json_too_and_does_not_wait_for_its_clients() -> None:
    with tansu("--json") as broker:
        assert broker.stdout is not None
        said = json.loads(broker.stdout.readline())
        address = said["bootstrap_servers"]
        assert said["environment"] == {"KAFKA_BOOTSTRAP_SERVERS": address, "TGWIRE_KAFKA__IDEMPOTENT": "false"}
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port)), timeout=60):
            broker.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert broker.wait(60) == 0
            assert time.monotonic() - began < SOON_S
