"""The documents name files that exist."""

import re
from pathlib import Path

import pytest

from tests.support.project import ROOT

FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
OTHERS = ("deploy", "docs", "requirements", "scripts", "seeds")
MADE_BY_READERS = {"benchmarks/results/", "deploy/.env", "deploy/channels/", "deploy/tgwire.env"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TESTS = {path.name for path in (ROOT / "tests").rglob("*.py")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_file_that_a_document_names_exists(document: Path) -> None:
    if document.name == "CHANGELOG.md":
        return  # of things that are no more, too
    text = document.read_text()
    paths = set(re.findall(rf"`((?:{'|'.join((*FOLDERS, *OTHERS))})/[\w./-]*)`", text)) - MADE_BY_READERS
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert set(re.findall(r"`(test_\w+\.py)`", text)) <= TESTS
