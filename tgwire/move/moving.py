"""A store, and what its collector knows, moved from one process without Kafka to topics.

1. Records, states of posts and the log of fingerprints go to empty topics, in portions, each confirmed before its end
   is noted.
2. The workers' group takes the fingerprints for handled, since the verdicts on them are sent, too.
3. The store goes on as one that a sink fills, at the ends that the topics had then; its revisions and stories stay.
   Until this transaction a move can be given up, and after it the cluster is not needed any more.
4. Ledger and cursors know the topics as the place of what they have.

From the first record to the end a note keeps all that writes to ledger, cursors or store from starting.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from ingest.publish.kafka import destinations
from runtime.kafka.topic_survey import TopicSurvey
from runtime.settings.tree import Settings
from runtime.unfinished_work import RESTORE, refuse_unfinished
from schemas import Lane
from schemas.plurals import counted
from schemas.states import UNKNOWN_TOPIC, topic_mark
from schemas.topics import NORMALIZED
from sinks.store.database import Database, Reader, closing
from sinks.store.destination import destination_prefix
from sinks.store.moving.handover import (
    begin_move,
    give_up_move,
    go_on_behind,
    is_filled_without_kafka,
    require_movable,
)
from sinks.store.moving.stored_records import counts_after, deletions_after, log_after, posts_after, row_counts
from sinks.store.opening import is_missing, open_database
from sinks.store.sink import WRITER, StoreSink
from sinks.store.upkeep.transactions import MOVING, meta
from tgwire.backup.parts import BackupPart, owned, parts
from tgwire.embedded.dead_letter_file import FILE_NAME
from tgwire.embedded.dead_letter_replay import read_letters
from tgwire.errors import DamagedNoteError, MoveError
from tgwire.move.cluster import (
    OF_COLLECTORS,
    ConfirmedSender,
    commit_fingerprints,
    ids_of,
    prepare_topics,
    require_empty,
)
from tgwire.move.places import hand_over
from tgwire.move.progress import MovedKind, MoveProgress
from tgwire.move.records import Outgoing, Records
from tgwire.states_reset import require_no_workers

_PORTION: Final = 500
"""Rows between two notes, at most: so many may be in the topics twice after a kill, as after that of a worker."""
_PORTION_BYTES: Final = 16 << 20
"""Of records: a portion ends once it has so many. One record has 4 MB at most, and a post several records."""
_READ_TOGETHER: Final = 10
"""Rows: by so many a portion may go beyond its bytes."""
_BEFORE_ALL: Final = -(1 << 62)
Key = TypeVar("Key")
FoundT = TypeVar("FoundT")
OnMoved = Callable[[str, int], None]
"""Called with a kind of row, and how many more were sent."""


def move_to_kafka(settings: Settings, url: str, progress: OnMoved, begun: Callable[[int], None]) -> dict[str, int]:
    """Move the store at an address; how many rows of each kind there are. ``begun`` is given their sum.

    Raises MoveError, StoreError, StateLockedError, WorkersRunningError, and what the cluster's clients raise; the same
    call goes on where it was interrupted.
    """
    state_dir = settings.ingest.state_dir
    refuse_unfinished(state_dir, RESTORE)
    with ExitStack() as stack:
        database, places = _own_store(stack, url), _own_places(stack, settings)
        done = MoveProgress.read(state_dir)
        with database.reading() as reader:
            _require_store(done, database, reader)
            if done is None or not done.is_sent:
                require_movable(database, reader)
            if done is None:
                _require_no_letters(state_dir)
            is_changed = not is_filled_without_kafka(reader)
            if not is_changed and meta(reader, MOVING) != (done and done.name):
                raise MoveError(
                    f"{database.name}: a move has begun, or was given up, from another folder than {state_dir}. Go on "
                    "there, or give it up here: tgwire move --cancel"
                )
            store_id, epoch = str(meta(reader, "id")), str(meta(reader, "epoch"))
            counted = row_counts(reader)
        if done is None or not is_changed:
            surveys = _topics(settings, done)
            if done is None:
                done = MoveProgress(store_id=store_id, store=database.name, topics=ids_of(surveys))
                begin_move(database, done.name)
                done.write(state_dir)
            if not done.is_sent:
                begun(sum(counted.values()))
                _send(settings, database, surveys, done, progress)
            go_on_behind(database, done.partitions())
        names = done.destinations
        hand_over(places, state_dir, {f"{destination_prefix(store_id, epoch)}{lane}": names[lane] for lane in Lane})
        MoveProgress.end(state_dir)
    return counted


def cancel_move(settings: Settings, url: str) -> str | None:
    """Give up a move of the store at an address; its name, or None where the note of the move could not be read.

    MoveError where there is no move, or no way back any more.
    """
    state_dir = settings.ingest.state_dir
    with ExitStack() as stack:
        database, _ = _own_store(stack, url), _own_places(stack, settings)
        try:
            done = MoveProgress.read(state_dir)
        except DamagedNoteError:
            give_up_move(database)
            MoveProgress.end(state_dir)
            return None
        with database.reading() as reader:
            name = meta(reader, MOVING)
            if done is None and name is None:
                raise MoveError("no move is under way")
            _require_store(done, database, reader)
            if done is not None and not is_filled_without_kafka(reader):
                raise MoveError(f"{done.store} is changed already: run `tgwire move --to-kafka` again")
        if done is None or done.name == name:
            give_up_move(database)
        if done is not None:
            MoveProgress.end(state_dir)
    return database.name


def _own_places(stack: ExitStack, settings: Settings) -> list[BackupPart]:
    """Ledger and cursors, which nobody else writes meanwhile."""
    found = [part for part in parts(settings) if part.name != "store"]
    for part in found:
        stack.enter_context(owned(part))
    return found


def _own_store(stack: ExitStack, url: str) -> Database:
    # An upgrade may lie between two runs, and nothing else migrates a store on its way.
    database = stack.enter_context(closing(open_database(url, is_migrated=not is_missing(url))))
    database.own(WRITER)
    return database


def _require_store(done: MoveProgress | None, database: Database, reader: Reader) -> None:
    if done is not None and done.store_id != meta(reader, "id"):
        raise MoveError(f"the move that has begun is one of {done.store}: {database.name} is another store")


def _require_no_letters(state_dir: Path) -> None:
    """MoveError for posts that could not be analyzed: only a store without Kafka takes them from their file."""
    found = sum("raw" in letter.content for letter in read_letters(state_dir))
    if found:
        raise MoveError(
            f"{state_dir / FILE_NAME} has {counted(found, 'post')} that could not be kept, and nothing takes them from "
            "there after the move. Try them again: tgwire dead-letters replay --file --all; and put the file elsewhere "
            "where posts come back that you can do without"
        )


def _topics(settings: Settings, done: MoveProgress | None) -> list[TopicSurvey]:
    """Those to move to; MoveError where a move that has begun sent to others, or somebody else has written there."""
    is_sent = done is not None and done.is_sent
    if not is_sent:
        require_no_workers(settings)
    surveys = prepare_topics(settings)
    if done is not None and not done.is_in({each.topic.name: each for each in surveys}):
        raise MoveError(
            f"{done.store} was being moved to other topics than these: they were made again since, or "
            "kafka.topic_prefix or worker.flat has changed. Go on with those, or give that up first: tgwire move "
            "--cancel"
        )
    if not is_sent:
        require_empty(settings, [each for each in surveys if done is None or each.topic in OF_COLLECTORS])
    return surveys


def _send(
    settings: Settings, database: Database, surveys: Sequence[TopicSurvey], done: MoveProgress, progress: OnMoved
) -> None:
    """Send what is left, and let the workers know of it; the note of that, and of where it ends, is durable."""
    normalized = done.topics[NORMALIZED.name]
    mark = topic_mark(str(UUID(normalized))) if normalized else UNKNOWN_TOPIC
    with ConfirmedSender(settings, surveys) as cluster:
        for kind, last, rows, records in portions(database, Records(mark, has_flat=settings.worker.flat), done):
            cluster.send(records)
            done.after[kind] = last
            done.write(settings.ingest.state_dir)
            progress(kind, rows)
    surveys = _topics(settings, done)  # nobody has written in between: the store has all that lies before these ends
    commit_fingerprints(settings, surveys)
    done.ends = {each.topic.name: dict(each.ends) for each in surveys if each.topic.name in StoreSink.topics}
    done.destinations = destinations(settings.kafka)
    done.is_sent = True
    done.write(settings.ingest.state_dir)


def portions(
    database: Database, records: Records, done: MoveProgress
) -> Iterator[tuple[MovedKind, int | str, int, list[Outgoing]]]:
    """The rows that are still to be sent: kind, key of the last one, number of rows, their records."""
    sent = done.after
    yield from _portions(database, "log", int(sent.get("log", -1)), log_after, attrgetter("number"), records.of_log)
    start = int(sent.get("posts", _BEFORE_ALL))
    yield from _portions(database, "posts", start, posts_after, attrgetter("id"), records.of_post)
    by_key = attrgetter("key")
    start_key = str(sent.get("deletions", ""))
    yield from _portions(database, "deletions", start_key, deletions_after, by_key, records.of_deletion)
    yield from _portions(database, "counts", str(sent.get("counts", "")), counts_after, by_key, records.of_counts)


def _portions(
    database: Database,
    kind: MovedKind,
    last: Key,
    after: Callable[[Reader, Key, int], Sequence[FoundT]],
    key_of: Callable[[FoundT], Key],
    made: Callable[[FoundT], Iterable[Outgoing]],
) -> Iterator[tuple[MovedKind, Key, int, list[Outgoing]]]:
    """Of one kind, behind a key; bounded in rows and in bytes, since all records of a portion are held at once."""
    rows, size, found = 0, 0, list[Outgoing]()
    while read := _read(database, after, last, min(_READ_TOGETHER, _PORTION - rows)):
        records = [record for row in read for record in made(row)]
        found += records
        size += sum(len(record.value or b"") for record in records)
        rows, last = rows + len(read), key_of(read[-1])
        if rows >= _PORTION or size >= _PORTION_BYTES:
            yield kind, last, rows, found
            rows, size, found = 0, 0, []
    if rows:
        yield kind, last, rows, found


def _read(
    database: Database, after: Callable[[Reader, Key, int], Sequence[FoundT]], last: Key, limit: int
) -> Sequence[FoundT]:
    with database.reading() as reader:
        return after(reader, last, limit)
