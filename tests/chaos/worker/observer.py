"""Follows what comes out while a trial runs: which states of posts, and which verdicts."""

import re
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import kafka
from kafka import TopicPartition

from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings
from schemas.topics import DUPLICATES, NORMALIZED, Topic

POLL_MS = 100
_NUMBER = re.compile(rb'"source":\{"kind":"chaos"[^}]*?"position":([0-9]+)')
_ORDER = re.compile(rb'"rank":\[([0-9]+),1\]')


class Observer:
    """Reads ``posts.normalized`` and ``posts.duplicates`` on a thread of its own, by a way that no fault of the trial
    touches. Moments are of the monotonic clock.
    """

    def __init__(self, settings: KafkaSettings, partitions: int = NORMALIZED.partitions) -> None:
        self._settings = settings
        self._partitions = partitions
        self._states: dict[int, float] = {}
        self._verdicts: dict[int, float] = {}
        self._keys: set[bytes] = set()
        self._judged: set[bytes] = set()
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

    def seen(self, number: int) -> float | None:
        """When the first record of a state came out; None also for one that is older than what had come out. Raises
        what ended the thread.
        """
        self._check()
        return self._states.get(number)

    def judged(self, order: int) -> float | None:
        """When the first verdict came out on the collected state of this order."""
        return self._verdicts.get(order)

    def is_out(self, key: str) -> bool:
        """Whether any record of a post came out, and any verdict on it. Raises what ended the thread."""
        self._check()
        return (own := key.encode()) in self._keys and own in self._judged

    def _check(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            consumer: Any = connect(kafka.KafkaConsumer, self._settings, enable_auto_commit=False)
            partitions = [*self._of(NORMALIZED), *self._of(DUPLICATES)]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            try:
                while not self._is_ending.is_set():
                    self._note(consumer.poll(POLL_MS))
            finally:
                consumer.close()
        except BaseException as error:  # noqa: BLE001 - raised by seen()
            self._fault = error

    def _of(self, topic: Topic) -> list[TopicPartition]:
        name = self._settings.topic_prefix + topic.name
        return [TopicPartition(name, number) for number in range(self._partitions)]

    def _note(self, polled: dict[TopicPartition, list[Any]]) -> None:
        now = time.monotonic()
        for tp, records in polled.items():
            if tp.topic.endswith(NORMALIZED.name):
                self._note_all(records, _NUMBER, self._states, self._keys, now)
            else:
                self._note_all(records, _ORDER, self._verdicts, self._judged, now)

    def _note_all(
        self, records: Sequence[Any], pattern: re.Pattern[bytes], first: dict[int, float], keys: set[bytes], now: float
    ) -> None:
        for record in records:
            keys.add(record.key or b"")
            if (found := pattern.search(record.value or b"")) is not None:
                first.setdefault(int(found[1]), now)
