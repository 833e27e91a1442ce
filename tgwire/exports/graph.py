"""The graph of who copied whom, as GEXF 1.3 for Gephi and others."""

import xml.etree.ElementTree as ET
from collections import Counter
from typing import IO, Final

from runtime.printable import printable
from schemas.keys import parse_post_key
from sinks.store.reading.posts import StoredPost

_NAMESPACE: Final = "http://gexf.net/1.3"


class SpreadGraph:
    """Channels as nodes, with their number of posts; copies as edges from the channel that was copied."""

    def __init__(self) -> None:
        self._posts: Counter[int] = Counter()
        self._labels: dict[int, str] = {}
        self._copies: Counter[tuple[int, int]] = Counter()

    def add(self, post: StoredPost) -> None:
        """Count a post."""
        self._posts[post.channel_id] += 1
        label = f"@{post.username}" if post.username else post.title
        self._labels[post.channel_id] = label or str(post.channel_id)
        if post.copy_of is not None:
            origin, _ = parse_post_key(post.copy_of)
            self._copies[origin, post.channel_id] += 1
            self._labels.setdefault(origin, str(origin))

    def write(self, file: IO[bytes]) -> None:
        """Write the graph."""
        ET.register_namespace("", _NAMESPACE)
        root = ET.Element(f"{{{_NAMESPACE}}}gexf", version="1.3")
        graph = _below(root, "graph", defaultedgetype="directed", mode="static")
        attributes = _below(graph, "attributes", {"class": "node"})
        _below(attributes, "attribute", id="posts", title="posts", type="integer")
        nodes = _below(graph, "nodes")
        for channel, label in sorted(self._labels.items()):
            node = _below(nodes, "node", id=str(channel), label=printable(label))
            _below(_below(node, "attvalues"), "attvalue", {"for": "posts", "value": str(self._posts[channel])})
        edges = _below(graph, "edges")
        for number, ((origin, copier), copies) in enumerate(sorted(self._copies.items())):
            _below(edges, "edge", id=str(number), source=str(origin), target=str(copier), weight=str(copies))
        ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _below(parent: ET.Element, name: str, attributes: dict[str, str] | None = None, **more: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes or {}, **more)
