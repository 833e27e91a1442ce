"""The time that analysis may take for a post, on a thread beside others: there signals interrupt nothing.

An exception is set for the thread, which Python raises there between two bytecodes. So pure Python is interrupted; a
call into C that takes long is not, before it returns.
"""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from processors.stream.monitoring.post_budget import LOOKS, WAIT_FACTOR, OverBudgetError

_set_exception: Final = ctypes.pythonapi.PyThreadState_SetAsyncExc
_set_exception.argtypes = (ctypes.c_ulong, ctypes.py_object)
_clear_exception: Final = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)
"""The same function, which takes back what is not raised yet where it is given no exception."""


class _ThreadWork(NamedTuple):
    """What a thread is at."""

    thread: int
    clock: int
    """The clock of the thread's CPU time."""
    began: float
    cpu_began: float

    def is_over(self, budget_s: float) -> bool:
        """Whether the work has exceeded its time: CPU time, as a busy machine is no post's fault; a wait without CPU
        may take some times as long.
        """
        return (
            time.clock_gettime(self.clock) - self.cpu_began >= budget_s
            or time.monotonic() - self.began >= WAIT_FACTOR * budget_s
        )


class ThreadBudget:
    """The budget of one thread at a time. A thread of its own, for as long as the process, watches over it."""

    def __init__(self, budget_s: float) -> None:
        """Seconds of CPU time."""
        self._budget_s = budget_s
        # Not a Condition's own RLock, nor "with" a Condition where the exception may come: it enters in Python code,
        # and the exception between taking the lock and the block would leave it taken.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._work: _ThreadWork | None = None
        self._next_look = 0.0
        self._is_raised = False
        threading.Thread(target=self._keep_looking, name="post-budget", daemon=True).start()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around work of this thread that may be interrupted: OverBudgetError when it takes too long."""
        self._begin()
        try:
            try:
                yield
            finally:
                self._end()
        except OverBudgetError:
            self._end()  # it may have come in the middle of that
            raise

    def _begin(self) -> None:
        thread, now = threading.get_ident(), time.monotonic()
        clock = time.pthread_getcpuclockid(thread)
        with self._changed:
            self._work = _ThreadWork(thread, clock, now, time.clock_gettime(clock))
            self._is_raised = False
            self._next_look = now + self._budget_s
            self._changed.notify()

    def _end(self) -> None:
        with self._lock:
            if self._work is not None and self._is_raised:
                _clear_exception(self._work.thread, None)
            self._work = None

    def _keep_looking(self) -> None:
        with self._changed:
            while True:
                if self._work is None:
                    self._changed.wait()
                elif (wait_s := self._next_look - time.monotonic()) > 0:
                    self._changed.wait(wait_s)
                else:
                    self._look(self._work)

    def _look(self, work: _ThreadWork) -> None:
        if work.is_over(self._budget_s):
            self._is_raised = True
            _set_exception(work.thread, OverBudgetError)
        self._next_look = time.monotonic() + self._budget_s / LOOKS  # also again: raised within a finalizer, it is lost
