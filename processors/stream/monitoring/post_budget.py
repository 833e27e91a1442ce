"""The time that the work for one post may take, and what happens when it takes longer.

Python runs signal handlers between two bytecodes: a timer's signal breaks off pure Python there, and a stage that keeps
no state goes on with the other posts at once. A call into C that holds the interpreter's lock cannot be interrupted,
and holds up every other thread, heartbeats and watchdogs included: against it the kernel counts the CPU time, and ends
the process by SIGPROF, after a handler in C that needs no lock (``faulthandler``) has written where the interpreter is.
The same end awaits a stage with state, which must not be left half changed. The restart takes the posts in question one
by one (``processors.stream.monitoring.suspect_posts``).
"""

import faulthandler
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn, Protocol

from processors.core.outcomes import Reject
from processors.errors import BudgetError, WorkerExit
from processors.stream.kafka_message import KafkaMessage
from processors.stream.monitoring.suspect_posts import SuspectPosts
from schemas import RejectReason

WAIT_FACTOR = 4
"""The budget counts the CPU time of the work, as a busy machine is no post's fault; a wait without CPU may take this
many times the budget."""
GRACE_S = 2.0
"""A call that holds the lock may take this much longer than the budget before the process ends."""
LOOKS = 10
"""Number of times that the elapsed time is checked within one budget."""
TICK_S = 1.0
OVER_BUDGET = Reject(RejectReason.TIME_BUDGET, "the work for it took longer than worker.post_budget_s")
"""What becomes of a message that takes too long alone."""
COUNTED = "the work for a post took longer than worker.post_budget_s\n"
"""Evidence of an end that the process itself has logged and counted."""


class OverBudgetError(BaseException):
    """Raised in the middle of work that takes too long. No ``Exception``: nothing on the way may catch it."""


class Budget(Protocol):
    """Time limit of the work for posts, as the stage runner applies it."""

    @property
    def was_stuck(self) -> bool:
        """Whether the process before was ended for its budget."""
        ...

    def portions(self, messages: Sequence[KafkaMessage]) -> Iterator[Sequence[KafkaMessage]]:
        """Messages that may be handled together, in their order."""
        ...

    def is_known_over_budget(self, message: KafkaMessage) -> bool:
        """Whether a message was found to take too long before, and must not be handled any more."""
        ...

    def watch(self, messages: Sequence[KafkaMessage], *, is_interruptible: bool) -> AbstractContextManager[None]:
        """Around the work for messages. OverBudgetError when it takes too long and may be interrupted."""
        ...


class UnlimitedBudget:
    """A budget without a limit, where nobody interrupts the work."""

    was_stuck = False

    def portions(self, messages: Sequence[KafkaMessage]) -> Iterator[Sequence[KafkaMessage]]:
        """All messages in one portion."""
        yield messages

    def is_known_over_budget(self, message: KafkaMessage) -> bool:
        """False for every message."""
        return False

    @contextmanager
    def watch(self, messages: Sequence[KafkaMessage], *, is_interruptible: bool) -> Iterator[None]:
        """Let the work take as long as it does."""
        yield


class PostBudget:
    """The budget of a worker's process. Its main thread does the work."""

    def __init__(self, budget_s: float, suspects: SuspectPosts, fail: Callable[[WorkerExit], NoReturn]) -> None:
        """``budget_s``: CPU seconds that the work for one post may take. ``fail`` ends the process."""
        self._budget_s, self._suspects, self._fail = budget_s, suspects, fail
        self.was_stuck = bool(suspects.was_stuck)
        self._is_watching = False
        self._is_interruptible = False
        self._began, self._cpu_began = 0.0, 0.0
        self._is_stopped = threading.Event()

    def start(self) -> None:
        """Take the timer's signal, and end the process from now on when the interpreter is not given up in time. For
        the main thread.
        """
        signal.signal(signal.SIGALRM, self._look)
        faulthandler.register(signal.SIGPROF, file=self._suspects.evidence, all_threads=True, chain=True)
        self._guard()
        threading.Thread(target=self._keep_guard, name="tgwire-post-budget", daemon=True).start()

    def stop(self) -> None:
        """The process is about to end in order."""
        self._is_stopped.set()
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        faulthandler.cancel_dump_traceback_later()

    def portions(self, messages: Sequence[KafkaMessage]) -> Iterator[Sequence[KafkaMessage]]:
        """See ``Budget``."""
        together: list[KafkaMessage] = []
        for message in messages:
            if not self._suspects.is_suspect(message):
                together.append(message)
                continue
            if together:
                yield together
                together = []
            yield [message]
        if together:
            yield together

    def is_known_over_budget(self, message: KafkaMessage) -> bool:
        """See ``Budget``."""
        return self._suspects.is_at_fault(message)

    @contextmanager
    def watch(self, messages: Sequence[KafkaMessage], *, is_interruptible: bool) -> Iterator[None]:
        """See ``Budget``."""
        self._suspects.begin(messages)
        self._began, self._cpu_began, self._is_interruptible = time.monotonic(), time.thread_time(), is_interruptible
        look_s = self._budget_s / LOOKS
        signal.setitimer(signal.ITIMER_REAL, look_s, look_s)
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self._suspects.end()

    def _look(self, *_: object) -> None:
        if not self._is_watching or not self._is_over():
            return
        if self._is_interruptible:
            # Again after a while: raised within a finalizer, it is lost.
            self._began, self._cpu_began = time.monotonic(), time.thread_time()
            raise OverBudgetError
        self._suspects.leave_evidence(COUNTED)
        self._fail(BudgetError(f"the work for a post took longer than worker.post_budget_s ({self._budget_s:g} s)"))

    def _is_over(self) -> bool:
        return (
            time.thread_time() - self._cpu_began >= self._budget_s
            or time.monotonic() - self._began >= WAIT_FACTOR * self._budget_s
        )

    def _keep_guard(self) -> None:
        while not self._is_stopped.wait(TICK_S):
            self._guard()

    def _guard(self) -> None:
        """Put the end off once more: this thread has the lock, so nobody holds it for long."""
        if self._is_stopped.is_set():
            return
        signal.setitimer(signal.ITIMER_PROF, self._budget_s + GRACE_S)
        # A call that waits with the lock needs no CPU time. Time in which the process was frozen counts here, too.
        faulthandler.dump_traceback_later(2 * WAIT_FACTOR * self._budget_s, file=self._suspects.evidence, exit=True)
