"""The whole record of each invented post: one for each pattern of a list, one for each near-miss."""

import json
from pathlib import Path

import pytest

from processors.core.quotes import QuoteSplitter, load_splitter

POSTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture(scope="module")
def splitter() -> QuoteSplitter:
    return load_splitter()


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_the_lists_of_a_post_are_as_recorded(post: Path, splitter: QuoteSplitter) -> None:
    text = post.read_text(encoding="utf-8").strip()
    found = [quotes.model_dump(mode="json") for quotes in splitter.split(text, (), "tg:1:1")]
    assert found == json.loads(post.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_post_holds_a_list_if_its_name_begins_with_list(post: Path, splitter: QuoteSplitter) -> None:
    text = post.read_text(encoding="utf-8").strip()
    assert bool(splitter.split(text, (), "tg:1:1")) is post.stem.startswith("list_")
