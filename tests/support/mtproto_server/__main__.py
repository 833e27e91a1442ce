"""A data centre of its own process: ``python -m tests.support.mtproto_server --channels 100 --rate 50``, until SIGTERM.

Prints one line of JSON when it is ready: where it listens, its key, and what to log in with. A second start with the
same seed and number of accounts knows the sessions of the first.
"""

import argparse
import asyncio
import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import PushFaults
from tests.support.mtproto_server.faults import DROP, DROP_AFTER, Chance, flood
from tests.support.mtproto_server.handshake import public_key
from tests.support.mtproto_server.press import Press, as_line
from tests.support.mtproto_server.server import API_HASH, HOST, DataCentre


def main() -> int:
    """Serve until stopped; 1 when the server met a bug of its own."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.mtproto_server", description="A local Telegram data centre."
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--not-joined", action="store_true", help="accounts are members of nothing")
    parser.add_argument("--history", type=int, default=0, help="posts in all channels before the start")
    parser.add_argument("--rate", type=float, default=1.0, help="posts a second in all channels")
    parser.add_argument("--posts", type=int, help="stop posting after so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--password", help="of two-step verification")
    parser.add_argument("--faults", type=float, default=0.0, help="share of calls and pushes that go wrong")
    parser.add_argument("--public-key", type=Path, help="write the server's key to this file")
    parser.add_argument("--ledger", type=Path, help="append every event to this file, a JSON object a line")
    return asyncio.run(_serve(parser.parse_args()))


async def _serve(chosen: argparse.Namespace) -> int:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if chosen.public_key:
        chosen.public_key.write_text(public_key())
    with ExitStack() as files:
        ledger = files.enter_context(chosen.ledger.open("a", buffering=1)) if chosen.ledger else None
        async with DataCentre(port=chosen.port, seed=chosen.seed) as centre:
            accounts, channels = _fill(centre, chosen)
            press = Press(channels, chosen.seed, lambda event: ledger and ledger.write(as_line(event)))
            for _ in range(chosen.history):
                press.write()
            press.posted = 0
            _set_faults(centre, chosen.seed, chosen.faults)
            _say(_ready(centre, chosen, accounts, channels))
            posting = asyncio.create_task(press.run(chosen.rate, chosen.posts))
            await ended.wait()
            posting.cancel()
            for error in centre.errors:
                sys.stderr.write(f"bug of the server: {error!r}\n")
            return 1 if centre.errors else 0


def _fill(centre: DataCentre, chosen: argparse.Namespace) -> tuple[list[Account], list[Channel]]:
    world = centre.world
    accounts = [world.add_account(password=chosen.password) for _ in range(chosen.accounts)]
    members = [] if chosen.not_joined else accounts
    return accounts, [
        world.add_channel(f"Channel {number}", f"example_{number}", members=members)
        for number in range(1, chosen.channels + 1)
    ]


def _set_faults(centre: DataCentre, seed: int, share: float) -> None:
    if share:
        centre.faults.chance = Chance(Random(seed), share, (DROP, DROP_AFTER, flood(1)))
        centre.delivery.faults = PushFaults(Random(seed), lost=share, doubled=share, swapped=share)


def _ready(
    centre: DataCentre, chosen: argparse.Namespace, accounts: list[Account], channels: list[Channel]
) -> dict[str, Any]:
    return {
        "host": HOST,
        "port": centre.port,
        "public_key": str(chosen.public_key) if chosen.public_key else None,
        "api_id": centre.api_id,
        "api_hash": API_HASH,
        "phones": [each.phone for each in accounts],
        "code": accounts[0].code if accounts else None,
        "password": chosen.password,
        "sessions": [centre.session_string(each) for each in accounts],
        "channels": [each.username for each in channels],
    }


def _say(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
