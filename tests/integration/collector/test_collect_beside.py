"""What other commands do while a collector runs: they find it, ask it, and need no port that it has."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.kafka.topic_reader import read_topic
from runtime.run_files import FOLDER, running
from runtime.settings.kafka import KafkaSettings
from schemas import Lane, RawPost
from schemas.topics import raw_topic
from tests.chaos.collector.command import Site
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("topics"),
    pytest.mark.parametrize("kafka_engine", ["tansu"], indirect=True),
]


@pytest.fixture
def site(tmp_path: Path, centre: DataCentre, kafka_settings: KafkaSettings) -> Site:
    return Site(tmp_path / "site", centre, kafka_settings)


async def sign_in(site: Site, centre: DataCentre, person: accounts.Account, *names: str) -> None:
    signed_in = await site.run("login", "--import", stdin=centre.session_string(person) + "\n")
    assert signed_in.code == 0, signed_in.err
    if names:
        assert (await site.run("channels", "add", *names)).code == 0


async def eventually(condition: Callable[[], object], what: str) -> None:
    """On a thread, as the data centre of the test lives on the event loop."""
    deadline = time.monotonic() + DEADLINE_S
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(KAFKA_POLL_S)


def run_files(site: Site) -> list[str]:
    return sorted(path.name for path in (site.state / FOLDER).glob("*.json"))


async def test_channels_are_verified_by_the_collector_that_runs(
    site: Site, centre: DataCentre, person: accounts.Account
) -> None:
    news = centre.world.add_channel("News", "example_news", members=[person])
    centre.world.add_channel("Elsewhere", "example_elsewhere")
    await sign_in(site, centre, person, "@example_news")
    async with site.collecting(1) as collecting:
        await site.run("channels", "add", "@example_elsewhere", "@example_nobody")
        verified = await site.run("channels", "verify", "--json")
        assert verified.code == 1, verified.err
        states = {each["name"]: (each["state"], each["id"]) for each in json.loads(verified.out)}
        assert states["@example_news"] == ("ok", news.id)
        assert states["@example_elsewhere"][0] == "not_a_member"
        assert states["@example_nobody"] == ("unknown", None)
        await collecting.stop()


async def test_the_collector_is_found_and_leaves_nothing_behind(
    site: Site, centre: DataCentre, person: accounts.Account, tmp_path: Path
) -> None:
    centre.world.add_channel("News", "example_news", members=[person])
    await sign_in(site, centre, person, "@example_news")
    async with site.collecting(1) as collecting:
        (found,) = running(site.state)
        assert (found.command, found.endpoint) == ("collect", f"http://127.0.0.1:{site.port}")
        checked = await site.run("check", "--connect", "--json")
        findings = {each["what"]: each for each in json.loads(checked.out)}
        assert findings["tgwire collect"]["is_good"]
        assert findings["tgwire collect"]["detail"].endswith("collecting")
        assert findings["account main"]["is_good"], findings["account main"]
        await collecting.stop()
    assert run_files(site) == []
    async with site.collecting(1) as collecting:
        await collecting.kill()
    assert run_files(site) == ["collect.json"]
    assert running(site.state) == []
    verified = await site.run("channels", "verify", "--json")  # by the account itself
    assert verified.code == 0, verified.err
    async with site.collecting(1) as collecting:
        assert run_files(site) == ["collect.json"]
        await collecting.stop()
    assert run_files(site) == []


async def test_two_replays_run_at_once_though_a_port_is_set(site: Site, tmp_path: Path) -> None:
    states = [tmp_path / name for name in ("one", "two")]
    async with AsyncExitStack() as stack:
        replays = [
            await stack.enter_async_context(
                site.started("replay", "-", variables={"TGWIRE_INGEST__STATE_DIR": str(state)})
            )
            for state in states
        ]
        for replay in replays:  # each begins when the first bytes show the format
            replay.write('{"text": "a post"}\n')
        await eventually(
            lambda: all(running(state) for state in states) or any(each.returncode is not None for each in replays),
            "both replays to run at once",
        )
        assert [each.returncode for each in replays] == [None, None]
        for replay in replays:  # which end with their input
            code, _, err = await replay.communicate()
            assert code == 0, err


async def test_channels_of_the_account_are_chosen(site: Site, centre: DataCentre, person: accounts.Account) -> None:
    for name, username in (("Beta", "example_beta"), ("Alpha", "example_alpha"), ("Closed", None)):
        centre.world.add_channel(name, username, members=[person]).post("a post")
    centre.world.add_channel("Elsewhere", "example_elsewhere").post("not a member")
    await sign_in(site, centre, person)

    async def offered(*options: str) -> list[dict[str, Any]]:
        ended = await site.run("channels", "import", "--from-account", "--json", *options)
        assert ended.code == 0, ended.err
        found: list[dict[str, Any]] = json.loads(ended.out)
        return found

    async def listed() -> list[str]:
        return [each["name"] for each in json.loads((await site.run("channels", "list", "--json")).out)]

    there = await offered()
    assert [each["title"] for each in there] == ["Alpha", "Beta", "Closed"]
    assert [each["name"] for each in there][:2] == ["@example_alpha", "@example_beta"]
    assert there[2]["name"] == str(there[2]["id"])
    assert not site.channels.exists()
    chosen = await site.run("channels", "import", "--from-account", "--tier", "high", stdin="7\n2-3\n")
    assert chosen.code == 0, chosen.err
    assert "'7' is not within 1 to 3" in chosen.err
    assert await listed() == ["@example_beta", there[2]["name"]]
    async with site.collecting(2) as collecting:
        assert await offered() == there
        everything = await site.run("channels", "import", "--from-account", "--all")
        assert "added 1, already there 2" in everything.err
        await collecting.live(3)
        await collecting.stop()
    unknown = await site.run("channels", "import", "--from-account", "--account", "nobody")
    assert unknown.code == 3
    assert "there is no account 'nobody'; known: main" in unknown.err.replace("\n", " ")


async def test_a_backfill_keeps_to_its_bounds_and_a_later_one_collects_the_rest(
    site: Site, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    news = centre.world.add_channel("News", "example_news", members=[person])
    for day in range(1, 13):
        news.post(f"post {day}", date=datetime(2024, 1, day, tzinfo=UTC))
    await sign_in(site, centre, person, "@example_news")

    def collected() -> list[int]:
        records = read_topic(kafka_settings, raw_topic(Lane.BACKFILL))
        return sorted(RawPost.model_validate_json(each.value or b"").message_id for each in records)

    async def backfill(expected: list[int], *options: str) -> None:
        async with site.collecting(1, "--backfill", *options) as collecting:
            await eventually(lambda: collected() == expected, f"posts {expected}")
            await collecting.stop()
        assert collected() == expected

    for wrong in (("--since", "2024-01-01"), ("--backfill", "--since", "yesterday")):
        assert (await site.run("collect", *wrong)).code == 2
    await backfill([5, 6, 7, 8], "--since", "2024-01-05", "--until", "2024-01-09")
    await backfill([5, 6, 7, 8, 11, 12], "--from-id", "11")
    await backfill(list(range(1, 13)))
