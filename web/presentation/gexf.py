"""Who copied whom, as GEXF 1.3 for Gephi and others."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runtime.printable import printable

_NAMESPACE: Final = "http://gexf.net/1.3"


@dataclass(frozen=True, slots=True)
class ChannelNode:
    """A channel as a node of the graph."""

    id: int
    label: str
    posts: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Copies by a channel (``target``) of what another one posted; ``median_lag_s`` None: not known."""

    source: int
    target: int
    copies: int
    median_lag_s: float | None = None


def gexf(nodes: Sequence[ChannelNode], edges: Sequence[Edge]) -> bytes:
    """The graph as a file, in the order given; the weight of an edge is its number of copies."""
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}gexf", version="1.3")
    graph = _below(root, "graph", defaultedgetype="directed", mode="static")
    _attribute(graph, "node", "posts", "integer")
    has_lags = any(edge.median_lag_s is not None for edge in edges)
    if has_lags:
        _attribute(graph, "edge", "median_lag_s", "double")
    below_nodes = _below(graph, "nodes")
    for node in nodes:
        shown = _below(below_nodes, "node", id=str(node.id), label=printable(node.label))
        _value(shown, "posts", node.posts)
    below_edges = _below(graph, "edges")
    for number, edge in enumerate(edges):
        ends = {"source": str(edge.source), "target": str(edge.target), "weight": str(edge.copies)}
        shown = _below(below_edges, "edge", {"id": str(number), **ends})
        if edge.median_lag_s is not None:
            _value(shown, "median_lag_s", edge.median_lag_s)
    text = ET.tostring(root, encoding="unicode")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode()


def _attribute(graph: ET.Element, of: str, name: str, kind: str) -> None:
    _below(_below(graph, "attributes", {"class": of}), "attribute", id=name, title=name, type=kind)


def _value(parent: ET.Element, name: str, value: float) -> None:
    _below(_below(parent, "attvalues"), "attvalue", {"for": name, "value": str(value)})


def _below(parent: ET.Element, name: str, attributes: dict[str, str] | None = None, **more: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes or {}, **more)
