"""Telethon's markdown."""

import pytest

from ingest.sources.mapping.markdown import from_markdown
from schemas import EntityKind, TextEntity
from tests.support.linear import is_linear


def entity(kind: EntityKind, start: int, end: int, url: str | None = None) -> TextEntity:
    return TextEntity(kind=kind, start=start, end=end, url=url)


BOLD, ITALIC, LINK = EntityKind.BOLD, EntityKind.ITALIC, EntityKind.TEXT_LINK


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", ()),
        ("**bold** rest", "bold rest", (entity(BOLD, 0, 4),)),
        ("😅 **bold**", "😅 bold", (entity(BOLD, 2, 6),)),
        ("__it__ ~~st~~", "it st", (entity(ITALIC, 0, 2), entity(EntityKind.STRIKE, 3, 5))),
        ("`a**b**` c", "a**b** c", (entity(EntityKind.CODE, 0, 6),)),
        ("```\nx = 1\n```", "\nx = 1\n", (entity(EntityKind.PRE, 0, 7),)),
        ("**a __b__ c**", "a b c", (entity(BOLD, 0, 5), entity(ITALIC, 2, 3))),
        ("**a __b** c__", "a b c", (entity(BOLD, 0, 3), entity(ITALIC, 2, 5))),
        ("[a](https://x.org/)", "a", (entity(LINK, 0, 1, "https://x.org/"),)),
        ("**[a](https://x.org/)**", "a", (entity(BOLD, 0, 1), entity(LINK, 0, 1, "https://x.org/"))),
        ("[**a**](https://x.org/)", "a", (entity(LINK, 0, 1, "https://x.org/"), entity(BOLD, 0, 1))),
        ("[name](tg://user?id=5)", "name", (entity(EntityKind.TEXT_MENTION, 0, 4),)),
        ("[1] and (2)", "[1] and (2)", ()),
        ("[a]()", "[a]()", ()),
        ("**open", "**open", ()),
        ("****", "****", ()),
        ("a ** b", "a ** b", ()),
        ("snake__case", "snake__case", ()),
        ("[a](https://x.org/", "[a](https://x.org/", ()),
    ],
)
def test_marks_become_entities(source: str, text: str, entities: tuple[TextEntity, ...]) -> None:
    assert from_markdown(source) == (text, entities)


@pytest.mark.parametrize("piece", ["**a", "[", "[a](", "`", "__**~~`", "[]", "]("])
def test_the_work_grows_with_the_length(piece: str) -> None:
    assert is_linear(lambda: from_markdown(piece * 5_000), lambda: from_markdown(piece * 50_000))
