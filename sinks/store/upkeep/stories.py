"""Stories worked out from all links at once: to check and to repair what batches have made of them."""

from collections import Counter
from collections.abc import Sequence

from schemas.keys import parse_post_key
from sinks.store.database import Database, Reader, Transaction


def connected(reader: Reader) -> list[list[str]]:
    """Posts that are connected by links, each group in order."""
    above: dict[str, str] = {}

    def find(key: str) -> str:
        above.setdefault(key, key)
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for key, target in reader.rows("SELECT key, target FROM links WHERE target IS NOT NULL"):
        above[find(key)] = find(target)
    groups: dict[str, list[str]] = {}
    for key in above:
        groups.setdefault(find(key), []).append(key)
    return [sorted(group) for group in groups.values()]


def cluster_again(database: Database, writer: Transaction) -> None:
    """Write clusters as the links say. A story keeps the name that most of its posts have."""
    known = {key: (target, posted_ms, cluster) for key, target, posted_ms, cluster in writer.rows(_LINKS)}
    stories = sorted(connected(writer), key=len, reverse=True)
    names = _names(database, stories, {key: cluster for key, (_, _, cluster) in known.items()})
    writer.execute("DELETE FROM clusters")
    clusters = []
    for name, keys in zip(names, stories, strict=True):
        root = _root(keys, {key: known[key][:2] if key in known else (None, None) for key in keys})
        clusters.append((name, root, len(keys)))
        writer.update("links", ("key", "cluster"), [(key, name) for key in keys if key in known], keys=1)
    writer.insert("clusters", ("id", "root", "size"), clusters)
    alone = known.keys() - {key for keys in stories for key in keys}
    writer.delete("links", ("key",), [(key,) for key in sorted(alone)])


_LINKS = "SELECT key, target, posted_ms, cluster FROM links"


def _names(database: Database, stories: Sequence[Sequence[str]], known: dict[str, int]) -> list[int]:
    taken: set[int] = set()
    names: list[int] = []
    new = iter(database.reserve("clusters", len(stories)))
    for keys in stories:
        found = Counter(known[key] for key in keys if key in known).most_common()
        name = next((number for number, _ in found if number not in taken), None)
        names.append(next(new) if name is None else name)
        taken.add(names[-1])
    return names


def _root(keys: Sequence[str], links: dict[str, tuple[str | None, int | None]]) -> str:
    originals = [key for key in keys if links[key][0] is None]
    if originals:
        return originals[0]
    ring: list[str] = []
    at = keys[0]
    while at not in ring:
        ring.append(at)
        at = links[at][0] or at
    return min(ring[ring.index(at) :], key=lambda key: (links[key][1] is None, links[key][1] or 0, parse_post_key(key)))
