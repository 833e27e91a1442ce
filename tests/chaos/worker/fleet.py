"""Workers under a supervisor that does what systemd does: start again what ended by itself."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from runtime.settings.tree import Settings
from tests.support.patience import DEADLINE_S
from tgwire.cli.exits import Exit
from tgwire.local_broker.child import Child
from tgwire.processes.child import environment

SUPERVISE_S = 0.2
RESTART_S = 1.0
"""Wait before a worker that ended by itself is started again, as in deploy/systemd."""
WORKER = (sys.executable, "-m", "tgwire", "worker")


class Fleet:
    """Numbered places for workers, each with its own data folder. Started and stopped by the trial or by themselves."""

    def __init__(self, settings: Settings, folder: Path, command: Sequence[str] = WORKER) -> None:
        self._settings = settings
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._command = command
        self._lock = threading.RLock()
        self._workers: dict[int, Child] = {}
        self._due: dict[int, float] = {}
        self._starts = 0
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="chaos-fleet", daemon=True)
        self.exits: Counter[str] = Counter()
        """Ends by themselves, by exit code."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending.set()
        self._thread.join()
        for worker in self._workers.values():
            worker.stop()

    @property
    def pids(self) -> dict[int, int]:
        """Place -> process id, of those that run."""
        with self._lock:
            return {place: worker.pid for place, worker in self._workers.items() if worker.exit_code is None}

    def start(self, place: int) -> None:
        """Start a worker in a place."""
        with self._lock:
            self._starts += 1
            own = self._settings.model_copy(
                update={
                    "ingest": self._settings.ingest.model_copy(update={"state_dir": self._folder / "state"}),
                    "worker": self._settings.worker.model_copy(update={"data_dir": self._folder / f"worker-{place}"}),
                }
            )
            self._workers[place] = Child(
                self._command,
                self._folder / f"worker-{place}.log",
                environment=environment(own),
            )

    def kill(self, place: int) -> None:
        """End a worker as a power cut would; it stays away until ``start``."""
        self._take(place).kill()

    def stop(self, place: int) -> int:
        """End a worker by SIGTERM; its exit code."""
        worker = self._take(place)
        worker.stop(DEADLINE_S)
        code = worker.exit_code
        assert code is not None
        if code not in (0, -signal.SIGTERM, Exit.INTERRUPTED):  # the signal itself ends one that is not yet set up
            with self._lock:
                self.exits[f"SIGTERM gave {code}"] += 1
        return code

    def signal(self, place: int, number: signal.Signals) -> None:
        """Send a signal to a worker."""
        with self._lock:
            os.kill(self._workers[place].pid, number)

    def _take(self, place: int) -> Child:
        with self._lock:
            self._due.pop(place, None)
            return self._workers.pop(place)

    def _supervise(self) -> None:
        while not self._is_ending.wait(SUPERVISE_S):
            with self._lock:
                for place, worker in list(self._workers.items()):
                    self._look_at(place, worker)

    def _look_at(self, place: int, worker: Child) -> None:
        if worker.exit_code is None:
            return
        if place not in self._due:
            self.exits[str(worker.exit_code)] += 1
            self._due[place] = time.monotonic() + RESTART_S
        elif time.monotonic() > self._due[place]:
            del self._due[place]
            worker.kill()  # it has ended: this lets go of its watcher
            self.start(place)
