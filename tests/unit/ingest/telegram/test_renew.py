"""A channel whose access hash is of no use any more is looked up again."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from telethon.tl import types

from ingest.errors import AccountError, ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live_reader import RequestPriority
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.channels.resolver import Resolver
from ingest.telegram.net.account_store import AccountStore
from ingest.telegram.net.requests import AccountRequests

NEWS = types.Channel(7, "News", types.ChatPhotoEmpty(), None, access_hash=1, username="news")
FOUND = types.contacts.ResolvedPeer(types.PeerChannel(7), [NEWS], [])


class ScriptedRequests:
    """Answers, and errors, in their order."""

    def __init__(self, *answers: object) -> None:
        self._answers = deque(answers)

    async def send(self, *_: object) -> Any:
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[PeerCache]:
    storage = AccountStore(tmp_path / "account.sqlite3")
    peers = PeerCache("main", storage)
    peers.learn(NEWS)
    yield peers
    storage.close()


@pytest.mark.parametrize(
    "error",
    [
        ReaderBusyError("a flood wait", 60),
        ReaderLostError("no answer"),
        AccountError("signed out", "signed_out"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_look_up_without_an_answer_does_not_count(peers: PeerCache, error: Exception) -> None:
    resolver = Resolver("main", cast(AccountRequests, ScriptedRequests(error, FOUND)), peers)
    with pytest.raises(type(error)):
        await resolver.renew(7, RequestPriority.SWEEP)
    await resolver.renew(7, RequestPriority.SWEEP)


async def test_a_look_up_with_an_answer_is_not_repeated_for_an_hour(peers: PeerCache) -> None:
    resolver = Resolver("main", cast(AccountRequests, ScriptedRequests(FOUND)), peers)
    await resolver.renew(7, RequestPriority.SWEEP)
    with pytest.raises(ChannelUnavailableError, match="asked again later"):
        await resolver.renew(7, RequestPriority.SWEEP)
