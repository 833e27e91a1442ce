"""Layout of whole posts as outlines. ``python tests/golden/test_core_structure.py`` rewrites them; read the diff."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from processors.core.layout.structure import blocks
from processors.core.text.clean import clean
from schemas import Block, Section
from tests.support.project import ROOT

HERE = Path(__file__).parent / "structure"
SEED = ROOT / "seeds" / "000_254cc132243cdf06.txt"
POSTS = sorted([*HERE.glob("*.txt"), SEED])


def _expected(post: Path) -> Path:
    return HERE / f"{post.stem}.outline"


def outline(post: Path) -> str:
    """A line for each block: offsets, kind, marker, text."""
    layout = blocks(clean(post.read_text(encoding="utf-8")).text, ())
    return "".join(line + "\n" for block in layout for line in _lines(block))


def _lines(block: Block | Section) -> Iterator[str]:
    place = f"{block.start:>5}-{block.end:<5}"
    if isinstance(block, Section):
        who = f" by {block.attributed_to.text!r}" if block.attributed_to else ""
        yield f"{place} {block.kind} {block.label.text!r}{who}"
        for inner in block.blocks:
            yield from (f"    {line}" for line in _lines(inner))
    else:
        yield f"{place} {block.kind} {f'{block.marker} ' if block.marker else ''}{block.text!r}"


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_layout(post: Path) -> None:
    assert outline(post) == _expected(post).read_text(encoding="utf-8")


if __name__ == "__main__":
    for path in POSTS:
        _expected(path).write_text(outline(path), encoding="utf-8")
