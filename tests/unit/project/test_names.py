"""One name means one thing: no two classes of the product have the same name."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.support.project import ROOT

PACKAGES = ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire")
SAME = {"Message"}
"""The fetched record of a topic, for workers and for sinks."""


def test_no_two_public_classes_have_one_name() -> None:
    homes: dict[str, list[Path]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[node.name].append(path.relative_to(ROOT))
    assert len(homes) > 500
    assert {name: paths for name, paths in homes.items() if len(paths) > 1 and name not in SAME} == {}
