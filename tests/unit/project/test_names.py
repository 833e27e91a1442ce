"""One name means one thing: no two classes share one, and no two modules of a package differ by one letter."""

import ast
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from tests.support.project import ROOT

PACKAGES = ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire")
COMMANDS = "tgwire/cli/commands"
"""Its modules are called as the commands are."""


def test_no_two_public_classes_have_one_name() -> None:
    homes: dict[str, list[Path]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[node.name].append(path.relative_to(ROOT))
    assert len(homes) > 500
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_two_modules_of_a_package_differ_by_one_letter() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
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


def is_one_letter_apart(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
