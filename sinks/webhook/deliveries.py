"""The requests for a batch: some at a time, those of one key one after the other."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import httpx
import orjson

from schemas import RejectReason
from sinks.contract import Message, Partition, Refusal
from sinks.errors import ReceiverError
from sinks.json_object import json_fault
from sinks.webhook.answers import RequestOutcome, retry_after_s, verdict
from sinks.webhook.signature import signed_headers

MAX_ANSWER_BYTES = 64 << 10
"""What is read of an answer, so that the connection can be used again; a longer one costs the connection."""


@dataclass(slots=True)
class DeliveryOutcome:
    """Which messages of a batch were delivered, refused, or are to be tried again."""

    delivered: set[int] = field(default_factory=set)
    """Offsets of messages."""
    refused: list[Refusal] = field(default_factory=list)
    failed: list[Message] = field(default_factory=list)
    """On which the receiver failed."""
    problem: str | None = None
    """Why some were not delivered, where they are to be tried again."""
    retry_after_s: float | None = None
    is_away: bool = False


class Deliveries:
    """Sends messages to one receiver, several keys at a time."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: bytes, concurrency: int, timeout_s: float) -> None:
        self._client, self._url, self._key, self._timeout_s = client, url, key, timeout_s
        self._slots = asyncio.Semaphore(concurrency)

    async def send(self, partition: Partition, messages: Iterable[Message]) -> DeliveryOutcome:
        """Send them; raises ReceiverError when none will ever get through."""
        outcome = DeliveryOutcome()
        chains: dict[bytes | None, list[Message]] = {}
        for message in messages:
            chains.setdefault(message.key, []).append(message)
        async with asyncio.TaskGroup() as group:
            for chain in chains.values():
                group.create_task(self._send_chain(partition, chain, outcome))
        return outcome

    async def _send_chain(self, partition: Partition, chain: Sequence[Message], outcome: DeliveryOutcome) -> None:
        for message in chain:
            async with self._slots:
                if outcome.is_away or not await self._send_one(partition, message, outcome):
                    return

    async def _send_one(self, partition: Partition, message: Message, outcome: DeliveryOutcome) -> bool:
        """Whether the next one of its key may follow."""
        body = _body(partition, message)
        if isinstance(body, Refusal):
            outcome.refused.append(body)
            return True
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._post(partition, message, body)
        except TimeoutError:
            outcome.is_away, outcome.problem = True, f"the receiver did not answer within {self._timeout_s:g} s"
            return False
        except httpx.TransportError as error:
            outcome.is_away, outcome.problem = True, f"the receiver cannot be reached: {error or type(error).__name__}"
            return False
        return self._judge(message, response, outcome)

    async def _post(self, partition: Partition, message: Message, body: bytes) -> httpx.Response:
        message_id = f"{partition.topic_id or partition.topic}:{partition.number}:{message.offset}"
        headers = signed_headers(self._key, message_id, int(time.time()), body)
        headers["content-type"] = "application/json"
        async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            read = 0
            async for piece in response.aiter_raw():
                read += len(piece)
                if read > MAX_ANSWER_BYTES:
                    break
        return response

    def _judge(self, message: Message, response: httpx.Response, outcome: DeliveryOutcome) -> bool:
        status = response.status_code
        match verdict(status):
            case RequestOutcome.DELIVERED:
                outcome.delivered.add(message.offset)
                return True
            case RequestOutcome.REFUSED:
                reason = RejectReason.TOO_LARGE if status == 413 else RejectReason.FAILED
                outcome.refused.append(Refusal(message, reason, f"the receiver answered {status}"))
                return True
            case RequestOutcome.CLOSED:
                raise ReceiverError(_why_closed(status))
            case RequestOutcome.AWAY:
                outcome.is_away, outcome.retry_after_s = True, retry_after_s(response)
            case RequestOutcome.FAILED:
                outcome.failed.append(message)
        outcome.problem = f"the receiver answered {status}"
        return False


def _body(partition: Partition, message: Message) -> bytes | Refusal:
    """The record as it is, in an envelope that names topic and key; a null withdraws the key."""
    try:
        key = None if message.key is None else message.key.decode()
    except UnicodeDecodeError as error:
        return Refusal(message, RejectReason.INVALID_FIELD, f"a key that is not UTF-8 at byte {error.start}", "key")
    value = b"null" if message.value is None else message.value
    if message.value is not None and (fault := json_fault(message, value)):
        return fault
    return b'{"type":%b,"key":%b,"data":%b}' % (orjson.dumps(partition.topic), orjson.dumps(key), value)


def _why_closed(status: int) -> str:
    if status < 400:
        return (
            f"sink.webhook.url: the receiver answered {status}, a redirect, which is never followed: set the address "
            "that it leads to"
        )
    return (
        f"sink.webhook: the receiver answered {status}, and would to every request: correct sink.webhook.url or "
        "sink.webhook.secret, or have it let us in"
    )
