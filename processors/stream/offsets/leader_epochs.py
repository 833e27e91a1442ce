"""Where the records of another leader begin. A log can be cut short only when its leader changes."""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.protocol.fetch import FetchRequest

from runtime.kafka.types import TopicPartition

_BATCH_HEADER = struct.Struct(">qiib")
"""Base offset, length of what follows the length, epoch of the leader that appended it, format."""
_LENGTH_END = 12
_FORMAT_WITH_EPOCH = 2


class LeaderEpochs:
    """Looks at the answers to fetches, since aiokafka does not expose epochs. Written on the consumer's thread, read
    and emptied on the main loop.
    """

    def __init__(self) -> None:
        self._client: Any = None
        self._newest: dict[TopicPartition, int] = {}
        self.changes: dict[TopicPartition, list[int]] = {}
        """Offsets at which records of another leader begin that were not taken yet, by partition, in ascending order.
        """

    def watch(self, client: Any) -> None:  # noqa: ANN401 - aiokafka is untyped
        """Look at everything that a client of aiokafka fetches from now on."""
        if client is self._client:
            return
        self._client, send = client, client.send

        async def looked_at(node: int, request: Any, **options: Any) -> Any:  # noqa: ANN401
            response = await send(node, request, **options)
            if isinstance(request, FetchRequest):
                self._look_at(request, response)
            return response

        client.send = looked_at

    def is_change(self, tp: TopicPartition, offset: int) -> bool:
        """Whether a leader that was not seen before appended the record. True once for each."""
        changes = self.changes.get(tp)
        if not changes or offset < changes[0]:
            return False
        later = [change for change in changes if change > offset]
        if later:
            self.changes[tp] = later
        else:
            del self.changes[tp]
        return True

    def _look_at(self, request: Any, response: Any) -> None:  # noqa: ANN401
        asked = {(topic, part): offset for topic, parts in request.topics for part, offset, *_ in parts}
        for topic, partitions in response.topics:
            for partition, *_, data in partitions:
                for base, epoch in batch_epochs(data or b""):
                    self._note((topic, partition), max(base, asked[topic, partition]), epoch)

    def _note(self, tp: TopicPartition, offset: int, epoch: int) -> None:
        newest = self._newest.setdefault(tp, epoch)
        if epoch > newest:
            self._newest[tp] = epoch
            self.changes[tp] = [*self.changes.get(tp, ()), offset]


def batch_epochs(data: bytes) -> Iterator[tuple[int, int]]:
    """Base offset and leader epoch of each record batch in what a fetch brought; the last one may be cut off."""
    position = 0
    while position + _BATCH_HEADER.size <= len(data):
        base, length, epoch, version = _BATCH_HEADER.unpack_from(data, position)
        if version >= _FORMAT_WITH_EPOCH:
            yield base, epoch
        position += _LENGTH_END + length
