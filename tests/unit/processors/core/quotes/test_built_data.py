"""What is built beforehand from registry and lexicons: the same as what would be built, never older than its data."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from processors.core.citations import load_finder
from processors.core.citations.loading import load_lexicon
from processors.core.quotes import loading, registry_files
from processors.core.quotes.built_data import BuiltFile
from processors.core.quotes.lexicon.built_names import text_of_tree, tree_of_text
from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lexicon.tree_building import tree_of
from processors.core.quotes.lines.tokens import words_of

ENTRIES = (
    OutletEntry(id="port-lamp", name="The Port Lamp", aliases=["Портовая лампа"], ambiguous=["Lamp"], country="NO"),
    OutletEntry(id="port-lamp-oslo", name="Port Lamp Oslo", country="NO"),
    OutletEntry(id="lampe", name="Die Lamp", ambiguous=["Lamp"], country="DE"),
    OutletEntry(id="kuste", name="Küstenblatt", country="DE"),
    OutletEntry(id="hbr", name="HARB", aliases=["港口新闻", "港口新闻网"], country="CN"),
    OutletEntry(id="seven", name="Kanal 7", aliases=["7"], country="TR"),
    OutletEntry(id="quay", name="iQuay", country="FI"),
)
TEXTS = (
    "The Port Lamp writes, Port Lamp Oslo adds, and Lamp says nothing.",
    "В «Портовой лампе» пишут; Die Lamp meldet, laut Küstenblatts Bericht, KUSTENBLATT und Kustenblattu.",
    "HARB and Harb, harb; 据港口新闻网报道,港口新闻报道",
    '"7" reports, Kanal 7 adds, iQuay and IQUAY follow. Port Lampa Oslo?',
)


class Sum(BaseModel):
    total: int


def built_file(path: Path, source: Path, built: list[str]) -> BuiltFile[Sum]:
    def build() -> Sum:
        built.append(source.read_text())
        return Sum(total=sum(map(int, source.read_text().split())))

    return BuiltFile(path, (source,), Sum, build)


def test_a_file_is_read_as_long_as_its_sources_are_the_same(tmp_path: Path) -> None:
    source, path = tmp_path / "source.txt", tmp_path / "built.json"
    built: list[str] = []
    source.write_text("1 2")
    file = built_file(path, source, built)
    path.write_text(file.text())
    built.clear()
    assert file.load() == Sum(total=3)
    assert built == []


@pytest.mark.parametrize("before", ["1 2 3", None])
def test_a_file_that_is_absent_or_of_other_sources_is_built(tmp_path: Path, before: str | None) -> None:
    source, path = tmp_path / "source.txt", tmp_path / "built.json"
    built: list[str] = []
    file = built_file(path, source, built)
    if before is not None:
        source.write_text(before)
        path.write_text(file.text())
        built.clear()
    source.write_text("1 2")
    assert file.load() == Sum(total=3)
    assert built == ["1 2"]


def test_the_package_loads_without_building(monkeypatch: pytest.MonkeyPatch) -> None:
    def builds(*_: object) -> None:
        pytest.fail("built at the start")

    monkeypatch.setattr(registry_files, "tree_of", builds)
    monkeypatch.setattr("processors.core.quotes.lexicon.outlets.tree_of", builds)
    monkeypatch.setattr("tomllib.loads", builds)
    monkeypatch.setattr("processors.core.citations.loading.citation_words", builds)
    loading.package_lexicons.cache_clear()
    load_lexicon.cache_clear()
    registry = registry_files.load_registry()
    assert [name.outlet.id for name in registry.names("Reuters")] == ["reuters"]
    assert loading.package_models().runs
    assert load_finder(registry).registry is registry


@pytest.mark.parametrize("text", TEXTS)
def test_a_tree_of_lines_finds_what_the_built_one_finds(text: str) -> None:
    entries = {entry.id: entry for entry in ENTRIES}
    built = OutletRegistry(ENTRIES)
    read = OutletRegistry(ENTRIES, tree_of_text(text_of_tree(tree_of(ENTRIES), "digest").encode(), "digest", entries))
    assert built.names(text) == read.names(text) != []
    assert built.loose_names(text, words_of(text), ()) == read.loose_names(text, words_of(text), ())


def test_the_file_of_the_package_leads_to_the_same_file() -> None:
    entries = {entry.id: entry for entry in registry_files.package_outlets()}
    built = tree_of(entries.values())
    text = text_of_tree(built, "digest")
    read = tree_of_text(text.encode(), "digest", entries)
    assert read is not None
    assert text_of_tree(read, "digest") == text
    assert {word: read.of_key(word) is not None for word in built.words} == dict.fromkeys(built.words, True)
    assert tree_of_text(text.encode(), "another", entries) is None
