"""Requests to the coordinator of a group: a cluster's first group waits until the broker has made its offsets topic."""

import time
from collections.abc import Callable
from typing import TypeVar

from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

RETRY_S = 0.2
RETRY_TIMEOUT_S = 20.0
_NOT_YET = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
AnswerT = TypeVar("AnswerT")


def ask_coordinator(request: Callable[[], AnswerT]) -> AnswerT:
    """The answer to a request, which is repeated for some seconds while there is no coordinator."""
    deadline = time.monotonic() + RETRY_TIMEOUT_S
    while True:
        try:
            return request()
        except _NOT_YET:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)
