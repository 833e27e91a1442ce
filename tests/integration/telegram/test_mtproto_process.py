"""The local data centre as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from telethon import TelegramClient
from telethon.crypto import rsa as telegram_rsa
from telethon.sessions import StringSession

from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S


async def test_it_runs_as_a_process(tmp_path: Path) -> None:
    ledger, key = tmp_path / "ledger.jsonl", tmp_path / "key.pem"
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.support.mtproto_server",
            "--channels",
            "5",
            "--rate",
            "200",
            "--posts",
            "30",
            "--history",
            "20",
        ),
        *("--public-key", str(key), "--ledger", str(ledger)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), DEADLINE_S))
    telegram_rsa.add_key(key.read_text(), old=False)
    client = TelegramClient(StringSession(ready["sessions"][0]), ready["api_id"], ready["api_hash"])
    await client.connect()

    async def collected() -> int:
        return sum([(await client.get_messages(name, limit=0)).total for name in ready["channels"]])

    def issued() -> int:
        kinds = [json.loads(line)["event"] for line in ledger.read_text().splitlines()]
        return kinds.count("post") if kinds.count("post") == 50 else 0

    await until(issued, "all posts in the ledger")
    deleted = [line for line in ledger.read_text().splitlines() if json.loads(line)["event"] == "delete"]
    assert await collected() == 50 - len(deleted)
    await client.disconnect()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), DEADLINE_S) == 0
