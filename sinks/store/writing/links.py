"""Reading what is known of links before a batch, as far as the batch can change it."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.keys import parse_post_key
from schemas.times import DAY_MS
from sinks.store.database import Reader
from sinks.store.writing.clusters import Cluster, ClusterPost, Loaded, Target, former_and_new


class LinkRow(NamedTuple):
    """A row of ``links``: a post that links or is linked to. Without a target, what a verdict says is null."""

    key: str
    target: str | None
    kind: str | None
    similarity: float | None
    revision: str | None
    rank_us: int | None
    rank_class: int | None
    src_epoch: int | None
    src_offset: int | None
    posted_ms: int | None
    lag_ms: int | None
    from_channel: int | None
    to_channel: int
    cluster: int

    @property
    def cell(self) -> tuple[int, int] | None:
        """Day and channel in ``copies_daily``; None for what is no copy, or has no date."""
        if self.target is None or self.posted_ms is None:
            return None
        return self.posted_ms // DAY_MS, self.to_channel


_COLUMNS = ", ".join(LinkRow._fields)
LINKS_BY_KEY = f"SELECT {_COLUMNS} FROM links WHERE key"
_NODES = "SELECT key, target, cluster FROM links WHERE"


def node_only(key: str, posted_ms: int | None, cluster: int) -> LinkRow:
    """The row of a post that is linked to and links nowhere."""
    channel, _ = parse_post_key(key)
    return LinkRow(key, None, None, None, None, None, None, None, None, posted_ms, None, None, channel, cluster)


def load(reader: Reader, changing: Mapping[str, LinkRow], targets: Mapping[str, Target]) -> Loaded:
    """The clusters that these new targets touch; ``changing`` are the known rows of the posts that get them."""
    nodes = {key: ClusterPost(key, row.target, row.cluster) for key, row in changing.items()}
    _read(reader, nodes, "key", former_and_new(list(nodes.values()), targets))
    leaving = {key: node.cluster for key, node in nodes.items() if key in targets and node.target is not None}
    linked_to = reader.among("SELECT DISTINCT target FROM links WHERE target", list(leaving))
    whole = frozenset(leaving[key] for (key,) in linked_to)
    _read(reader, nodes, "cluster", sorted(whole))
    numbers = sorted({node.cluster for node in nodes.values()})
    found = reader.among("SELECT id, root, size FROM clusters WHERE id", numbers)
    clusters = {row[0]: Cluster._make(row) for row in found}
    _read(reader, nodes, "key", [each.root for each in clusters.values() if each.root not in nodes])
    return Loaded(nodes, clusters, whole)


def _read(reader: Reader, nodes: dict[str, ClusterPost], column: str, values: list[str] | list[int]) -> None:
    for row in reader.among(f"{_NODES} {column}", values):
        nodes[row[0]] = ClusterPost._make(row)
