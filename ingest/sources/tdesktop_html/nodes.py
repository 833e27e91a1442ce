"""Nodes of a parsed page by their classes."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode


def classes(node: LexborNode) -> list[str]:
    """Class names of a node."""
    return (node.attributes.get("class") or "").split()


def children(node: LexborNode) -> Iterator[tuple[LexborNode, list[str]]]:
    """Elements directly within a node, each with its class names."""
    child = node.child
    while child is not None:
        if child.is_element_node:
            yield child, classes(child)
        child = child.next


def child(node: LexborNode, *names: str) -> LexborNode | None:
    """The first element directly within a node that has all of these classes."""
    return next((found for found, given in children(node) if all(name in given for name in names)), None)


def words(node: LexborNode | None) -> str:
    """The text within a node on one line; "" for None."""
    return "" if node is None else " ".join(node.text().split())


def first(node: LexborNode, selector: str) -> str:
    """The same for the first node within it that a selector finds."""
    return words(node.css_first(selector))
