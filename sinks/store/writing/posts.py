"""A batch of ``posts.normalized``: read what is known of its posts, take its states one by one, gather the rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from schemas.events import RejectReason
from sinks.contract import Message, Refusal
from sinks.store.compression import RecordCodec
from sinks.store.database import Database, Reader
from sinks.store.records import RefusedError, StorePost, StoreTombstone, read_state
from sinks.store.writing.channel_names import NamedChannel, name_rows, named
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.post_changes import PostChanges
from sinks.store.writing.post_ids import SLOTS, digest_of, first_id_of, free_id, is_of_second, wanted_id
from sinks.store.writing.post_states import PostStates
from sinks.store.writing.rows import POSTS_BY_KEY, Body, PostRow, RecordOrigin, milliseconds


@dataclass(frozen=True, slots=True)
class PostMessage:
    """A message as far as it had to be read."""

    key: str
    origin: RecordOrigin
    state: StorePost | StoreTombstone | None
    """None: the record that the store has already."""
    value: bytes


class PostPlanner:
    """Makes of a batch the changes of the tables of posts. Computes outside of transactions."""

    def __init__(self, database: Database, *, keeps_deleted: bool) -> None:
        self._database = database
        self._keeps_deleted = keeps_deleted
        self._codec = RecordCodec()

    def plan(
        self, messages: Sequence[Message], epoch: int, partition: int
    ) -> tuple[PostChanges, PassedOver, list[Refusal]]:
        """The changes, what was skipped, and the messages that are no records."""
        with self._database.reading() as reader:
            keys = list({key for message in messages if (key := _key(message))})
            known = {row[1]: PostRow._make(row) for row in reader.among(POSTS_BY_KEY, keys)}
            items, refused = _read(messages, known, epoch, partition)
            passed_over = PassedOver.load(reader, keys)
            taken = [item for item in items if not passed_over.takes(item.key, _moment_ms(item, known.get(item.key)))]
            states = self._states(reader, taken, known, passed_over)
            for item in taken:
                _apply(states[item.key], item)
            changes = PostChanges(self._codec)
            changes.channels = name_rows(reader, _names(taken))
            self._number(reader, states.values())
        for key, each in states.items():
            changes.take(each, passed_over.marks.get(key))
        changes.finish()
        return changes, passed_over, refused

    def _states(
        self, reader: Reader, items: Sequence[PostMessage], known: Mapping[str, PostRow], passed_over: PassedOver
    ) -> dict[str, PostStates]:
        """The posts of these records as the store knows them, with the texts that may be replaced."""
        keys = dict.fromkeys(item.key for item in items)
        changing = [known[item.key].body for item in items if item.state is not None and item.key in known]
        bodies = {number: Body(text, tokens, kept=kept) for number, text, tokens, kept in reader.bodies(changing)}
        return {
            key: PostStates(
                key,
                known.get(key),
                partial(bodies.__getitem__, known[key].body if key in known else -1),
                mark=passed_over.deletion(key),
                keeps_deleted=self._keeps_deleted,
            )
            for key in keys
        }

    def _number(self, reader: Reader, states: Iterable[PostStates]) -> None:
        """Give ids to posts that need one, and numbers to new bodies."""
        moved = [
            (each, each.row, wanted_id(each.row.posted_ms, each.key))
            for each in states
            if each.row is not None and not is_of_second(each.row.id, each.row.posted_ms)
        ]
        taken = {row[0] for row in reader.among("SELECT id FROM posts WHERE id", [wanted for _, _, wanted in moved])}
        seconds = {wanted for _, _, wanted in moved if wanted in taken}
        for second in {first_id_of(wanted) for wanted in seconds}:
            found = reader.rows("SELECT id FROM posts WHERE id BETWEEN ? AND ?", (second, second + SLOTS - 1))
            taken.update(row[0] for row in found)
        new = [each for each, _, _ in moved if each.known is None]
        bodies = dict(zip((each.key for each in new), self._database.reserve("bodies", len(new)), strict=True))
        for each, row, wanted in moved:
            number = free_id(wanted, taken)
            taken.add(number)
            each.row = row._replace(id=number, body=bodies.get(each.key, row.body))


def _read(
    messages: Sequence[Message], known: Mapping[str, PostRow], epoch: int, partition: int
) -> tuple[list[PostMessage], list[Refusal]]:
    """The records of messages. One that the store has already is seen by its digest and not read."""
    items, refused = [], []
    occurrences = Counter(message.key for message in messages)
    for message in messages:
        origin = RecordOrigin(epoch, partition, message.offset, message.timestamp_ms)
        try:
            key, value = _key_and_value(message)
            row = known.get(key)
            state: StorePost | StoreTombstone | None = None
            if not (
                row is not None
                and row.deleted_ms is None
                and occurrences[message.key] == 1
                and row.digest == digest_of(value)
            ):
                state, value = read_state(value)
                if state.key != key:
                    raise RefusedError(RejectReason.INVALID_FIELD, "key: not that of the message", "key")
            items.append(PostMessage(key, origin, state, value))
        except RefusedError as error:
            refused.append(Refusal(message, error.reason, error.message, error.field))
    return items, refused


def _key(message: Message) -> str | None:
    return None if message.key is None else message.key.decode("utf-8", "replace")


def _key_and_value(message: Message) -> tuple[str, bytes]:
    key = _key(message)
    if key is None:
        raise RefusedError(RejectReason.INVALID_FIELD, "the message has no key")
    if message.value is None:
        raise RefusedError(RejectReason.INVALID_JSON, "the message has no value")
    return key, message.value


def _moment_ms(item: PostMessage, known: PostRow | None) -> int | None:
    """When a post was posted that the store does not have, or at the latest."""
    if known is not None or item.state is None:
        return None
    provenance = item.state.provenance
    if isinstance(item.state, StoreTombstone):
        return provenance.rank[0] // 1000
    moment = item.state.posted_at or provenance.collected_at
    return item.origin.timestamp_ms if moment is None else milliseconds(moment)


def _apply(states: PostStates, item: PostMessage) -> None:
    if item.state is None:
        states.see_again(item.origin)
    elif isinstance(item.state, StorePost):
        states.take_post(item.state, item.value, item.origin)
    else:
        states.take_deletion(item.state, item.origin)


def _names(items: Iterable[PostMessage]) -> Iterator[NamedChannel]:
    return (
        named(item.state.channel, item.state.provenance.rank[0])
        for item in items
        if item.state is not None and (item.state.channel.username or item.state.channel.title)
    )
