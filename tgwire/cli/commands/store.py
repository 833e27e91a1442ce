"""``tgwire store``: maintenance of the store."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from runtime.unfinished_work import refuse_unfinished
from schemas.keys import bare_channel_id, parse_post_key
from schemas.plurals import counted
from sinks.store.database import Database
from sinks.store.moving.handover import is_filled_without_kafka
from sinks.store.opening import open_database, open_reader
from sinks.store.sink import EMBEDDED
from sinks.store.upkeep.copying import copy_store
from sinks.store.upkeep.erasure import erase_channel, erase_posts
from sinks.store.upkeep.resync import begin_resync
from sinks.store.upkeep.retention import retain as retain_posts
from sinks.store.upkeep.statistics import Statistics, statistics
from sinks.store.upkeep.verification import Finding
from sinks.store.upkeep.verification import repair as repair_tables
from sinks.store.upkeep.verification import verify as verify_tables
from sinks.store.upkeep.word_index import index_again, is_outdated
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.output.console import progress, remark, write_json
from tgwire.cli.output.tables import table

app = typer.Typer(help="Maintain the store of records: SQLite or PostgreSQL.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
_STATS_S = 60.0
UNREACHED = (
    "Not reached: Kafka's topics (raw posts until their retention, records until a deletion comes), dead letters, "
    "backups, archives, exports, downloaded media, files of the jsonl and parquet sinks, and what webhooks have sent."
)

BEGINS_AGAIN = (
    "A collector treats the copy as a new destination, and begins at the newest post of each channel. Start it with "
    "--backfill: it reads again what lies before, and what was posted meanwhile."
)


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Create the store, or upgrade an older one; after a change of the tokeniser all texts are indexed again.

    Sinks do this when they start; run it ahead e.g. as another user of PostgreSQL.

    Example: tgwire store migrate
    """
    with _store(ctx, is_migrated=True) as database:
        if is_outdated(database):
            with progress() as bar:
                task = bar.add_task("indexing texts", total=None, note="")
                index_again(database, lambda done: bar.update(task, note=f"{done:,}"))
        remark(f"{database.name} is of this version")


