"""Rewrite the golden records of the quote splitter; then read the diff.

python -m tests.golden.quotes.rewrite
"""

import json
from pathlib import Path

from processors.core.quotes import load_splitter

FOLDER = Path(__file__).parent


def rewrite() -> None:
    """Write what the splitter finds now beside each post."""
    splitter = load_splitter()
    for post in sorted(FOLDER.glob("*.txt")):
        found = splitter.split(post.read_text(encoding="utf-8").strip(), (), "tg:1:1")
        record = json.dumps([quotes.model_dump(mode="json") for quotes in found], ensure_ascii=False, indent=1)
        post.with_suffix(".json").write_text(record + "\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()
