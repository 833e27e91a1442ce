"""Whatever a post holds, ten times the text takes about ten times the work, in every stage.

CPU time of 1,000,000 characters is held against that of 100,000, the best of several runs of each. The figure for one
post is measured by ``python -m benchmarks.long_posts``.
"""

from collections.abc import Callable
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest.preview.messages.text import marked_text
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import fingerprint
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.layout import structure
from processors.core.outcomes import Analyzed
from processors.core.pipeline import Analyzer
from processors.core.revision import revision_of
from processors.core.text import annotations
from processors.core.text.clean import MAX_ENTITIES, clean, remap
from processors.core.text.folding import fold
from processors.core.text.footer import footer_words
from processors.loading import load_analyzer
from schemas import Channel, EntityKind, PostSource, RawPost, Section, TextEntity
from tests.support.fingerprints import START_MS, batch
from tests.support.linear import is_linear

SIZES = (10_000, 100_000, 1_000_000)
SHAPES = {
    "marks": "\u0301",
    "marks out of order": "\u0301\u0323",
    "marks that are several": "\u0f73\u0344",
    "marks between invisible characters": "\u0301\u200b",
    "letters with marks": "e\u0301",
    "Korean in parts": "\u1112\u1161\u11ab",
    "half-width voice marks": "\uff9e",
    "bullets": "• a\n",
    "dashes": "- a\n",
    "emoji that lead lines": "🔹 a\n",
    "labels": "UPD: a\n",
    "paragraphs": "a\n\n",
    "ligatures": "ﷺ",
    "small ligatures": "ﬁ ",
    "squared words": "㌖",
    "fractions": "½",
    "footer links": "t.me/abcdef\n",
    "footer names": "@abcdef\n",
    "calls to subscribe": "Subscribe\n",
    "links": "https://example.org/a ",
    "a link of brackets": "https://a.b/)",
    "links in brackets": "](",
    "mail": "a.",
    "names": "@abcde ",
    "at signs": "@",
    "tags": "#a ",
    "entities": "a @b #c ",
    "bidi controls": "\u202e",
    "words in bidi controls": "\u202ea\u202c ",
    "soft hyphens": "a\u00ad",
    "hard spaces": "\u00a0",
    "words and hard spaces": "a\u00a0",
    "line ends of Windows": "\r\n",
    "carriage returns": "\r",
    "line separators": "a\u2028",
    "blanks at line ends": "a \n",
    "blanks": " ",
    "brackets": "([",
    "quotation marks": "«",
    "straight quotation marks": '"a" ',
    "apostrophes": "'",
    "colons": "a: ",
    "outlets": "Reuters ",
    "a list of outlets": "Reuters: a b c\n",
    "emoji": "👍🏽",
    "joined emoji": "👩\u200d💻",
    "joiners": "\u200d",
    "selectors": "a\ufe0f",
    "flags": "🇺🇸",
    "one long line": "a",
    "short lines": "a\n",
    "words": "word ",
    "digits": "1",
    "numbers": "1.5 ",
    "Chinese": "漢字。",
    "Japanese": "あ。",
    "two scripts in a word": "aб",
    "mixed scripts": "aбв漢 ",
    "sentences of two languages": "The port is open. Порт открыт. ",
    "laughter": "ha",
    "replacement characters": "\ufffd",
}
ENTITIES = tuple(
    TextEntity(kind=kind, start=7 * place, end=7 * place + 5, url="https://example.org")
    for place in range(4 * MAX_ENTITIES)
    for kind in (EntityKind.BOLD, EntityKind.TEXT_LINK, EntityKind.HASHTAG)
)


@cache
def analyzer() -> Analyzer:
    return load_analyzer()


