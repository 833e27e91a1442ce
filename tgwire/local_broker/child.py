"""A child process that cannot outlive its parent."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tgwire.parent_watch import ParentWatch

STOP_TIMEOUT_S = 20.0


class Child:
    """A running process in a session of its own (Ctrl-C in the terminal does not reach it), its output in a file."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log_path: Path,
        *,
        environment: Mapping[str, str] | None = None,
        scratch: Path | None = None,
    ) -> None:
        """``scratch`` is deleted when the parent dies without having stopped the child."""
        # Our own settings hold secrets, and are no business of its.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**inherited, **(environment or {})},
            )
        self._watcher = ParentWatch(self._process.pid, scratch)

    @property
    def pid(self) -> int:
        """The id of the process, also after its end."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Ask it to end, and kill it when it has not in time."""
        self._process.terminate()
        # A process that is suspended sees SIGTERM only once it goes on.
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._release()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()
        self._release()

    def _release(self) -> None:
        self._watcher.end()
        self._process.wait()
