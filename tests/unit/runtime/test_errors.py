"""The tree of errors, as ``runtime.errors`` draws it at its head."""

import ast
import re
from collections.abc import Iterator

from runtime import errors
from tests.support.project import ROOT

PACKAGES = ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire")


def drawn() -> Iterator[tuple[str, str, str]]:
    """Class, parent and module of each line of the tree in the docstring."""
    above: list[str] = ["Exception"]
    for line in (errors.__doc__ or "").splitlines():
        if found := re.fullmatch(r"((?: {4})*)- (\w+)(?: \(([a-z_.]+)\))?(?:, also \w+)?(?:: .*)?", line):
            depth = len(found[1]) // 4 + 1
            del above[depth:]
            yield found[2], above[-1], found[3] or "runtime.errors"
            above.append(found[2])


def written() -> Iterator[tuple[str, str, str]]:
    """The same of every class in the code, whose names are one of a kind."""
    found: dict[str, tuple[str, str]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and node.bases and not node.name.startswith("_"):
                    found[node.name] = ast.unparse(node.bases[-1]), module
    below = {"TgwireError"}
    while more := {name for name, (parent, _) in found.items() if parent in below} - below:
        below |= more
    yield from ((name, *found[name]) for name in below)


def test_the_tree_at_the_head_of_the_module_is_that_of_all_classes() -> None:
    assert len(list(drawn())) > 90
    assert set(drawn()) == set(written())
