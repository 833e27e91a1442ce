"""A batch of ``posts.duplicates``: what posts repeat, as links, and the clusters that follow from them."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.events import RejectReason
from schemas.keys import parse_post_key
from sinks.contract import Message, Refusal
from sinks.store.database import Database, DbRow, Reader, Transaction
from sinks.store.errors import RacedError
from sinks.store.records import RefusedError, StoreVerdict, read_verdict
from sinks.store.writing.clusters import ClusterChanges, Target, regroup
from sinks.store.writing.links import LINKS_BY_KEY, LinkRow, load, node_only
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.rows import optional_milliseconds

_PLAIN = "SELECT key, rank_us, rank_class, src_epoch, src_offset FROM verdicts WHERE key"
_PLAIN_COLUMNS = ("key", "rank_us", "rank_class", "src_epoch", "src_offset")
_VERDICT_OF_LINK = LinkRow._fields[:-1]
"""All columns but the cluster."""
_MANY = 100
"""Posts that one statement is worth."""


class KnownVerdict(NamedTuple):
    """A verdict as the store has it, or as a record gives it."""

    rank_us: int
    rank_class: int
    epoch: int
    offset: int
    link: LinkRow | None
    """None: the post repeats nothing."""
    posted_ms: int | None
    original_posted_ms: int | None


_VERSION = "SELECT value FROM meta WHERE name = 'links'"


@dataclass
class LinkChanges:
    """Rows that a batch of verdicts writes: links, clusters, and copies of channels."""

    version: int
    """Of links and clusters, when they were read."""
    linked: list[LinkRow] = field(default_factory=list)
    """Posts whose target has changed, and those that are linked to now."""
    judged: list[LinkRow] = field(default_factory=list)
    """Posts with the target that they had, and another verdict."""
    dated: list[DbRow] = field(default_factory=list)
    plain: list[DbRow] = field(default_factory=list)
    not_plain: list[DbRow] = field(default_factory=list)
    clusters: ClusterChanges = field(default_factory=ClusterChanges)
    copies: Counter[tuple[int, int]] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)

    def write(self, writer: Transaction) -> None:
        """Write everything: whole clusters first, then single posts.

        RacedError where links have changed since they were read: clusters go across partitions.
        """
        if self.clusters != ClusterChanges() or self.linked:
            found = writer.execute(
                "UPDATE meta SET value = ? WHERE name = 'links' AND value = ?",
                (str(self.version + 1), str(self.version)),
            )
            if not found:
                raise RacedError("links")
        clusters = self.clusters
        for cluster, other in clusters.moved.items():
            writer.execute("UPDATE links SET cluster = ? WHERE cluster = ?", (other, cluster))
        writer.upsert("links", LinkRow._fields, self.linked, keys=1)
        _place(writer, clusters, {row.key for row in self.linked})
        writer.delete("links", ("key",), [(key,) for key in sorted(clusters.alone)])
        writer.update("links", _VERDICT_OF_LINK, [row[:-1] for row in self.judged], keys=1)
        writer.update("links", ("key", "posted_ms"), self.dated, keys=1)
        writer.upsert("clusters", ("id", "root", "size"), list(clusters.clusters.values()), keys=1)
        writer.delete("clusters", ("id",), [(cluster,) for cluster in sorted(clusters.ended)])
        writer.upsert("verdicts", _PLAIN_COLUMNS, self.plain, keys=1)
        writer.delete("verdicts", ("key",), self.not_plain)
        copies = [(*cell, number) for cell, number in sorted(self.copies.items()) if number]
        writer.add("copies_daily", ("day", "channel_id", "copies"), copies, keys=2)
        fewer = [row[:2] for row in copies if row[2] < 0]
        writer.delete("copies_daily", ("day", "channel_id"), fewer, when="copies = 0")
        writer.insert("changes", ("key", "what"), [(key, "link") for key in self.changed])


class VerdictPlanner:
    """Makes of a batch the changes of links and clusters. Several processes may do so, one after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, messages: Sequence[Message], epoch: int) -> tuple[LinkChanges, PassedOver, list[Refusal]]:
        """The changes, what was skipped, and the messages that are no records."""
        verdicts, refused = _read(messages)
        with self._database.reading() as reader:
            keys = list({key for key, _, _ in verdicts})
            passed_over = PassedOver.load(reader, keys)
            rows = {row[0]: LinkRow._make(row) for row in reader.among(LINKS_BY_KEY, keys)}
            before = _known(reader, keys, rows)
            after: dict[str, KnownVerdict] = {}
            for key, verdict, offset in verdicts:
                moment = None if verdict is None or key in before else optional_milliseconds(verdict.posted_at)
                if not passed_over.takes(key, moment):
                    _take(after, after.get(key, before.get(key)), key, verdict, epoch, offset)
            return self._changes(reader, rows, before, after), passed_over, refused

    def withdraw(self, reader: Reader, keys: Sequence[str]) -> LinkChanges:
        """The changes where these posts link nowhere any more, and nothing is known of them."""
        rows = {row[0]: LinkRow._make(row) for row in reader.among(LINKS_BY_KEY, keys)}
        after = {key: KnownVerdict(0, 0, 0, 0, None, row.posted_ms, None) for key, row in rows.items()}
        changes = self._changes(reader, rows, _known(reader, keys, rows), after)
        changes.plain, changes.not_plain = [], [(key,) for key in sorted(keys)]
        return changes

    def _changes(
        self,
        reader: Reader,
        rows: Mapping[str, LinkRow],
        before: Mapping[str, KnownVerdict],
        after: Mapping[str, KnownVerdict],
    ) -> LinkChanges:
        targets = {key: _target(known) for key, known in after.items() if _target(known) != _target(before.get(key))}
        changes = LinkChanges(version=int(reader.rows(_VERSION)[0][0]))
        dates = _dates(rows, after)
        if targets:
            changes.clusters = self._regroup(reader, rows, targets, dates)
        changes.linked = _linked(changes.clusters, rows, after, targets, dates)
        for key, known in after.items():
            _take_verdict(changes, before.get(key), known, key, is_moved=key in targets)
        written = {row.key for row in changes.linked}
        undated = [key for key in dates if key not in written and key not in after]
        found = reader.among("SELECT key FROM links WHERE posted_ms IS NULL AND key", undated)
        changes.dated = sorted((key, dates[key]) for (key,) in found)
        changes.changed = sorted(targets)
        return changes

    def _regroup(
        self,
        reader: Reader,
        rows: Mapping[str, LinkRow],
        targets: Mapping[str, Target],
        dates: Mapping[str, int | None],
    ) -> ClusterChanges:
        loaded = load(reader, {key: rows[key] for key in targets if key in rows}, targets)

        def target_of(key: str) -> Target:
            found = reader.rows("SELECT target FROM links WHERE key = ?", (key,))
            return found[0][0] if found else None

        def place_in_time(key: str) -> tuple[object, ...]:
            found = reader.rows("SELECT posted_ms FROM links WHERE key = ?", (key,))
            posted_ms = dates.get(key) or (found[0][0] if found else None)
            return (posted_ms is None, posted_ms or 0, parse_post_key(key))

        return regroup(
            loaded,
            targets,
            target_of=target_of,
            place_in_time=place_in_time,
            new_ids=lambda count: self._database.reserve("clusters", count),
        )


