"""A PostgreSQL server on loopback for engines that reach it by TCP, spoken to through psql."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.patience import DEADLINE_S
from tgwire.local_broker.ports import HOST, free_port

_DEBIAN = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "postgres", "psql")
_PSQL = ("-U", "postgres", "-X", "-At", "-v", "ON_ERROR_STOP=1")
MISSING = "PostgreSQL is not installed: apt-get install postgresql, or put initdb, postgres and psql on the PATH"


def programs() -> Path | None:
    """The folder of initdb, postgres and psql: on the PATH, or Debian's newest."""
    debian = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    on_path = [Path(found).parent for found in [shutil.which("initdb")] if found is not None]
    return next((each for each in (*on_path, *debian) if all((each / name).exists() for name in _PROGRAMS)), None)


@dataclass(frozen=True)
class Database:
    """The database ``postgres`` of a running server."""

    folder: Path
    port: int

    @property
    def jdbc_url(self) -> str:
        """Its address for Java."""
        return f"jdbc:postgresql://{HOST}:{self.port}/postgres"

    def run(self, sql: str) -> str:
        """What psql answers."""
        done = subprocess.run(
            [self.folder / "psql", f"--host={HOST}", f"--port={self.port}", *_PSQL],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        rows: list[dict[str, Any]] = json.loads(
            self.run(f"SET TIME ZONE 'UTC'; SELECT coalesce(json_agg(t), '[]') FROM {table} t").partition("\n")[2]
        )
        return rows


@contextmanager
def running_postgres() -> Iterator[Database]:
    """A new server, which ends with the block."""
    found = programs()
    assert found is not None, MISSING
    user = None if os.getuid() else _unprivileged()
    with tempfile.TemporaryDirectory(prefix="tgwire-pg-") as scratch:
        folder = Path(scratch)
        if user is not None:  # initdb refuses root
            shutil.chown(folder, user)
        arguments: list[str | Path] = [
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run([found / "initdb", *arguments], check=True, capture_output=True, cwd=folder, user=user)
        database = Database(found, free_port())
        options = ["-k", str(folder), "-c", f"listen_addresses={HOST}", "-p", str(database.port), "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [found / "postgres", "-D", folder / "data", *options], stdout=log, stderr=log, cwd=folder, user=user
            )
            try:
                _await(database, server, folder / "log")
                yield database
            finally:
                server.terminate()
                server.wait()


def _await(database: Database, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            database.run("SELECT 1")
        except AssertionError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        else:
            return


def _unprivileged() -> str:
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