@app.command()
def stats(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show how much the store holds and how far it has read.

    Example: tgwire store stats --json
    """
    context: Context = ctx.obj
    reader = open_reader(_address(context), timeout_s=_STATS_S)
    try:
        with reader.reading() as rows:
            found = statistics(rows, reader.dialect)
    finally:
        reader.close()
    if as_json:
        write_json(_as_json(reader.name, found))
        return
    shown: list[tuple[str, object]] = [(name, f"{count:,}") for name, count in found.rows.items()]
    shown += [
        ("of the posts deleted", f"{found.deleted:,}"),
        ("channels", f"{found.channels:,}"),
        ("oldest post", _moment(found.oldest_ms)),
        ("newest post", _moment(found.newest_ms)),
        ("removed before", _moment(found.horizon_ms or None)),
        ("size", f"{found.size_bytes / 1e6:,.1f} MB"),
    ]
    shown += [("last write, without Kafka", _moment(each[-1])) for each in found.offsets if each[0] == EMBEDDED]
    table(reader.name, ("what", "how much"), shown)
    of_topics = [each for each in found.offsets if each[0] != EMBEDDED]
    if of_topics:
        rows_of_offsets = ((topic, part, at, _moment(written)) for topic, part, at, written in of_topics)
        table("Read so far", ("topic", "partition", "next offset", "written"), rows_of_offsets)


@app.command()
def verify(
    ctx: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the roll-ups, and compare the word index with the texts and the stories with the links.

    Exit code 1 when something differs and was not repaired. Sinks may go on writing; a large store takes seconds. Who
    may only read a file of SQLite gets all checks but that of the word index.

    Example: tgwire store verify --repair
    """
    with _store(ctx) as database:
        with progress(is_hidden=as_json) as bar:
            task = bar.add_task("checking", total=None, note="")
            found = verify_tables(database, lambda what: bar.update(task, note=what))
        findings, unchecked = _divided(found)
        left = findings
        if repair and findings:
            repair_tables(database, findings)
            left, unchecked = _divided(verify_tables(database))
    if as_json:
        write_json(
            {
                name: [{"table": each.table, "problem": each.problem} for each in listed]
                for name, listed in (("findings", findings), ("left", left), ("unchecked", unchecked))
            }
        )
    else:
        rows: list[tuple[object, ...]]
        rows = [(each.table, each.problem, "no" if each in left else "yes") for each in findings]
        rows += [(each.table, each.problem, None) for each in unchecked]
        if rows:
            table("Found", ("table", "problem", "repaired"), rows, text="problem")
        if not findings:
            remark(f"{database.name}: everything {'else ' if unchecked else ''}agrees")
    if left:
        raise typer.Exit(Exit.INCOMPLETE)


@app.command()
def resync(ctx: typer.Context, yes: Yes = False) -> None:
    """Let the sink read all topics again, and remove what they no longer have.

    For a store that was offline for longer than the topics keep deletions (delete.retention.ms), or a restored backup
    of that age. Nothing is counted twice: records are compared by rank. Stop the sink first; it does the work when it
    runs again. Revisions and marks stay.

    Example: tgwire store resync --yes && tgwire sink store
    """
    context: Context = ctx.obj
    _confirm("Read everything again, and remove what the topics no longer have?", is_sure=yes)
    from runtime.kafka.topic_reader import end_offsets
    from schemas.topics import CHANNEL_STATES, COUNTERS, DUPLICATES, NORMALIZED

    topics = (NORMALIZED, DUPLICATES, COUNTERS, CHANNEL_STATES)
    with _store(ctx) as database:
        database.own("sink")
        begin_resync(database, {topic.name: end_offsets(context.kafka, topic) for topic in topics})
    remark("the next `tgwire sink store` reads everything again")


@app.command()
def erase(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(help="Keys of posts (tg:123:45), ids of channels, or @names.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove posts or whole channels from the store for good; no replay brings them back.

    Text, revisions, quotes, counts and the words of the index go; a mark with the key stays, so that the post is
    skipped when it comes again. In SQLite the word index is rebuilt, which takes some seconds for a million posts;
    until then the words would stay readable in the file.

    Examples: tgwire store erase tg:1234567890:42; tgwire store erase @wirenews --yes
    """
    with _store(ctx) as database:
        keys, channels = _named(database, what)
        asked = " and ".join(
            [counted(len(found), name) for found, name in ((keys, "post"), (channels, "whole channel")) if found]
        )
        _confirm(f"Erase {asked}?", is_sure=yes)
        with progress(is_hidden=as_json) as bar:
            task = bar.add_task("erasing", total=None, note="")
            posts = erase_posts(database, keys) if keys else 0
            for channel in channels:
                posts += erase_channel(database, channel, lambda done: bar.update(task, note=f"{done:,}"))
    if as_json:
        write_json({"erased": posts, "keys": keys, "channels": channels, "not_reached": UNREACHED})
    else:
        remark(f"{counted(posts, 'post')} erased. {UNREACHED}")


@app.command()
def retain(
    ctx: typer.Context,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Number of days to keep. Default: store.keep_days.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Remove posts that are older than the store keeps; run it once a day.

    From then on older posts are skipped, also in a replay. The limit only moves forward.

    Example: tgwire store retain --days 365 --yes
    """
    context: Context = ctx.obj
    keep = days or context.settings.store.keep_days
    if not keep:
        raise typer.BadParameter("say how long: --days, or store.keep_days", param_hint="--days")
    _confirm(f"Remove posts older than {counted(keep, 'day')}?", is_sure=yes)
    with _store(ctx) as database, progress() as bar:
        task = bar.add_task("taking out", total=None, note="")
        now_ms = time.time_ns() // 1_000_000
        removed = retain_posts(database, keep, now_ms, lambda done: bar.update(task, note=f"{done:,}"))
    remark(f"{counted(removed, 'post')} removed")


@app.command()
def copy(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(help="Address of an empty store, as store.url has it.", metavar="URL")],
) -> None:
    """Copy the store to another one, e.g. from SQLite to PostgreSQL, with its offsets.

    Stop what writes to either first. A copy that was interrupted is resumed by the same command. Afterwards set
    store.url to the copy: sinks go on there where the store was. A collector that writes to the store itself treats the
    copy as a new destination, and begins at the newest post of each channel: start it with --backfill.

    Example: tgwire store copy postgresql://tgwire@localhost/tgwire
    """
    with _store(ctx) as source:
        source.own("sink")
        target = open_database(to)
        try:
            target.own("sink")
            rows: dict[str, int] = {}
            with progress() as bar:
                task = bar.add_task("copying", total=None, note="")

                def advance(name: str, count: int) -> None:
                    rows[name] = rows.get(name, 0) + count
                    bar.update(task, note=f"{name}: {rows[name]:,}")

                copy_store(source, target, advance)
            remark(f"copied to {target.name}: {counted(rows.get('posts', 0), 'post')}")
            with target.reading() as reader:
                is_embedded = is_filled_without_kafka(reader)
            if is_embedded:
                remark(BEGINS_AGAIN)
        finally:
            target.close()


def _divided(found: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What does not agree, and what was not checked."""
    return [each for each in found if each.is_checked], [each for each in found if not each.is_checked]


def _address(context: Context) -> str:
    return context.settings.store.address(context.settings.ingest.state_dir)


@contextmanager
def _store(ctx: typer.Context, *, is_migrated: bool = False) -> Iterator[Database]:
    context: Context = ctx.obj
    refuse_unfinished(context.settings.ingest.state_dir)
    database = open_database(_address(context), is_migrated=is_migrated)
    try:
        yield database
    finally:
        database.close()


def _named(database: Database, what: list[str]) -> tuple[list[str], list[int]]:
    """Keys of posts and ids of channels as people name them."""
    keys, channels = [], []
    for name in what:
        if name.startswith("tg:"):
            try:
                parse_post_key(name)
            except ValueError as error:
                raise typer.BadParameter(str(error)) from None
            keys.append(name)
        else:
            channels.append(_channel(database, name))
    return keys, channels


def _channel(database: Database, name: str) -> int:
    if name.lstrip("-").isdecimal():
        try:
            return bare_channel_id(int(name))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    with database.reading() as reader:
        username = name.removeprefix("@").lower()
        found = reader.rows("SELECT id FROM channels WHERE lower(username) = ?", (username,))
    if len(found) != 1:
        many = "several channels have it; give the id" if found else "the store has no channel of this name"
        raise typer.BadParameter(f"{name}: {many}")
    return int(found[0][0])


def _confirm(question: str, *, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask on: give --yes", param_hint="--yes")
    typer.confirm(question, abort=True, err=True)


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _as_json(name: str, found: Statistics) -> dict[str, object]:
    return {
        "store": name,
        "rows": found.rows,
        "deleted": found.deleted,
        "channels": found.channels,
        "oldest_ms": found.oldest_ms,
        "newest_ms": found.newest_ms,
        "horizon_ms": found.horizon_ms,
        "size_bytes": found.size_bytes,
        "offsets": [
            {"topic": topic, "partition": part, "next_offset": at, "written_ms": written_ms}
            for topic, part, at, written_ms in found.offsets
        ],
    }
