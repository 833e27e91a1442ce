"""docs/architecture.md names modules that exist, and the import rules of pyproject.toml."""

import re
import tomllib
from itertools import pairwise
from typing import Any

import pytest

from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text()
TOP = ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire", "deploy")
PATHS = sorted(set(re.findall(rf"`((?:{'|'.join(TOP)})/[\w./]*)`", TEXT)))
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = section(title).splitlines()
    heads = {line for line, below in pairwise(lines) if below.startswith("|---")}
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ") and line not in heads]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_exists(path: str) -> None:
    assert (ROOT / path).exists()
    assert (ROOT / path).is_dir() == path.endswith("/")


def test_the_way_of_a_post_has_at_most_twelve_steps_and_each_names_its_module() -> None:
    steps = re.findall(r"^(\d+)\. \*\*[\w ]+\*\* `([\w/]+\.py)`:", section("The way of one post"), re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert 8 <= len(steps) <= 12
    assert {module for _, module in steps} <= set(PATHS)


def test_where_is_has_thirty_entries_or_more_and_each_names_a_path() -> None:
    entries = rows("Where is ...?")
    assert len(entries) >= 30
    assert all(re.search(rf"`(?:{'|'.join(TOP)})/", entry[1]) for entry in entries)
    assert len({entry[0] for entry in entries}) == len(entries)


def test_the_files_named_beside_a_folder_are_in_it() -> None:
    named = [
        (folder, name)
        for _, place in rows("Where is ...?")
        for folder, files in re.findall(r"`([\w/]+)/` \(([^)]*)\)", place)
        for name in re.findall(r"`(\w+\.py)`", files)
    ]
    assert ("schemas", "raw.py") in named
    assert [(folder, name) for folder, name in named if not (ROOT / folder / name).is_file()] == []


def test_the_layers_are_those_that_the_linter_checks() -> None:
    [layers] = [contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"]
    below = {package: set(lower.split(" | ")) for upper, lower in pairwise(layers) for package in upper.split(" | ")}
    edges = re.findall(r"^    (\w+)(?:\[.*?\])? --> ([\w &]+)$", section("Layers and import rules"), re.MULTILINE)
    assert {package: set(targets.split(" & ")) for package, targets in edges} == below


@pytest.mark.parametrize("library", ["faust", "aiokafka", "kafka", "telethon"])
def test_a_library_is_imported_where_the_document_allows_it(library: str) -> None:
    shown = {"faust": "Faust, mode", "kafka": "kafka-python", "telethon": "Telethon"}.get(library, library)
    [allowed] = [re.findall(r"`([\w/]+)/`", row[1]) for row in rows("Layers and import rules") if row[0] == shown]
    importing = {
        path.relative_to(ROOT).as_posix()
        for package in TOP
        for path in (ROOT / package).rglob("*.py")
        if re.search(rf"^\s*(?:from|import) {library}\b", path.read_text(), re.MULTILINE)
    }
    assert importing
    assert {path for path in importing if not path.startswith(tuple(f"{folder}/" for folder in allowed))} == set()
