"""``tgwire collect`` as processes: from a data centre through Kafka and a worker to records, and what stops it."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from telethon.tl import types

from ingest.ledger.ledger import FILE_NAME, Ledger
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.kafka.topic_reader import read_topic
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Channel as SchemaChannel
from schemas import ChannelState, CounterUpdate, Lane, PostSource, RawPost
from schemas.topics import CHANNEL_STATES, COUNTERS, NORMALIZED, raw_topic
from tests.chaos.collector import truth
from tests.chaos.collector.command import Site
from tests.chaos.collector.oracle import Collected, Recorded, judge
from tests.chaos.collector.truth import ChannelTruth
from tests.chaos.worker.findings import Findings
from tests.support.collector_sim.ranking import ends
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import refuse
from tests.support.mtproto_server.server import API_HASH, DataCentre
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S
from tests.support.warm_process import worker_process

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("topics")]

"""A reading of Kafka takes its time from the processes under test, on a machine of two cores."""


@pytest.fixture
def site(tmp_path: Path, centre: DataCentre, kafka_settings: KafkaSettings) -> Site:
    return Site(tmp_path / "site", centre, kafka_settings)


class Story:
    """Two channels of which everything is written down, and what Kafka has of them."""

    def __init__(self, centre: DataCentre, person: accounts.Account, kafka: KafkaSettings) -> None:
        self._centre, self._kafka = centre, kafka
        self.news, self.second = (
            centre.world.add_channel(name.title(), f"example_{name}", members=[person]) for name in ("news", "second")
        )
        self.truth: dict[int, ChannelTruth] = {each.id: truth.watch(each) for each in (self.news, self.second)}
        for channel in (self.news, self.second):
            channel.post("before anybody looked")

    def photo(self) -> Any:
        return types.MessageMediaPhoto(photo=self._centre.world.files.add(b"a photo").photo())

    def watched(self, channel: Channel) -> None:
        """From now on everything is to be collected."""
        self.truth[channel.id].from_id = channel.store.last_id

    def raw(self, lane: Lane = Lane.LIVE) -> list[tuple[bytes, RawPost]]:
        records = read_topic(self._kafka, raw_topic(lane))
        return [(each.key or b"", RawPost.model_validate_json(each.value or b"")) for each in records]

    def counters(self) -> list[CounterUpdate]:
        return [CounterUpdate.model_validate_json(each.value or b"") for each in read_topic(self._kafka, COUNTERS)]

    def normalized(self) -> dict[str, dict[str, Any]]:
        """After an upsert by key."""
        return {
            (each.key or b"").decode(): json.loads(each.value or b"{}") for each in read_topic(self._kafka, NORMALIZED)
        }


async def eventually(condition: Callable[[], object], what: str) -> None:
    """Like ``until``, for what takes a reading of Kafka."""
    deadline = time.monotonic() + DEADLINE_S
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(KAFKA_POLL_S)


async def prepare(site: Site, centre: DataCentre, person: accounts.Account, *names: str) -> None:
    """Sign in, and list channels."""
    signed_in = await site.run("login", "--import", stdin=centre.session_string(person) + "\n")
    assert signed_in.code == 0, signed_in.err
    listed = await site.run("channels", "import", "-", stdin="\n".join(names))
    assert listed.code == 0, listed.err


async def test_from_telegram_to_records(
    site: Site,
    centre: DataCentre,
    person: accounts.Account,
    kafka_settings: KafkaSettings,
    session_s: float,
    tmp_path: Path,
) -> None:
    story = Story(centre, person, kafka_settings)
    news, second = story.news, story.second
    await prepare(site, centre, person, "@example_news")
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=session_s
    )
    settings = Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))
    with worker_process(settings, tmp_path / "worker.log"):
        async with site.collecting(1) as collecting:
            story.watched(news)
            for number in range(20):
                news.post(f"{number} The ministers met in the harbour on Monday.")
            news.edit(3, "1 The ministers did not meet.")
            news.delete(4)
            news.album([("2 A caption", story.photo()), ("", story.photo()), ("", story.photo())], 77)
            await eventually(lambda: len(story.raw()) >= 21, "the first posts")
            for number in range(20, 30):
                news.post(f"{number} The harbour was closed again.")
            await collecting.kill()
        news.delete(5)
        news.edit(6, "4 Nobody met.")
        for number in range(30, 40):
            news.post(f"{number} Nobody was there to hear of it.")
        async with site.collecting(1) as collecting:
            site.channels.write_text(site.channels.read_text() + '\n[[channel]]\nname = "@example_second"\n')
            await collecting.live(2)
            story.watched(second)
            second.count(second.post("40 Another channel begins.").id, views=4321)
            await eventually(lambda: any(each.counters.views == 4321 for each in story.counters()), "fresh counts")
            for number in range(41, 61):
                news.post(f"{number} In the moment in which it is to end.")
            summary = await collecting.stop()
            assert summary["on_their_way"] == 0
        site.channels.write_text('[[channel]]\nname = "@example_news"\n')
        async with site.collecting(1) as collecting:
            second.post("61 Nobody watches this one any more.")
            news.post("62 The last word.")
            last = f"tg:{news.id}:{news.store.last_id}"
            await eventually(lambda: last in story.normalized(), "the last record")
            del story.truth[second.id].messages[second.store.last_id]  # it is not to be collected
            await eventually(lambda: not judged(story).faults, "everything to be collected")
            await collecting.stop()
    assert not judged(story, recorded(site, story)).faults
    records = story.normalized()
    assert records[f"tg:{news.id}:3"]["text"] == "1 The ministers did not meet."
    for gone in (records[f"tg:{news.id}:{number}"] for number in (4, 5)):
        assert gone["type"] == "tombstone"
        # Null where the kill came before the ledger had the post.
        assert (gone["last_seen_at"] or "") <= gone["provenance"]["collected_at"]
    states = {each.key: each.value for each in read_topic(kafka_settings, CHANNEL_STATES)}
    assert states.keys() == {str(news.id).encode(), str(second.id).encode()}
    assert states[str(second.id).encode()] is None, "it was taken off the list while nothing ran"
    state = ChannelState.model_validate_json(states[str(news.id).encode()] or b"")
    assert (state.condition, state.channel.username, state.gap) == ("live", "example_news", None)
    assert state.last_post is not None
    assert state.last_post.message_id == news.store.last_id
    assert len(records[f"tg:{news.id}:22"]["media"]) == 3
    assert f"tg:{news.id}:1" not in records


def judged(story: Story, ledger: dict[int, Recorded] | None = None) -> Findings:
    return judge(story.truth, Collected(story.raw(), story.counters(), ledger or {}))


def recorded(site: Site, story: Story) -> dict[int, Recorded]:
    """What the ledger holds, once the collector has ended."""
    with closing(sqlite3.connect(site.state / FILE_NAME)) as database:
        ((destination,),) = database.execute("SELECT name FROM destinations").fetchall()
    with Ledger(site.state, destination) as ledger:
        return {
            channel: Recorded(
                ledger.progress(channel),
                ledger.absences(channel),
                {row.id: row for row in ledger.rows(channel, 0, 1 << 40)},
            )
            for channel in story.truth
        }


async def test_an_older_copy_of_the_state_folder_leaves_nothing_behind(
    site: Site, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    story = Story(centre, person, kafka_settings)
    news = story.news
    await prepare(site, centre, person, "@example_news")
    async with site.collecting(1) as collecting:
        story.watched(news)
        kept = [news.post(f"{number} in the copy").id for number in range(3)]
        await eventually(lambda: len(story.raw()) >= 3, "the first posts")
        await collecting.stop()
    copy = site.folder / "copy"
    shutil.copytree(site.state, copy)
    async with site.collecting(1) as collecting:
        later = [news.post(f"{number} not in the copy").id for number in range(4)]
        await eventually(lambda: len(story.raw()) >= 7, "the other posts")
        await collecting.stop()
    news.delete(later[1], *later[2:])
    news.edit(later[0], "another text")
    shutil.rmtree(site.state)
    shutil.copytree(copy, site.state)

    def last() -> dict[int, str]:
        return {post.message_id: "deleted" if post.is_deleted else post.text for _, post in story.raw()}

    async with site.collecting(1) as collecting:
        await eventually(lambda: [last()[each] for each in later] == ["another text", *["deleted"] * 3], "what changed")
        assert [last()[each] for each in kept] == [f"{number} in the copy" for number in range(3)]
        await collecting.stop()
    orders = [post.order or 0 for _, post in story.raw()]
    assert orders == sorted(set(orders)), "each record is later than all before it"


async def test_orders_go_on_above_those_of_a_ledger_whose_clock_is_ahead(
    site: Site, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    story = Story(centre, person, kafka_settings)
    news = story.news
    old = news.store.last_id
    await prepare(site, centre, person, "@example_news")
    ahead = int((time.time() + 86_400) * 1e6)
    source = PostSource(kind="telethon", name="another collector")
    with KafkaPublisher(kafka_settings, IngestSettings(), IngestMetrics(CollectorRegistry())) as publisher:
        for lane, order in ((Lane.LIVE, ahead - 5), (Lane.BACKFILL, ahead), (Lane.BACKFILL, None)):
            other = RawPost(channel=SchemaChannel(id=77), message_id=1, order=order, source=source, lane=lane)
            publisher.publish(other)
        publisher.flush()
    async with site.collecting(1, "--backfill") as collecting:
        first = news.post("The ministers met.").id
        await eventually(lambda: _texts(story, Lane.LIVE).get(first), "the post")
        await eventually(lambda: _texts(story, Lane.BACKFILL).get(old), "the history")
        news.edit(first, "The ministers did not meet.")
        news.edit(old, "of old, and edited")
        news.delete(first)
        await eventually(lambda: _texts(story, Lane.LIVE).get(first) == "deleted", "the tombstone")
        await eventually(lambda: _texts(story, Lane.LIVE).get(old) == "of old, and edited", "the edit, which is live")
        _, err = await collecting.end()
    assert "orders ahead of this clock" in err
    posts = [post for _, post in (*story.raw(), *story.raw(Lane.BACKFILL)) if post.channel.id == news.id]
    orders = sorted(post.order or 0 for post in posts)
    assert ahead < orders[0] <= orders[-1] < ahead + 1000
    assert len(set(orders)) == len(orders)
    assert all(post.collected_at is not None and post.collected_at.timestamp() < time.time() for post in posts)
    assert ends([post for post in posts if post.message_id == first]) == {"deleted"}
    assert ends([post for post in posts if post.message_id == old]) == {"of old, and edited"}


def _texts(story: Story, lane: Lane) -> dict[int, str]:
    """After an upsert by key."""
    raw = (post for _, post in story.raw(lane) if post.channel.id == story.news.id)
    return {post.message_id: "deleted" if post.is_deleted else post.text for post in raw}


@pytest.mark.parametrize("kafka_engine", ["tansu"], indirect=True)
async def test_history_comments_and_files_are_collected_where_they_are_wanted(
    site: Site, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    news = centre.world.add_channel("News", "example_news", members=[person])
    group = centre.world.add_group_of(news, members=[person])
    old = [news.post(f"of old, {number}").id for number in range(5)]
    await prepare(site, centre, person)
    site.channels.write_text('[[channel]]\nname = "@example_news"\ncomments = true\n')
    content = b"a photo, byte by byte"
    async with site.collecting(2, "--backfill", "--takeout", "--media") as collecting:
        photo = types.MessageMediaPhoto(photo=centre.world.files.add(content).photo())
        post = news.post("with a photo", media=photo).id
        news.comment(post, "what I think of it", centre.world.add_user("Reader").id)

        def collected(lane: Lane) -> dict[tuple[int, int], RawPost]:
            records = read_topic(kafka_settings, raw_topic(lane))
            posts = (RawPost.model_validate_json(each.value or b"") for each in records)
            return {(each.channel.id, each.message_id): each for each in posts}

        def is_all_there() -> bool:
            live, history = collected(Lane.LIVE), collected(Lane.BACKFILL)
            said = {each.text for (channel, _), each in live.items() if channel == group.id}
            has_history = all((news.id, number) in history for number in old)
            return (news.id, post) in live and "what I think of it" in said and has_history

        await eventually(is_all_there, "post, comment and history")
        name = hashlib.sha256(content).hexdigest()
        stored = site.folder / "media" / name[:2] / f"{name}.jpg"
        await eventually(stored.exists, "the photo")
        assert stored.read_bytes() == content
        await collecting.stop()
    assert centre.calls.in_takeout["messages.getHistory"] > 0
    assert all(each.takeout_id is None for each in centre.authorizations.values())  # it was finished


@pytest.mark.parametrize("kafka_engine", ["tansu"], indirect=True)
async def test_verify_reports_what_is_wrong_with_each_channel(
    site: Site, centre: DataCentre, person: accounts.Account
) -> None:
    news = centre.world.add_channel("News", "example_news", members=[person])
    centre.world.add_channel("Elsewhere", "example_elsewhere")
    await prepare(site, centre, person, "@example_news", "@example_elsewhere", "@example_nobody")

    async def verdicts() -> dict[str, tuple[str, list[str]]]:
        ended = await site.run("channels", "verify", "--json")
        assert ended.code == 1, ended.err
        return {each["name"]: (each["state"], each["formerly"]) for each in json.loads(ended.out)}

    found: dict[str, tuple[str, list[str]]] = {
        "@example_elsewhere": ("not_a_member", []),
        "@example_nobody": ("unknown", []),
    }
    assert await verdicts() == found | {"@example_news": ("ok", [])}
    news.change(username="example_wire")
    assert await verdicts() == found | {"@example_news": ("renamed", ["@example_news"])}


@dataclass(frozen=True)
class Hindrance:
    """What is missing at a start, and the report of it."""

    code: int
    advice: str
    is_signed_in: bool = True
    is_listed: bool = True
    is_broker_up: bool = True


HINDRANCES = (
    Hindrance(3, "not signed in. Sign in: tgwire login", is_signed_in=False),
    Hindrance(3, "no such file; `tgwire channels add @name` begins one", is_listed=False),
    Hindrance(4, "127.0.0.1:1", is_broker_up=False),
)


async def test_what_is_missing_is_reported_at_the_start(
    tmp_path: Path, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    down = kafka_settings.model_copy(update={"bootstrap_servers": "127.0.0.1:1", "request_timeout_s": 1.0})

    async def start(number: int, what: Hindrance) -> None:
        site = Site(tmp_path / str(number), centre, kafka_settings if what.is_broker_up else down)
        if what.is_signed_in:
            await site.run("login", "--import", stdin=centre.session_string(person) + "\n")
        if what.is_listed:
            await site.run("channels", "add", "@example_news")
        ended = await site.run("collect", "--json")
        assert (ended.code, ended.out) == (what.code, "")
        assert what.advice in ended.err.replace("\n", " ")
        assert "Traceback" not in ended.err
        assert API_HASH not in ended.err

    async with asyncio.TaskGroup() as starts:
        for number, what in enumerate(HINDRANCES):
            starts.create_task(start(number, what))


@pytest.mark.usefixtures("news")
async def test_an_account_that_telegram_refuses_and_a_second_process(
    site: Site, centre: DataCentre, person: accounts.Account
) -> None:
    await prepare(site, centre, person, "@example_news")
    centre.faults.script("users.getUsers", refuse(400, "API_ID_INVALID"))
    wrong = await site.run("collect", "--json")
    assert wrong.code == 3
    assert "https://my.telegram.org" in wrong.err
    async with site.collecting(1) as collecting:
        second = await site.run("collect", "--json")
        assert second.code == 4
        assert "in use by another process" in second.err.replace("\n", " ")
        await collecting.stop()
    centre.revoke(person)
    revoked = await site.run("collect", "--json")
    assert revoked.code == 3
    assert "Sign in again: tgwire login" in revoked.err.replace("\n", " ")
    for ended in (wrong, second, revoked):
        assert "Traceback" not in ended.err
        assert API_HASH not in ended.err
