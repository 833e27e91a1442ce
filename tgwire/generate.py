"""Writes the documents that are made from the code: ``python -m tgwire.generate [--check]``.

- ``schemas/published/v<version>/<type>.schema.json``: JSON Schema of each record, which is also the baseline of the
  compatibility gate (``schemas.contract.compatibility``). Nothing is written while a change breaks it.
- ``schemas/published/asyncapi.json``: topics, messages and who sends and receives them.
- ``schemas/published/flat/``: of the flat topics the schema of Kafka Connect, and tables of PostgreSQL and Flink SQL.
- ``deploy/tgwire.toml.example``: every setting.
- ``docs/metrics.md``: every metric.
- ``processors/core/{quotes,citations}/data/built/``: the registry's tree of names and the lexicons, for a quick start.

``--check`` writes nothing; exit code 1 when a document is stale or a change breaks the contract.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from processors.core.citations.loading import WORDS
from processors.core.quotes.loading import LEXICONS, LIST_WEIGHTS
from processors.core.quotes.registry_files import built_names
from runtime.settings.example_file import settings_example
from schemas.base import Record
from schemas.contract.asyncapi import asyncapi_document
from schemas.contract.compatibility import breaking_changes
from schemas.contract.engines import connect_schema, flink_ddl, postgres_ddl
from schemas.contract.json_schema import RECORDS, published_schema, record_type, record_version
from schemas.plurals import counted
from schemas.topics import FLAT_TOPICS
from tgwire.metrics_document import metrics_document

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = Path("schemas", "published")
FLAT = PUBLISHED / "flat"
QUOTES = Path("processors", "core", "quotes", "data", "built")
CITATIONS = Path("processors", "core", "citations", "data", "built")
_SUFFIX = ".schema.json"


def schema_path(model: type[Record]) -> Path:
    """The path below the root at which a record's schema is published."""
    return PUBLISHED / f"v{record_version(model)}" / f"{record_type(model)}{_SUFFIX}"


def documents() -> dict[Path, str]:
    """Text of each generated document by its path below the root."""
    texts = {schema_path(model): _json(published_schema(model)) for model in RECORDS}
    texts[PUBLISHED / "asyncapi.json"] = _json(asyncapi_document())
    texts |= {FLAT / f"{topic.name}.connect.json": _json(connect_schema(topic)) for topic in FLAT_TOPICS}
    texts |= {FLAT / "postgresql.sql": postgres_ddl(), FLAT / "flink.sql": flink_ddl()}
    texts[Path("deploy", "tgwire.toml.example")] = settings_example()
    texts[Path("docs", "metrics.md")] = metrics_document()
    texts |= {QUOTES / "names.txt": built_names(), QUOTES / "lexicons.json": LEXICONS.text()}
    texts |= {QUOTES / "list_weights.json": LIST_WEIGHTS.text(), CITATIONS / "words.json": WORDS.text()}
    return texts


def contract_breaks(root: Path, models: Sequence[type[Record]] = RECORDS) -> Iterator[str]:
    """What the models break of the schemas published below a root, in words."""
    for model in models:
        path = root / schema_path(model)
        if path.exists():
            published = json.loads(path.read_text(encoding="utf-8"))
            yield from (f"{schema_path(model)}: {change}" for change in breaking_changes(model, published))
    newest = {record_type(model): record_version(model) for model in models}
    for path in sorted((root / PUBLISHED).glob(f"v*/*{_SUFFIX}")):
        record, version = path.name.removesuffix(_SUFFIX), int(path.parent.name.removeprefix("v"))
        if version > newest.get(record, 0):
            yield f"{path.relative_to(root)}: published, but no model has this type and version"


def stale(root: Path, texts: Mapping[Path, str]) -> Iterator[str]:
    """A diff for each document below a root that differs from its text."""
    for path, text in texts.items():
        found = (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""
        if found != text:
            yield "".join(
                difflib.unified_diff(
                    found.splitlines(keepends=True), text.splitlines(keepends=True), f"{path} (found)", f"{path} (due)"
                )
            )


def write(root: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Write the documents below a root; returns the paths that changed."""
    changed = []
    for path, text in texts.items():
        target = root / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tgwire.generate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something is stale")
    is_check = parser.parse_args(arguments).check
    if breaks := list(contract_breaks(root)):
        _say("\n".join(breaks))
        _say(
            f"{counted(len(breaks), 'breaking change')}. Raise schema_version of the record, so that its published "
            "schema stays; or, before the first release, delete that file and generate again."
        )
        return 1
    if not is_check:
        for path in write(root, documents()):
            _say(f"wrote {path}")
        return 0
    if diffs := list(stale(root, documents())):
        _say("".join(diffs))
        _say(f"stale: {counted(len(diffs), 'generated document')}. Run python -m tgwire.generate, and commit.")
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
