"""``tgwire broker``: what it prints is what its clients need, and it ends soon."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.patience import DEADLINE_S, end
from tgwire.local_broker import missing

PATIENT = """
import sys
from tgwire.cli import main
from tgwire.local_broker import server
server.STOP_TIMEOUT_S = 3600.0
sys.exit(main())
"""
"""The command, which would give a broker that waits for its clients an hour instead of 20 s."""

pytestmark = pytest.mark.integration


@contextmanager
def tansu(*options: str) -> Iterator["subprocess.Popen[bytes]"]:
    if reason := missing("tansu"):
        pytest.skip(reason)
    command = [sys.executable, "-c", PATIENT, "broker", "--engine", "tansu", *options]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        try:
            yield process
        finally:
            end(process)


def test_tansu_prints_every_variable_that_a_client_needs() -> None:
    with tansu() as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline().startswith(b"export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:")
        assert broker.stdout.readline() == b"export TGWIRE_KAFKA__IDEMPOTENT=false\n"


def test_tansu_names_them_as_json_too_and_does_not_wait_for_its_clients() -> None:
    with tansu("--json") as broker:
        assert broker.stdout is not None
        said = json.loads(broker.stdout.readline())
        address = said["bootstrap_servers"]
        assert said["environment"] == {"KAFKA_BOOTSTRAP_SERVERS": address, "TGWIRE_KAFKA__IDEMPOTENT": "false"}
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port)), timeout=DEADLINE_S):
            broker.send_signal(signal.SIGTERM)
            assert broker.wait(DEADLINE_S) == 0
