"""Follows what comes out while a trial runs: which posts, and which partitions move."""

import threading
import time
from types import TracebackType
from typing import Any, Self

import kafka
from kafka import TopicPartition

from ingest.publish.connection import connect
from schemas.config import KafkaSettings
from schemas.topics import NORMALIZED

POLL_MS = 100


class Observer:
    """Reads ``posts.normalized`` on a thread of its own, by a way that no fault of the trial touches."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._first_seen: dict[str, float] = {}
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-observer", daemon=True)
        self._fault: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending.set()
        self._thread.join()

    def seen(self, key: str) -> float | None:
        """When the first record of a key came out, on the monotonic clock. Raises what ended the thread."""
        if self._fault is not None:
            raise self._fault
        return self._first_seen.get(key)

    def _run(self) -> None:
        try:
            consumer: Any = connect(kafka.KafkaConsumer, self._settings, enable_auto_commit=False)
            name = self._settings.topic_prefix + NORMALIZED.name
            partitions = [TopicPartition(name, number) for number in range(NORMALIZED.partitions)]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            try:
                while not self._is_ending.is_set():
                    self._note(consumer.poll(POLL_MS))
            finally:
                consumer.close()
        except BaseException as error:  # noqa: BLE001 - told by seen()
            self._fault = error

    def _note(self, polled: dict[TopicPartition, list[Any]]) -> None:
        now = time.monotonic()
        for records in polled.values():
            for record in records:
                self._first_seen.setdefault((record.key or b"").decode(), now)
