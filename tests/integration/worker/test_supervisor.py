"""A start that fails is reported, and not treated as a stop."""

import subprocess
import sys

from tests.support.patience import DEADLINE_S

PROGRAM = """
import faust
from aiokafka.errors import KafkaConnectionError
from processors.stream.faust_app.shutdown import Shutdown
from processors.stream.faust_app.supervisor import Supervisor

class Unlucky(faust.App):
    async def on_start(self):
        raise KafkaConnectionError("gone")

app = Unlucky("unlucky", broker="kafka://127.0.0.1:1", web_enabled=False, store="memory://")
print(type(Supervisor.run(app, Shutdown())).__name__)
"""
"""Faust leaves its loop as it is, which is in order only in a process that ends."""


def test_a_broker_that_goes_between_the_checks_and_the_start_is_a_crash() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert run.stdout.split()[-1] == "KafkaConnectionError", run.stderr