def text_of(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def post(text: str, entities: tuple[TextEntity, ...] = ()) -> RawPost:
    return RawPost(channel=Channel(id=1), message_id=1, text=text, entities=entities, source=PostSource(kind="test"))


def check(work: Callable[[str], object], unit: str) -> None:
    small, large = text_of(unit, SIZES[1]), text_of(unit, SIZES[2])
    assert is_linear(lambda: work(small), lambda: work(large))


def each_stage(text: str) -> dict[str, Callable[[], object]]:
    """What is done with a clean text, one by one: a slow stage must not hide behind a large one."""
    folded = fold(text)
    return {
        "clean": lambda: clean(text),
        "fold": lambda: fold(text),
        "layout": lambda: structure.blocks(text, ()),
        "links": lambda: annotations.links(text, ()),
        "mentions": lambda: annotations.mentions(text, (), ()),
        "hashtags": lambda: annotations.hashtags(text, (), ()),
        "footer": lambda: footer_words(text, folded),
        "fingerprint": lambda: fingerprint(text),
        "revision": lambda: revision_of(post(text)),
    }


@pytest.mark.parametrize("unit", SHAPES.values(), ids=SHAPES)
def test_a_whole_post_of_any_shape_takes_linear_work(unit: str) -> None:
    def decide(text: str) -> None:
        outcome = analyzer().analyze(post(text))
        assert isinstance(outcome, Analyzed)
        DedupIndex().fold(batch([post_fingerprint(outcome.post, outcome.fingerprint)]), START_MS)

    decide(text_of(unit, SIZES[0]))
    check(decide, unit)


@pytest.mark.parametrize("unit", ["• a\n", "t.me/abcdef\n", "#a ", "👩\u200d💻", "½", "e\u0301", "word "], ids=ascii)
def test_every_stage_takes_linear_work(unit: str) -> None:
    small, large = (each_stage(clean(text_of(unit, size)).text) for size in SIZES[1:])
    assert [name for name in small if not is_linear(small[name], large[name])] == []


@pytest.mark.parametrize("unit", ["\u202ea", "e\u0301 ", "a \n\n\n", "• a\n", "a\r\n"], ids=ascii)
def test_entities_take_linear_work(unit: str) -> None:
    def move(text: str) -> None:
        remap(ENTITIES, clean(text), len(text))

    check(move, unit)


def test_of_many_entities_the_first_are_kept() -> None:
    moved = remap(ENTITIES, clean("a" * 100_000), 100_000)
    assert moved == ENTITIES[:MAX_ENTITIES]


def test_what_follows_the_first_lines_is_one_paragraph() -> None:
    lines = [f"• item {number}" for number in range(700)]
    text = "\n".join(lines)
    blocks = structure.blocks(text, ())
    assert [block.text for block in blocks[:-1] if not isinstance(block, Section)] == [
        f"item {number}" for number in range(structure.MAX_LINES)
    ]
    assert not isinstance(blocks[-1], Section)
    assert (blocks[-1].kind, blocks[-1].text) == ("paragraph", "\n".join(lines[structure.MAX_LINES :]))


@pytest.mark.parametrize(("find", "unit"), [("links", "t.me/abc "), ("mentions", "@abcd "), ("hashtags", "#ab ")])
def test_of_many_links_names_and_tags_the_first_are_found(find: str, unit: str) -> None:
    text = unit * 3_000
    found = annotations.links(text, ()) if find == "links" else getattr(annotations, find)(text, (), ())
    assert len(found) == annotations.MAX_FOUND
    assert found[-1].start == (annotations.MAX_FOUND - 1) * len(unit)


def test_texts_that_differ_far_behind_are_no_equals() -> None:
    head = " ".join(f"w{number}" for number in range(30_000))
    first, second = fingerprint(f"{head} one"), fingerprint(f"{head} two")
    assert first.exact != second.exact
    assert first.sketch == second.sketch


def test_the_text_of_a_page_takes_linear_work() -> None:
    def read(count: int) -> None:
        body = f"<b>{'a' * 200}</b>" * count
        node = LexborHTMLParser(f"<div class=text>{body}</div>".encode()).css_first(".text")
        assert node is not None
        text, entities = marked_text(node)
        assert (len(text), len(entities)) == (200 * count, count)

    assert is_linear(lambda: read(2_000), lambda: read(20_000))
