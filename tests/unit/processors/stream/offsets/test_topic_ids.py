"""Topic ids of clusters that have none. Those that have are asked in tests/integration/worker/test_states_reset.py."""

import asyncio
from typing import Any, ClassVar
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from processors.stream.offsets import topic_ids as module
from runtime.kafka.errors import BrokerUnavailableError
from runtime.settings.kafka import KafkaSettings

SETTINGS = KafkaSettings(bootstrap_servers="localhost:9")


class Client:
    """aiokafka's client, connected to a broker of some version."""

    versions: ClassVar[dict[int, tuple[int, int]]] = {}
    topic_id: ClassVar[UUID] = UUID(int=0)

    def __init__(self, **_: Any) -> None:
        self.is_closed = False

    async def bootstrap(self) -> None:
        pass

    def get_random_node(self) -> int:
        return 1

    async def send(self, _node: int, request: Any) -> Any:
        names = [name for _, name, _ in request.prepare(self.versions).topics]

        class Response:
            topics: ClassVar[Any] = [(0, name, self.topic_id, False, [], 0, {}) for name in names]

        return Response

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("versions", "topic_id", "expected"),
    [
        ({3: (0, 12)}, UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ({3: (0, 12)}, UUID(int=0), ""),
        ({3: (0, 8)}, UUID(int=7), ""),
        ({}, UUID(int=7), ""),
    ],
)
async def test_a_cluster_without_ids_is_named_and_gives_empty_ones(
    monkeypatch: pytest.MonkeyPatch, versions: dict[int, tuple[int, int]], topic_id: UUID, expected: str
) -> None:
    monkeypatch.setattr(Client, "versions", versions)
    monkeypatch.setattr(Client, "topic_id", topic_id)
    monkeypatch.setattr(module, "AIOKafkaClient", Client)
    with capture_logs() as logs:
        assert await module.topic_ids(SETTINGS, ["a", "b"]) == {"a": expected, "b": expected}
    assert [line["event"].split(":")[0] for line in logs] == ([] if expected else ["the cluster has no topic ids"])


async def test_ids_are_asked_for_once_a_generation_whoever_wants_them() -> None:
    asked: list[int] = []
    generation = 1

    async def ask() -> dict[str, str]:
        asked.append(generation)
        await asyncio.sleep(0)
        return {"posts.states": f"id {generation}"}

    ids = module.TopicIdCache(ask, lambda: generation)
    assert await asyncio.gather(*(ids.get() for _ in range(3))) == [{"posts.states": "id 1"}] * 3
    generation = 2
    assert await ids.get() == {"posts.states": "id 2"}
    assert asked == [1, 2]


async def test_ids_that_could_not_be_got_are_asked_for_again() -> None:
    answers: list[dict[str, str] | BrokerUnavailableError] = [BrokerUnavailableError("no"), {"posts.states": "id"}]

    async def ask() -> dict[str, str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    ids = module.TopicIdCache(ask, lambda: 1)
    with pytest.raises(BrokerUnavailableError):
        await ids.get()
    assert await ids.get() == {"posts.states": "id"}
