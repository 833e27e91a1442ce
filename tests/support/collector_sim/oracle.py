"""What must hold of everything that was published, against the world as it is and as it was."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ingest.ledger.ledger import Ledger
from schemas import RawPost
from tests.support.collector_sim.broker import Sent
from tests.support.collector_sim.world import Message, Room, World


def judge(world: World, sent: Sequence[Sent], ledger: Ledger, *, backfill: bool = False) -> list[str]:
    """Everything that is wrong once the collector has come to rest."""
    by_channel = _by_channel(sent)
    issues: list[str] = []
    for room in world.rooms.values():
        progress = ledger.progress(room.id)
        assert progress is not None
        first = 1 if backfill else progress.started_at + 1
        issues += _judge_end(room, first, by_channel[room.id])
        issues += _judge_invention(room, by_channel[room.id])
        issues += _judge_last_seen(room, by_channel[room.id])
    return [*issues, *judge_ledger(world, sent, ledger), *_judge_order(sent)]


def judge_ledger(world: World, sent: Sequence[Sent], ledger: Ledger) -> list[str]:
    """False entries of the ledger, at any time: every id up to a frontier is published, or absent for a reason,
    and nothing is recorded that did not reach the broker.
    """
    by_channel = _by_channel(sent)
    return [issue for room in world.rooms.values() for issue in _judge_records(room, by_channel[room.id], ledger)]


def _by_channel(sent: Sequence[Sent]) -> dict[int, list[RawPost]]:
    by_channel: dict[int, list[RawPost]] = defaultdict(list)
    for record in sent:
        by_channel[record.post.channel.id].append(record.post)
    return by_channel


def _judge_end(room: Room, first: int, posts: list[RawPost]) -> Iterator[str]:
    """The last record of each key, by its order, together, are the posts that the channel has."""
    last = {post.message_id: post for post in sorted(posts, key=_place)}
    holders: dict[int, int] = {}
    for key, post in last.items():
        if post.is_deleted:
            continue
        ids = [media.message_id or 0 for media in post.media] if post.album_id is not None else [key]
        for message_id in ids:
            if message_id in holders:
                yield f"{room.id}/{message_id} is in {holders[message_id]} and {key}"
            holders[message_id] = key
            if message_id not in room.messages:
                yield f"{room.id}/{message_id} is deleted, and {key} still has it"
        texts = [room.messages[message_id].texts[-1] for message_id in ids if message_id in room.messages]
        if post.text != "\n\n".join(texts):
            yield f"{room.id}/{key} ends as {post.text!r}, not {texts}"
    for message in room.messages.values():
        if message.id >= first and not message.is_service and message.id not in holders:
            yield f"{room.id}/{message.id} is missing"


def _place(post: RawPost) -> int:
    assert post.order is not None, "published without an order"
    return post.order


def _judge_invention(room: Room, posts: list[RawPost]) -> Iterator[str]:
    everything: dict[int, Message] = room.messages | room.deleted
    texts = {text for message in everything.values() for text in message.texts}
    for post in posts:
        if post.message_id not in everything:
            yield f"{room.id}/{post.message_id} never was"
        if not post.is_deleted and not set(post.text.split("\n\n")) <= texts:
            yield f"{room.id}/{post.message_id} never said {post.text!r}"


def _judge_last_seen(room: Room, posts: list[RawPost]) -> Iterator[str]:
    """A deleted post was last seen before it was deleted: an album, before the last of its parts was."""
    for post in posts:
        if post.last_seen_at is None or post.message_id not in room.deleted:
            continue
        album = room.deleted[post.message_id].album_id
        parts = [message.id for message in room.deleted.values() if message.album_id == album] if album else []
        gone = max(room.deleted_at[each] for each in parts or [post.message_id])
        if not post.is_deleted or post.last_seen_at > gone:
            yield f"{room.id}/{post.message_id} was seen at {post.last_seen_at}, and deleted at {gone}"


def _judge_records(room: Room, posts: list[RawPost], ledger: Ledger) -> Iterator[str]:
    progress = ledger.progress(room.id)
    if progress is None:
        return
    rows = {row.id: row for row in ledger.rows(room.id, 1, room.last)}
    keys = {post.message_id for post in posts}
    for row in rows.values():
        if row.anchor not in keys:
            yield f"{room.id}/{row.id} is recorded, and {row.anchor} was never sent"
    for message_id in range(progress.started_at + 1, progress.frontier + 1):
        absence = ledger.absence(room.id, message_id)
        if message_id not in rows and absence is None:
            yield f"{room.id}/{message_id} is not explained"
        if message_id in rows and absence is not None:
            yield f"{room.id}/{message_id} is published and {absence}"


def _judge_order(sent: Sequence[Sent]) -> Iterator[str]:
    """One publisher never sends an older revision of a post behind a newer one, and later records have later orders."""
    newest: dict[tuple[int, int, int], int] = {}
    places: dict[tuple[int, int], int] = {}
    for record in sent:
        post = record.post
        before = places.get((record.publisher, post.channel.id), -1)
        if _place(post) <= before:
            yield f"{post.channel.id}/{post.message_id} has order {post.order} behind {before}"
        places[record.publisher, post.channel.id] = _place(post)
        if post.is_deleted or post.album_id is not None:
            continue
        key = (record.publisher, post.channel.id, post.message_id)
        version = int(post.text.rpartition("v")[2])
        if version < newest.get(key, 0):
            yield f"{post.channel.id}/{post.message_id}: v{version} behind v{newest[key]}"
        newest[key] = version
