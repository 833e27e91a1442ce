"""One name means one thing: no two classes or types share one, and no two modules of a package differ by one letter."""

import ast
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from tests.support.project import ROOT

PACKAGES = ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire")
COMMANDS = "tgwire/cli/commands"
"""Its modules are called as the commands are."""


def test_no_two_classes_or_types_have_one_name() -> None:
    homes: dict[str, list[Path]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if (name := name_of_type(node)) is not None:
                    homes[name].append(path.relative_to(ROOT))
    assert len(homes) > 500
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_two_modules_of_a_package_differ_by_one_letter() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for package in (*PACKAGES, "training", "benchmarks", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            module = path.parent if path.name == "__init__.py" else path
            names[module.parent.relative_to(ROOT).as_posix()].add(module.stem)
    pairs = [(folder, *pair) for folder, found in names.items() for pair in combinations(sorted(found), 2)]
    assert len(pairs) > 5_000
    assert [pair for pair in pairs if pair[0] != COMMANDS and is_one_letter_apart(*pair[1:])] == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("format", "formats", True),
        ("reader", "header", True),
        ("formats", "format", True),
        ("format", "format", False),
        ("format", "formatted", False),
        ("reader", "leader", True),
        ("reader", "dearer", False),
    ],
)
def test_one_letter_is_added_or_replaced(one: str, other: str, expected: bool) -> None:
    assert is_one_letter_apart(one, other) == expected


def name_of_type(node: ast.stmt) -> str | None:
    """The name of a class or of an alias of a type, public or not; a type variable is none."""
    if isinstance(node, ast.ClassDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    if not isinstance(target, ast.Name) or (isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"):
        return None
    return target.id if re.fullmatch(r"_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*", target.id) else None


def is_one_letter_apart(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
