"""What ends a connection ends no account."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from telethon import errors
from telethon.crypto import AuthKey

from ingest.errors import AccountError, ReaderLostError
from ingest.telegram.connection import Connection
from ingest.telegram.net.client import AccountClient
from ingest.telegram.net.rpc_errors import account_error
from ingest.telegram.net.session import FileSession
from runtime.errors import StateError


class FailingClient:
    """Every request ends with the same error."""

    updates_error = None

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.lost: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def __call__(self, _request: object) -> None:
        raise self._error


class OpenConnection(Connection):
    """Connected already, through a client of the test's."""

    def __init__(self, client: FailingClient) -> None:
        self._name, self._timeout_s, self._refusal = "main", 0.0, None
        self.client = cast(AccountClient, client)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError("reset"), ReaderLostError),
        (errors.InvalidBufferError(b"\x53\xfe\xff\xff"), ReaderLostError),  # -429: too much for the transport
        (errors.BadMessageError(None, 64), ReaderLostError),
        (errors.AuthKeyNotFound(), AccountError),
        (errors.SessionRevokedError(None), AccountError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_whatever_breaks_a_ping_off_is_an_error_of_ours(error: Exception, kind: type[Exception]) -> None:
    assert (account_error("main", error) is not None) is (kind is AccountError)
    with pytest.raises(kind):
        await OpenConnection(FailingClient(error)).watch_over(asyncio.Event())


class FullDisk:
    """A database that takes no commit."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def commit(self) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def test_a_sign_in_that_the_disk_did_not_take_is_reported(tmp_path: Path) -> None:
    session = FileSession(tmp_path / "main.session")
    session._conn = cast(sqlite3.Connection, FullDisk(cast(sqlite3.Connection, session._conn)))
    session.auth_key = AuthKey(bytes(256))
    with pytest.raises(StateError, match="full"):
        session.close()
    unsigned = FileSession(tmp_path / "main.session")
    assert not unsigned.has_key
    unsigned.close()


def test_a_running_account_only_reports_what_the_disk_did_not_take(tmp_path: Path) -> None:
    session = FileSession(tmp_path / "main.session", may_lag=True)
    session._conn = cast(sqlite3.Connection, FullDisk(cast(sqlite3.Connection, session._conn)))
    with structlog.testing.capture_logs() as said:
        session.save()
        session.close()
    assert [line["problem"] for line in said] == ["database or disk is full"] * 2
