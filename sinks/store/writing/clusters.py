"""Clusters of links: which posts tell one story. Posts that link to each other, directly or not, are one cluster.

Each post links to one other at most, so a cluster has one post without a link, its root, or one ring of links; the root
of a ring is its earliest post. A cluster's id is the name of the story: of clusters that join, that of the larger one
stays, and of parts of a cluster the largest one keeps it. Nothing here depends on the order of links: rings, links to
posts that nobody has, and links that are taken back are ordinary.

Of a cluster only what a batch touches is read. What is not read is one part that stays together: a post that nothing
links to can leave it. Where another link is taken back, the cluster may fall apart, and is read whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Target = str | None


class ClusterPost(NamedTuple):
    """A post of a cluster as it is kept."""

    key: str
    target: Target
    cluster: int


class Cluster(NamedTuple):
    """A cluster as it is kept."""

    id: int
    root: str
    size: int


@dataclass
class Loaded:
    """The posts and clusters that a batch can change, as the store has them."""

    nodes: dict[str, ClusterPost]
    """The posts that change, their targets before and after, and the roots of all their clusters."""
    clusters: dict[int, Cluster]
    whole: frozenset[int]
    """Clusters of which all posts are in ``nodes``."""


@dataclass
class ClusterChanges:
    """The posts and clusters that a batch changes."""

    placed: dict[str, int] = field(default_factory=dict)
    """The cluster of each post that gets another one, or is new."""
    new: set[str] = field(default_factory=set)
    """Posts that were in none."""
    parted: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """The other posts of ``placed``, by the cluster that they were in and the one that they get."""
    moved: dict[int, int] = field(default_factory=dict)
    """Clusters whose remaining posts all go to another one; to be done before ``placed``."""
    alone: list[str] = field(default_factory=list)
    """Posts that are in no cluster any more."""
    clusters: dict[int, Cluster] = field(default_factory=dict)
    """Clusters that are new or have changed."""
    ended: list[int] = field(default_factory=list)


@dataclass
class _Group:
    """Posts that are together after the batch."""

    nodes: list[str] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)
    """Clusters whose posts that were not read belong to it."""
    shares: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """How many posts it has of each former cluster."""
    added: int = 0

    @property
    def size(self) -> int:
        return self.added + sum(self.shares.values())


class _Together:
    """Disjoint sets."""

    def __init__(self) -> None:
        self._above: dict[object, object] = {}

    def find(self, item: object) -> object:
        above = self._above
        at = above.setdefault(item, item)
        while (top := above[at]) != at:
            above[item] = item = top  # shorter for whoever asks again
            at = above[item]
        return at

    def join(self, one: object, other: object) -> None:
        self._above[self.find(one)] = self.find(other)


def regroup(
    loaded: Loaded,
    targets: Mapping[str, Target],
    *,
    target_of: Callable[[str], Target],
    place_in_time: Callable[[str], tuple[object, ...]],
    new_ids: Callable[[int], Sequence[int]],
) -> ClusterChanges:
    """The clusters after posts got these targets.

    ``target_of`` reads the kept target of a post that is not loaded, ``place_in_time`` is what the earliest post of a
    ring has least of.
    """
    final = {node.key: node.target for node in loaded.nodes.values()} | dict(targets)
    for target in targets.values():
        if target is not None:
            final.setdefault(target, None)
    groups = _groups(loaded, targets, final)
    names = _names(groups, new_ids)
    changes = ClusterChanges()
    changes.moved = {
        rest: name
        for group, name in zip(groups, names, strict=True)
        for rest in group.rests
        if name is not None and rest != name
    }
    for group, name in zip(groups, names, strict=True):
        if name is None:
            changes.alone.extend(key for key in group.nodes if key in loaded.nodes)
            continue
        root = _root(group, final, target_of, place_in_time)
        _place(changes, group, Cluster(name, root, group.size), loaded)
    kept = set(names)
    changes.ended = [cluster for cluster in loaded.clusters if cluster not in kept]
    return changes


def _groups(loaded: Loaded, targets: Mapping[str, Target], final: Mapping[str, Target]) -> list[_Group]:
    together = _Together()
    for key, target in final.items():
        node = loaded.nodes.get(key)
        if node is not None and node.cluster not in loaded.whole:
            has_left = key in targets and node.target is not None and node.target != targets[key]
            if not has_left:
                together.join(key, node.cluster)
        if target is not None and (target in final):
            together.join(key, target)
    groups: dict[object, _Group] = defaultdict(_Group)
    read: dict[int, int] = defaultdict(int)
    for key in final:
        group = groups[together.find(key)]
        group.nodes.append(key)
        if (node := loaded.nodes.get(key)) is None:
            group.added += 1
        else:
            group.shares[node.cluster] += 1
            read[node.cluster] += 1
    for cluster in loaded.clusters.values():
        if (rest := cluster.size - read[cluster.id]) > 0:
            group = groups[together.find(cluster.id)]
            group.rests.append(cluster.id)
            group.shares[cluster.id] += rest
    return list(groups.values())


def _names(groups: Sequence[_Group], new_ids: Callable[[int], Sequence[int]]) -> list[int | None]:
    """The id of each group; None for a post that is alone.

    A former id goes to the group with most of its posts, and a group takes the id of which it has most.
    """
    homes: dict[int, tuple[int, int]] = {}
    for at, group in enumerate(groups):
        if group.size == 1:
            continue
        for cluster, share in group.shares.items():
            if cluster not in homes or share > homes[cluster][0]:
                homes[cluster] = (share, at)
    names: list[int | None] = [None] * len(groups)
    for cluster, (_, at) in sorted(homes.items(), key=lambda each: (-each[1][0], each[0])):
        if names[at] is None:
            names[at] = cluster
    nameless = [at for at, group in enumerate(groups) if group.size > 1 and names[at] is None]
    for at, number in zip(nameless, new_ids(len(nameless)) if nameless else (), strict=True):
        names[at] = number
    return names


def _root(
    group: _Group,
    final: Mapping[str, Target],
    target_of: Callable[[str], Target],
    place_in_time: Callable[[str], tuple[object, ...]],
) -> str:
    """The post without a target, else the earliest one of the ring, which is reached from every post of the group."""
    for key in group.nodes:
        if final[key] is None:
            return key
    ring: list[str] = []
    seen: set[str] = set()
    at: Target = group.nodes[0]
    while at is not None and at not in seen:
        seen.add(at)
        ring.append(at)
        at = final[at] if at in final else target_of(at)
    assert at is not None
    return min(ring[ring.index(at) :], key=place_in_time)


def _place(changes: ClusterChanges, group: _Group, cluster: Cluster, loaded: Loaded) -> None:
    if loaded.clusters.get(cluster.id) != cluster:
        changes.clusters[cluster.id] = cluster
    for key in group.nodes:
        node = loaded.nodes.get(key)
        if node is None:
            changes.placed[key] = cluster.id
            changes.new.add(key)
        elif node.cluster != cluster.id:
            changes.placed[key] = cluster.id
            changes.parted[node.cluster, cluster.id].append(key)


def former_and_new(nodes: Iterable[ClusterPost], targets: Mapping[str, Target]) -> list[str]:
    """The posts that have to be read beside those that change: their targets before and after."""
    before = {node.target for node in nodes if node.key in targets}
    return [key for key in {*before, *targets.values()} - {None} if key is not None and key not in targets]
