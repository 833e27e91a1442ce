"""What changes in the copies of a backup before they take their places: they are of an earlier time, and show it."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ingest.ledger.high_water import HighWaterFile
from sinks.store.destination import STORES, destination_prefix
from tgwire.backup.manifest import PartName
from tgwire.backup.parts import changing


class _Renaming(NamedTuple):
    """How the destinations of the store begin, before and from now on."""

    store: str
    """The prefix of all epochs of the store, which may be put back more than once."""
    old: str
    new: str

    def of(self, destination: str) -> str:
        """The new name of a destination; others keep theirs."""
        return self.new + destination.removeprefix(self.old) if destination.startswith(self.old) else destination


def make_new_epoch(copies: Mapping[PartName, Path], state_dir: Path) -> HighWaterFile:
    """Give the store an epoch of its own, and the ledger and the cursors its new name as a destination.

    The ledger is noted to be an older copy, so that the collector looks again at what it holds. What was known beyond
    it stays known of topics, which have those posts; of a store it does not, as they are lost with the one before.
    Returns the marks of that, to be written before the copies take their places.
    """
    renaming = _renew_store(copies["store"]) if "store" in copies else None
    if renaming is not None and "cursors" in copies:
        with changing(copies["cursors"]) as cursors:
            for (name,) in cursors.execute("SELECT DISTINCT destination FROM cursors").fetchall():
                cursors.execute("UPDATE cursors SET destination = ? WHERE destination = ?", (renaming.of(name), name))
    marks = HighWaterFile(state_dir)
    if renaming is not None:
        for name in marks.destinations:
            if name.startswith(renaming.store):
                marks.hand_over(name, renaming.new + name.rpartition(":")[2])
    known = _outdate(copies["ledger"], marks, renaming) if "ledger" in copies else {}
    for name in marks.destinations:
        if name.startswith(STORES):
            marks.set_back(name, known.get(name, ()))
    return marks


def _renew_store(copy: Path) -> _Renaming:
    """An epoch that no other one of this store has: greater than the last, and not that of another restore."""
    with changing(copy) as store:
        known = dict(store.execute("SELECT name, value FROM meta WHERE name IN ('id', 'epoch')").fetchall())
        epoch = str(max(int(known["epoch"]) + 1, time.time_ns() // 1_000_000))
        store.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (epoch,))
    return _Renaming(
        destination_prefix(known["id"]),
        destination_prefix(known["id"], known["epoch"]),
        destination_prefix(known["id"], epoch),
    )


def _outdate(copy: Path, marks: HighWaterFile, renaming: _Renaming | None) -> dict[str, set[int]]:
    """Note that a ledger is an older copy; the channels that it has of each destination."""
    query = "SELECT id, name, coalesce(number, 0) FROM destinations LEFT JOIN versions ON destination = id"
    known = {}
    with changing(copy) as ledger:
        for number, name, version in ledger.execute(query).fetchall():
            new = renaming.of(name) if renaming is not None else name
            ledger.execute("UPDATE destinations SET name = ? WHERE id = ?", (new, number))
            marks.outdate(new, version)
            channels = ledger.execute("SELECT channel FROM channels WHERE destination = ?", (number,))
            known[new] = {channel_id for (channel_id,) in channels}
    return known
