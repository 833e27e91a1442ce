"""What must hold of everything that was published, against the world as it is and as it was."""

from collections import defaultdict
from collections.abc import Iterator

from ingest.live.reader import Absence
from ingest.progress.ledger import Ledger
from schemas import RawPost
from tests.live.simulation import Simulation
from tests.live.world import Message, Room


def judge(simulation: Simulation, ledger: Ledger) -> list[str]:
    """Everything that is wrong."""
    by_channel: dict[int, list[RawPost]] = defaultdict(list)
    for sent in simulation.broker.sent:
        by_channel[sent.post.channel.id].append(sent.post)
    issues: list[str] = []
    for room in simulation.world.rooms.values():
        progress = ledger.progress(room.id)
        assert progress is not None
        first = 1 if simulation.backfill else progress.started_at + 1
        issues += _judge_end(room, first, by_channel[room.id])
        issues += _judge_invention(room, by_channel[room.id])
        issues += explained(room, ledger)
    return [*issues, *_judge_order(simulation)]


def _judge_end(room: Room, first: int, posts: list[RawPost]) -> Iterator[str]:
    """The last record of each key, together, are the posts that the channel has."""
    last = {post.message_id: post for post in posts}
    holders: dict[int, int] = {}
    for key, post in last.items():
        if post.is_deleted:
            continue
        ids = [media.message_id or 0 for media in post.media] if post.album_id is not None else [key]
        for message_id in ids:
            if message_id in holders:
                yield f"{room.id}/{message_id} stands in {holders[message_id]} and {key}"
            holders[message_id] = key
            if message_id not in room.messages:
                yield f"{room.id}/{message_id} is deleted, and {key} still has it"
        texts = [room.messages[message_id].texts[-1] for message_id in ids if message_id in room.messages]
        if post.text != "\n\n".join(texts):
            yield f"{room.id}/{key} ends as {post.text!r}, not {texts}"
    for message in room.messages.values():
        if message.id >= first and not message.is_service and message.id not in holders:
            yield f"{room.id}/{message.id} is missing"


def _judge_invention(room: Room, posts: list[RawPost]) -> Iterator[str]:
    everything: dict[int, Message] = room.messages | room.deleted
    texts = {text for message in everything.values() for text in message.texts}
    for post in posts:
        if post.message_id not in everything:
            yield f"{room.id}/{post.message_id} never was"
        if not post.is_deleted and not set(post.text.split("\n\n")) <= texts:
            yield f"{room.id}/{post.message_id} never said {post.text!r}"


def explained(room: Room, ledger: Ledger) -> Iterator[str]:
    """Every id up to the frontier is published, or absent for a reason."""
    progress = ledger.progress(room.id)
    if progress is None:
        return
    rows = {row.id: row for row in ledger.rows(room.id, 1, room.last)}
    for message_id in range(progress.started_at + 1, progress.frontier + 1):
        absence = ledger.absence(room.id, message_id)
        if message_id not in rows and absence is None:
            yield f"{room.id}/{message_id} is not explained"
        if message_id in rows and absence not in (None, Absence.REFUSED):
            yield f"{room.id}/{message_id} is published and {absence}"


def _judge_order(simulation: Simulation) -> Iterator[str]:
    """One publisher never sends an older revision of a post behind a newer one."""
    newest: dict[tuple[int, int, int], int] = {}
    for sent in simulation.broker.sent:
        post = sent.post
        if post.is_deleted or post.album_id is not None:
            continue
        key = (sent.publisher, post.channel.id, post.message_id)
        version = int(post.text.rpartition("v")[2])
        if version < newest.get(key, 0):
            yield f"{post.channel.id}/{post.message_id}: v{version} behind v{newest[key]}"
        newest[key] = version
