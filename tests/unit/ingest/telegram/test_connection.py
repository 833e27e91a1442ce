"""What ends a connection ends no account."""

import asyncio
from typing import cast

import pytest
from telethon import errors

from ingest.errors import AccountError, ReaderLostError
from ingest.telegram.connection import Connection
from ingest.telegram.net.client import Client
from ingest.telegram.net.rpc_errors import account_error


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
        self.client = cast(Client, client)


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
