"""An invented preview page, as records. ``python tests/golden/test_preview_page.py`` rewrites it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ingest.live_reader import AbsentMessage
from ingest.preview.messages.parser import PageContext
from ingest.preview.page import PreviewPage

HERE = Path(__file__).parent / "preview"


def records() -> str:
    page = PreviewPage((HERE / "page.html").read_bytes(), "page.html")
    found = [
        {"id": entry.message_id, "gone": entry.reason}
        if isinstance(entry, AbsentMessage)
        else entry.model_dump(mode="json", exclude_defaults=True)
        for block in page.blocks(PageContext(page.channel("WireNews"), datetime(2024, 5, 2, tzinfo=UTC)))
        for entry in block.entries
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def test_a_page() -> None:
    assert records() == (HERE / "page.json").read_text(encoding="utf-8")


if __name__ == "__main__":
    (HERE / "page.json").write_text(records(), encoding="utf-8")
