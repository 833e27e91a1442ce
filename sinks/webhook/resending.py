"""Records that are dead letters of a webhook, sent to its receiver once more."""

import asyncio
from types import TracebackType
from typing import Self

from runtime.settings.sink import WebhookSinkSettings
from sinks.contract import Message, Partition
from sinks.webhook.deliveries import Deliveries
from sinks.webhook.receiver import client_of, receiver_of


class Resender:
    """Sends one record after the other, each once: what fails stays the dead letter that it is."""

    def __init__(self, settings: WebhookSinkSettings) -> None:
        """Raises SinkSettingError."""
        receiver = receiver_of(settings)
        self.host = receiver.host
        self._runner, self._client = asyncio.Runner(), client_of(settings)
        self._deliveries = Deliveries(self._client, receiver.url, receiver.key, 1, settings.timeout_s)
        self._away: str | None = None

    def send(self, partition: Partition, message: Message) -> str | None:
        """None once the receiver has taken a record, else why it has not, under the id that it had before.

        Once the receiver does not answer, nothing more is tried. Raises ReceiverError where nothing gets through.
        """
        if self._away is not None:
            return self._away
        try:
            outcome = self._runner.run(self._deliveries.send(partition, [message]))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # ReceiverError
        if outcome.is_away:
            self._away = outcome.problem
        return outcome.refused[0].text if outcome.refused else outcome.problem

    def close(self) -> None:
        """Close the connections to the receiver."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
