"""Requests that commands make of a running process, over its HTTP endpoint, with the key of its run file."""

import hmac
import http.client
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from runtime.errors import FatalError, TgwireError, TransientError
from runtime.run_files import RunFile

PREFIX = "/control/"
ANSWER_S = 300.0
"""Longest wait for an answer: a request to Telegram waits for its turn behind those of the collector."""

Action = Callable[[Any], object]
"""From the JSON of a request to that of its answer. Called on a thread of the server; TgwireError refuses."""


class ControlError(TransientError):
    """A running process did not answer a request: look at its log, or stop it and try again."""


class ControlRefusedError(FatalError):
    """A running process refuses a request: the text holds its words."""


class Control:
    """What a process can be asked for by those who can read its run file."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        """``actions`` by the last part of their path."""
        self._actions = actions
        self.token = secrets.token_urlsafe(32)

    def is_allowed(self, authorization: str) -> bool:
        """Whether an Authorization header holds the token."""
        return hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode())

    def answer(self, path: str, authorization: str, body: bytes) -> tuple[int, bytes]:
        """HTTP status and JSON for a request. Without the token nothing is done, and nothing shows."""
        if not self.is_allowed(authorization):
            return 403, _problem("forbidden")
        action = self._actions.get(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if action is None:
            return 404, _problem("not found")
        try:
            return 200, orjson.dumps(action(orjson.loads(body)))
        except orjson.JSONDecodeError:
            return 400, _problem("not JSON")
        except TgwireError as error:
            return 409, _problem(str(error))


def ask(process: RunFile, action: str, value: object, timeout_s: float = ANSWER_S) -> Any:  # noqa: ANN401 - JSON
    """The answer of a running process; raises ControlError and ControlRefusedError."""
    who = f"tgwire {process.command} (pid {process.pid})"
    address = urlsplit(process.endpoint or "")
    token = "" if process.token is None else process.token.get_secret_value()
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", PREFIX + action, orjson.dumps(value), headers)
        answer = connection.getresponse()
        status, said = answer.status, orjson.loads(answer.read())
    except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
        raise ControlError(f"{who} does not answer at {process.endpoint}: {error}") from error
    finally:
        connection.close()
    if status != 200:
        raise ControlRefusedError(f"{who} refuses: {said.get('problem')}")
    return said


def _problem(text: str) -> bytes:
    return orjson.dumps({"problem": text})
