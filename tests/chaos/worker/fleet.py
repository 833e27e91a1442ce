"""Workers under a supervisor that does what systemd does: start again what ended by itself."""

import os
import signal
import subprocess
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
from tests.support.warm_process import environment_of, start
from tgwire.cli.exit_codes import Exit
from tgwire.local_broker.child import STOP_TIMEOUT_S, Child
from tgwire.processes.child import environment

SUPERVISE_S = 0.2
RESTART_S = 1.0
"""Wait before a worker that ended by itself is started again, as in deploy/systemd."""
WORKER = ("tgwire", "worker")
SHOWN_LINES = 40


class Warm:
    """A worker like a ``Child``, without the start of Python: a trial starts many."""

    def __init__(self, program: Sequence[str], log_path: Path, settings: Settings) -> None:
        with log_path.open("ab") as log:
            self._process = start(*program, env=environment_of(settings), stdout=log, stderr=log, is_session=True)
        self.pid = self._process.pid

    @property
    def exit_code(self) -> int | None:
        """As of ``Child``."""
        return self._process.poll()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """As of ``Child``."""
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As of ``Child``."""
        self._process.kill()
        self._process.wait()


class Fleet:
    """Numbered places for workers, each with its own data folder. Started and stopped by the trial or by themselves."""

    def __init__(
        self, settings: Settings, folder: Path, program: Sequence[str] = WORKER, *, is_warm: bool = True
    ) -> None:
        """``program`` is a module and its arguments."""
        self._settings = settings
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._program = program
        self._is_warm = is_warm
        self._lock = threading.RLock()
        self._workers: dict[int, Child | Warm] = {}
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
        if error is not None:
            for log in sorted(self._folder.glob("worker-*.log")):  # the folder may be gone when the failure is read
                lines = log.read_text("utf-8", "replace").splitlines()
                error.add_note("\n".join([f"the last of {len(lines)} lines of {log}:", *lines[-SHOWN_LINES:]]))

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
            log_path = self._folder / f"worker-{place}.log"
            if self._is_warm:
                self._workers[place] = Warm(self._program, log_path, own)
            else:
                command = (sys.executable, "-m", *self._program)
                self._workers[place] = Child(command, log_path, environment=environment(own))

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

    def _take(self, place: int) -> Child | Warm:
        with self._lock:
            self._due.pop(place, None)
            return self._workers.pop(place)

    def _supervise(self) -> None:
        while not self._is_ending.wait(SUPERVISE_S):
            with self._lock:
                for place, worker in list(self._workers.items()):
                    self._look_at(place, worker)

    def _look_at(self, place: int, worker: Child | Warm) -> None:
        if worker.exit_code is None:
            return
        if place not in self._due:
            self.exits[str(worker.exit_code)] += 1
            self._due[place] = time.monotonic() + RESTART_S
        elif time.monotonic() > self._due[place]:
            del self._due[place]
            worker.kill()  # it has ended: this lets go of its watcher
            self.start(place)
