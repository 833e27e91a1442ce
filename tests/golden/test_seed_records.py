"""Whole records of the seeds. ``python tests/golden/test_seed_records.py`` rewrites them; read the diff."""

import io
import json
from pathlib import Path

import pytest

from ingest.sources import ReadOptions, open_sources
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from schemas import RawPost
from tests.support.project import ROOT

SEEDS = ROOT / "seeds"
HERE = Path(__file__).parent / "records"
FILES = sorted(path for path in SEEDS.iterdir() if path.suffix in {".txt", ".jsonl"})


def records(file: Path) -> str:
    """The file's records as indented JSON."""
    pipeline = DirectPipeline(load_analyzer())
    found = []
    for source in open_sources(file, ReadOptions(), io.BytesIO()).sources:
        for item in source.read():
            assert isinstance(item.entry, RawPost)
            found.append(pipeline.process(item.entry).record.model_dump(mode="json", exclude_defaults=True))
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_records(file: Path) -> None:
    assert records(file) == (HERE / f"{file.stem}.json").read_text(encoding="utf-8")


def test_the_six_quotes_of_the_seed_document() -> None:
    """The floor of the first issue, spelled out, so that rewriting the golden file cannot move it."""
    (record,) = json.loads((HERE / "000_254cc132243cdf06.json").read_text(encoding="utf-8"))
    (quotes,) = record["quote_lists"]

    assert record["language"]["code"] == "en"
    assert [block["kind"] for block in record["blocks"]] == ["headline", "media_description", "embedded", "addendum"]
    assert record["blocks"][2]["attributed_to"]["text"] == "Rybar"
    assert quotes["lead_in"]["text"].startswith("Western media are discussing")
    assert [
        (item["marker"], [outlet["name"] for outlet in item["outlets"]], item["cue"]["text"], item.get("quotes", []))
        for item in quotes["items"]
    ] == [
        ("🔹", ["The Daily Telegraph"], "came out with the headline", ["Putin announces victory in Kursk region"]),
        ("🔹", ["Politico"], "writes", ["complete liberation"]),
        ("🔹", ["The New York Times"], "believes", ["remove one of the key difficulties"]),
        ("🔹", ["Berliner Zeitung"], "notes", []),
        ("🔹", ["New York Post"], "notes", ["to distract Moscow's attention", "Russia still managed to advance"]),
        ("🔹", ["Financial Times"], "notes", []),
    ]


if __name__ == "__main__":
    for path in FILES:
        (HERE / f"{path.stem}.json").write_text(records(path), encoding="utf-8")