def _place(writer: Transaction, clusters: ClusterChanges, written: Set[str]) -> None:
    """Give posts their clusters, but for those written already; many that go the same way together."""
    few: list[DbRow] = []
    for (former, cluster), keys in clusters.parted.items():
        posts = sorted(key for key in keys if key not in written)
        if len(posts) < _MANY:
            few += ((key, cluster) for key in posts)
        else:
            writer.replace_all("links", "cluster", former, cluster, posts)
    writer.update("links", ("key", "cluster"), sorted(few), keys=1)


def _read(messages: Sequence[Message]) -> tuple[list[tuple[str, StoreVerdict | None, int]], list[Refusal]]:
    """Key, verdict (None: the post was deleted) and offset of each message."""
    verdicts: list[tuple[str, StoreVerdict | None, int]] = []
    refused = []
    for message in messages:
        try:
            key = "" if message.key is None else message.key.decode("utf-8", "replace")
            verdict = None if message.value is None else read_verdict(message.value)
            if verdict is not None and verdict.key != key:
                raise RefusedError(RejectReason.INVALID_FIELD, "key: not that of the message", "key")
            verdicts.append((_checked(key), verdict, message.offset))
        except RefusedError as error:
            refused.append(Refusal(message, error.reason, error.message, error.field))
    return verdicts, refused


def _checked(key: str) -> str:
    try:
        parse_post_key(key)
    except ValueError:
        raise RefusedError(RejectReason.INVALID_FIELD, "key of the message: not a post key") from None
    return key


