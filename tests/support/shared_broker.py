"""One Apache Kafka for all processes of a run: a broker costs 2 s of CPU time to start, and more until its code is
compiled. The process that starts the others runs it, and they ask for its address.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Client, Listener
from threading import Thread
from unittest.mock import patch

from runtime.errors import FatalError
from runtime.settings.kafka import KafkaSettings
from tests.support.patience import SESSION_S
from tgwire.errors import BrokerStartError
from tgwire.local_broker import apache, start_broker

_PATIENT = {"broker.session.timeout.ms": f"{1000 * SESSION_S:.0f}"}
"""A broker that gets no CPU for its own 3 s leaves its cluster, and has no topics until it is back. Those 3 s are for
brokers that are killed."""


class SharedBroker:
    """Starts when it is first asked for, and ends with ``close`` or with this process."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        """``prepare`` is called before the start."""
        self._prepare = prepare
        self._listener = Listener(family="AF_UNIX", backlog=100)
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Of the socket to ask at."""
        return str(self._listener.address)

    def close(self) -> None:
        """End the broker."""
        with Client(self.address) as line:
            line.send(False)
        self._thread.join()

    def _serve(self) -> None:
        with self._listener, ExitStack() as stack:
            settings: KafkaSettings | None = None
            while True:
                # One who asked and is gone does not keep the others from an answer.
                with suppress(OSError, EOFError), self._listener.accept() as line:
                    if not line.recv():
                        return
                    try:
                        if settings is None:
                            self._prepare()
                            with patch.dict(apache._SETTINGS, _PATIENT):
                                settings = stack.enter_context(start_broker("apache")).settings()
                    except FatalError as error:
                        line.send(str(error))
                    else:
                        line.send(settings)


def settings_of_shared(address: str) -> KafkaSettings:
    """Settings that reach the broker of the process that listens there; BrokerStartError when it did not start."""
    with Client(address) as line:
        line.send(True)
        answer = line.recv()
    if not isinstance(answer, KafkaSettings):
        raise BrokerStartError(answer)
    return answer
