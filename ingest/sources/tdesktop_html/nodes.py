"""Nodes of a parsed page by their classes."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode


def classes(node: LexborNode) -> list[str]:
    """Class names of a node."""
    return (node.attributes.get("class") or "").split()


def children(node: LexborNode) -> Iterator[tuple[LexborNode, list[str]]]:
    """Elements directly within a node, each with its class names."""
    for child in node.iter():
        if child.is_element_node:
            yield child, classes(child)


def boxes(node: LexborNode) -> dict[str, LexborNode]:
    """The first element directly within a node that has a class, for each class."""
    found: dict[str, LexborNode] = {}
    for child, names in children(node):
        for name in names:
            found.setdefault(name, child)
    return found


def words(node: LexborNode | None) -> str:
    """The text within a node on one line; "" for None."""
    return "" if node is None else " ".join(node.text().split())


def first(node: LexborNode, selector: str) -> str:
    """The same for the first node within it that a selector finds."""
    return words(node.css_first(selector))