def _known(reader: Reader, keys: Sequence[str], rows: Mapping[str, LinkRow]) -> dict[str, KnownVerdict]:
    plain = reader.among(_PLAIN, keys)
    known = {
        key: KnownVerdict(rank_us, rank_class, epoch, offset, None, None, None)
        for key, rank_us, rank_class, epoch, offset in plain
    }
    for key, row in rows.items():
        if row.target is not None:
            place = (row.rank_us or 0, row.rank_class or 0, row.src_epoch or 0, row.src_offset or 0)
            known[key] = KnownVerdict(*place, row, row.posted_ms, None)
    return known


def _take(
    after: dict[str, KnownVerdict],
    known: KnownVerdict | None,
    key: str,
    verdict: StoreVerdict | None,
    epoch: int,
    offset: int,
) -> None:
    """Take a verdict, if it is newer than the known one; without a rank, and of a deletion, it has the known one's."""
    if verdict is None and known is None:
        return
    given = verdict.rank if verdict is not None else None
    rank = given or ((known.rank_us, known.rank_class) if known is not None else (0, 0))
    if known is not None and (*rank, epoch, offset) <= known[:4]:
        if epoch > known.epoch:  # an older verdict in a later epoch shows that the topic still has the post
            link = known.link and known.link._replace(src_epoch=epoch, src_offset=offset)
            after[key] = known._replace(epoch=epoch, offset=offset, link=link)
        return
    posted_ms = optional_milliseconds(verdict.posted_at) if verdict is not None else None
    original_ms = optional_milliseconds(verdict.original_posted_at) if verdict is not None else None
    link = None
    if verdict is not None and verdict.duplicate is not None and verdict.duplicate.of != key:
        link = LinkRow(
            key=key,
            target=verdict.duplicate.of,
            kind=verdict.duplicate.kind,
            similarity=verdict.duplicate.similarity,
            revision=verdict.revision,
            rank_us=rank[0],
            rank_class=rank[1],
            src_epoch=epoch,
            src_offset=offset,
            posted_ms=posted_ms,
            lag_ms=None if posted_ms is None or original_ms is None else posted_ms - original_ms,
            from_channel=parse_post_key(verdict.duplicate.of)[0],
            to_channel=parse_post_key(key)[0],
            cluster=-1,
        )
    after[key] = KnownVerdict(*rank, epoch, offset, link, posted_ms, original_ms)


def _target(known: KnownVerdict | None) -> Target:
    return None if known is None or known.link is None else known.link.target


def _dates(rows: Mapping[str, LinkRow], after: Mapping[str, KnownVerdict]) -> dict[str, int | None]:
    """When posts were posted, by their own verdict, else by that of a post that links to them."""
    dates: dict[str, int | None] = {}
    for known in after.values():
        if known.link is not None and known.link.target is not None and known.original_posted_ms is not None:
            dates[known.link.target] = known.original_posted_ms
    for key, known in after.items():
        own = known.posted_ms if known.posted_ms is not None else (rows[key].posted_ms if key in rows else None)
        if own is not None:
            dates[key] = own
    return dates


def _linked(
    clusters: ClusterChanges,
    rows: Mapping[str, LinkRow],
    after: Mapping[str, KnownVerdict],
    targets: Mapping[str, Target],
    dates: Mapping[str, int | None],
) -> list[LinkRow]:
    """Rows of posts whose target has changed, and of those that are linked to for the first time."""
    found = []
    for key in sorted((targets.keys() | clusters.new) - set(clusters.alone)):
        cluster = clusters.placed.get(key, rows[key].cluster if key in rows else None)
        if cluster is None:
            continue  # it was in no cluster, and is in none
        link = after[key].link if key in after else None
        found.append(link._replace(cluster=cluster) if link is not None else node_only(key, dates.get(key), cluster))
    return found


def _take_verdict(
    changes: LinkChanges, before: KnownVerdict | None, known: KnownVerdict, key: str, *, is_moved: bool
) -> None:
    """Where the verdict is kept, and what it adds to the copies of a day."""
    if known.link is None:
        changes.plain.append((key, *known[:4]))
    else:
        changes.not_plain.append((key,))
        if not is_moved:
            changes.judged.append(known.link)
    for link, sign in ((before.link if before is not None else None, -1), (known.link, 1)):
        if link is not None and link.cell is not None:
            changes.copies[link.cell] += sign
