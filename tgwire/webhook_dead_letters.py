"""Dead letters of the webhook, sent to its receiver again."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from runtime.errors import ConfigurationError
from runtime.settings.sink import WebhookSinkSettings
from schemas.topics import TOPIC_ID_HEADER
from sinks.contract import Message, Partition
from tgwire.dead_letters import Outcome, ReplayResult, StoredLetter
from tgwire.extras import ExtraMissingError, needs

if TYPE_CHECKING:
    from sinks.webhook.resending import Resender


class WebhookLetters:
    """A ``ToReceiver``. Settings and extra are needed by the first letter alone; what is missing is the result then."""

    def __init__(self, settings: WebhookSinkSettings) -> None:
        self._settings = settings
        self._resender: Resender | None = None
        self._missing: str | None = None

    def judge(self, stored: StoredLetter) -> ReplayResult:
        """See ``ToReceiver``."""
        resender = self._opened()
        return (
            _result(stored, "not sent", self._missing)
            if resender is None
            else _result(stored, "would send", None, resender.host)
        )

    def send(self, stored: StoredLetter) -> ReplayResult:
        """See ``ToReceiver``."""
        resender = self._opened()
        if resender is None:
            return _result(stored, "not sent", self._missing)
        problem = resender.send(*_record(stored))
        return _result(stored, "sent" if problem is None else "not sent", problem, resender.host)

    def _opened(self) -> "Resender | None":
        if self._resender is None and self._missing is None:
            try:
                with needs("sink"):
                    from sinks.webhook.resending import Resender
                self._resender = Resender(self._settings)
            except (ConfigurationError, ExtraMissingError) as error:
                self._missing = str(error)
        return self._resender

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._resender is not None:
            self._resender.close()


def _record(stored: StoredLetter) -> tuple[Partition, Message]:
    """The record as the sink had it."""
    letter = stored.letter
    assert letter is not None, "letters without a header are refused before"
    topic_id = dict(stored.headers).get(TOPIC_ID_HEADER, b"").decode(errors="replace")
    partition = Partition(letter.topic, topic_id, letter.partition)
    return partition, Message(letter.offset, stored.key, stored.value, stored.stored_at_ms)


def _result(stored: StoredLetter, outcome: Outcome, problem: str | None, receiver: str | None = None) -> ReplayResult:
    topic = stored.letter.topic if stored.letter else None
    return ReplayResult(stored.position, topic, outcome, problem, receiver)
