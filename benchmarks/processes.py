"""Processes under measurement: started with settings, held still, asked for what they used."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runtime.settings.tree import Settings
from tgwire.processes.child import environment, stop

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Measured:
    """A child process, by its entry in /proc."""

    def __init__(self, child: "subprocess.Popen[bytes]", log: Path) -> None:
        self._child = child
        self._proc = Path("/proc") / str(child.pid)
        self._log = log

    def cpu_s(self) -> float:
        """CPU seconds that all its threads have used, in user and kernel mode."""
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def rss_mb(self) -> float:
        """Resident memory, in megabytes."""
        return int((self._proc / "statm").read_text().split()[1]) * _PAGE_BYTES / 1e6

    def peak_mb(self) -> float:
        """The most resident memory so far, in megabytes."""
        status = (self._proc / "status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6

    def freeze(self) -> None:
        """Hold it still, so that a backlog can grow."""
        self._child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._child.send_signal(signal.SIGCONT)

    def require_alive(self) -> None:
        """RuntimeError with its last output, when it has ended."""
        if self._child.poll() is not None:
            said = self._log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self._child.args!r} ended with {self._child.returncode}:\n{said}")


@contextmanager
def running(module: Sequence[str], settings: Settings, log: Path) -> Iterator[Measured]:
    """Run ``python -m module`` with settings in its environment; its output goes to a file."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - a module of ours
            [sys.executable, "-m", *module],
            env=inherited | environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        measured = Measured(child, log)
        try:
            yield measured
        finally:
            measured.thaw()
            stop(child)
