"""Files by which commands find the long-running processes of a folder of state: ``run/<name>.json``."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from runtime.atomic_file import replace_file
from runtime.private_files import PRIVATE_FILE, make_private_folder

FOLDER = "run"
_LOCK = ".lock"
_PS_TIMEOUT_S = 5.0

_log = structlog.stdlib.get_logger(__name__)


class RunFile(BaseModel):
    """What a running process writes of itself for commands on the same machine: id, start, endpoint."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    command: str
    """``collect``, ``worker``, ``replay``, ``broker``, ``serve``, or ``sink-NAME``."""
    pid: int
    process_start: str
    """Distinguishes the process from a later one with the same pid; see `process_start`."""
    started_at: datetime
    host: str
    """Name of the machine: a pid of another one means nothing here."""
    endpoint: str | None = None
    """Address of its HTTP endpoint; of a broker its bootstrap servers."""
    environment: dict[str, str] = {}
    """Of a broker: the variables that its clients need."""
    token: SecretStr | None = None
    """Key to the requests of ``runtime.control_requests``, which only those who can read this file may make."""

    @field_serializer("token")
    def _plain(self, token: SecretStr | None) -> str | None:
        return None if token is None else token.get_secret_value()

    @property
    def is_of_this_machine(self) -> bool:
        """Whether its pid means something here."""
        return self.host == socket.gethostname()

    @property
    def is_running(self) -> bool:
        """Whether the process that wrote it still runs; False when its pid is gone, or another process has it."""
        return self.is_of_this_machine and process_start(self.pid) == self.process_start


def process_start(pid: int) -> str | None:
    """When a process started, in a form that a change of the clock does not touch; None when there is none.

    On Linux the boot and the ticks since then, elsewhere the time that ``ps`` shows.
    """
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()  # the name before it can hold anything
        return None if state in ("Z", "X") else f"{boot}/{fields[18]}"
    shown = subprocess.run(  # noqa: S603 - a number is all that goes in
        ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607 - where it is differs by system
        capture_output=True,
        text=True,
        timeout=_PS_TIMEOUT_S,
        check=False,
    )
    return shown.stdout.strip() or None


@contextmanager
def run_file(
    state_dir: Path,
    command: str,
    endpoint: str | None,
    token: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Keep the file of this process while it runs. Where it cannot be written a warning is logged, and work goes on."""
    own = _of_this_process(command, endpoint, token, environment or {})
    try:
        path = _write(state_dir / FOLDER, own)
    except OSError as error:
        _log.warning("no run file: other commands do not find this process", folder=str(state_dir), error=str(error))
        yield
        return
    try:
        yield
    finally:
        if read(path) == own:  # else another machine that shares the folder has put its own there
            path.unlink(missing_ok=True)


def running(state_dir: Path) -> list[RunFile]:
    """The processes that run, the oldest first; files of those that ended without removing theirs are left out."""
    files = (read(path) for path in (state_dir / FOLDER).glob("*.json"))
    return sorted((file for file in files if file is not None and file.is_running), key=lambda file: file.started_at)


def written(state_dir: Path) -> list[tuple[Path, RunFile | None]]:
    """All files of a folder of state by name, also those that processes left which were killed; None: unreadable."""
    return [(path, read(path)) for path in sorted((state_dir / FOLDER).glob("*.json"))]


def read(path: Path) -> RunFile | None:
    """Content of a file; None when it is gone, may not be read, or holds something else."""
    try:
        return RunFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _of_this_process(command: str, endpoint: str | None, token: str | None, environment: Mapping[str, str]) -> RunFile:
    return RunFile(
        command=command,
        pid=os.getpid(),
        process_start=process_start(os.getpid()) or "",
        started_at=datetime.now(UTC),
        host=socket.gethostname(),
        endpoint=endpoint,
        environment=dict(environment),
        token=None if token is None else SecretStr(token),
    )


def _write(folder: Path, file: RunFile) -> Path:
    """Write under the first name that no running process has: ``worker``, ``worker-2``, and so on."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_private_folder(folder)
    with _locked(folder):
        path, number = folder / f"{file.command}.json", 2
        while (other := read(path)) is not None and other.is_running:
            path, number = folder / f"{file.command}-{number}.json", number + 1
        replace_file(path, file.model_dump_json().encode() + b"\n", PRIVATE_FILE)
    return path


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two processes that start at once must not take the same name."""
    descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
