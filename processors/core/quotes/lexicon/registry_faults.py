"""What no entry of a registry shows on its own: ids that clash, and parents that are missing or form a circle."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.outlet_table import TableEntry


class RegistryFault(NamedTuple):
    """What is wrong with a field of an entry."""

    id: str
    field: str
    reason: str


def faults(
    own: Iterable[OutletEntry | TableEntry], entries: Mapping[str, OutletEntry | TableEntry]
) -> Iterator[RegistryFault]:
    """The faults of the entries of one file; ``entries`` are those of all files by id."""
    own = list(own)
    seen: set[str] = set()
    for entry in own:
        if entry.id in seen:
            yield RegistryFault(entry.id, "id", f"outlet id {entry.id!r} is there twice")
        seen.add(entry.id)
    holders = {former: entry.id for entry in entries.values() for former in entry.former}
    for entry in own:
        yield from _former_faults(entry, entries, holders)
        yield from _parent_faults(entry, entries)


def _former_faults(
    entry: OutletEntry | TableEntry, entries: Mapping[str, OutletEntry | TableEntry], holders: Mapping[str, str]
) -> Iterator[RegistryFault]:
    for former in entry.former:
        if former in entries:
            yield RegistryFault(entry.id, "former", f"{former!r} is the id of an outlet of the registry")
        elif holders[former] != entry.id:
            yield RegistryFault(entry.id, "former", f"{former!r} is a former id of {holders[former]!r}, too")
    if entry.id in holders:
        yield RegistryFault(entry.id, "id", f"it is a former id of {holders[entry.id]!r}")


def _parent_faults(
    entry: OutletEntry | TableEntry, entries: Mapping[str, OutletEntry | TableEntry]
) -> Iterator[RegistryFault]:
    passed = [entry.id]
    parent = entry.parent
    while parent is not None:
        if parent not in entries:
            if len(passed) == 1:  # else another entry's fault
                yield RegistryFault(entry.id, "parent", f"no outlet has the id {parent!r}")
            return
        if parent in passed:
            yield RegistryFault(entry.id, "parent", f"it is its own parent: {' -> '.join([*passed, parent])}")
            return
        passed.append(parent)
        parent = entries[parent].parent
