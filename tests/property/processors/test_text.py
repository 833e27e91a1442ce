"""Whatever the text is: no exception, and every span is in place."""

import unicodedata
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from processors.core.layout.structure import blocks
from processors.core.text import annotations
from processors.core.text.clean import clean, remap
from schemas import EntityKind, Section, Span, TextEntity

# Pieces that the rules look at, so that hypothesis meets their borders.
PIECES = [
    *(
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\t",
        "\u00a0",
        "\u200b",
        "\u200d",
        "\u200c",
        "\ufe0f",
        "\ufeff",
        "\u2800",
    ),
    *(
        "\u202e",
        "\u061c",
        "\u0301",
        "\u0306",
        "\u0344",
        "\u0f73",
        "\u1100",
        "\u1161",
        "\u11a8",
        "\ufb1d",
        "\u2adc",
        "e",
    ),
    *("И", "и", "ק", "ب", "कि", "\u180e", "\u0338", "ſ", "ﷺ", "ẛ̣"),
    *("🔹", "❗️", "🇺🇸", "👩\u200d💻", "1️⃣", "3\u20e3", "•", "- ", "— ", "1. ", "2) ", "*", "#", "@", "#tag", "@name"),
    *("https://", "t.me/", "www.", "https://a.example/(b)", ".", ":", ")", "a", "Word", "UPD:", "P.S. ", "Photo:"),
    *("Adding:\n\n", "The following is X's text.", "Forwarded from: Y", "На видео: "),
]
TEXT = st.one_of(st.text(max_size=60), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join))
ENTITIES = st.lists(
    st.builds(
        TextEntity,
        kind=st.sampled_from(EntityKind),
        start=st.integers(0, 80),
        end=st.integers(0, 80),
        url=st.sampled_from([None, "https://example.org"]),
    ),
    max_size=6,
).map(tuple)


@given(TEXT)
def test_clean_up_is_idempotent_and_normal(raw: str) -> None:
    text = clean(raw).text
    again = clean(text)
    assert again.text == text
    assert again.maps == ()
    assert unicodedata.is_normalized("NFC", text)
    assert "\n\n\n" not in text
    assert " \n" not in text
    assert text == text.strip(" \n")


@given(TEXT, ENTITIES)
def test_entities_stay_within_the_text(raw: str, entities: tuple[TextEntity, ...]) -> None:
    cleaned = clean(raw)
    moved = remap(entities, cleaned, len(raw))
    assert all(0 <= entity.start < entity.end <= len(cleaned.text) for entity in moved)


@given(TEXT, TEXT)
def test_an_entity_holds_the_same_words_before_and_after(left: str, right: str) -> None:
    raw = f"{left}QUQ{right}"
    cleaned = clean(raw)
    bold = TextEntity(kind=EntityKind.BOLD, start=len(left), end=len(left) + 3)
    (moved,) = remap((bold,), cleaned, len(raw))
    assert cleaned.text[moved.start : moved.end] == "QUQ"


@given(TEXT, ENTITIES)
def test_spans_of_the_layout_are_true_and_in_order(raw: str, entities: tuple[TextEntity, ...]) -> None:
    cleaned = clean(raw)
    text = cleaned.text
    end = 0
    for span in _spans(text, remap(entities, cleaned, len(raw))):
        assert span.text
        assert span.text == text[span.start : span.end]
        assert span.start >= end
        end = span.end


def _spans(text: str, entities: tuple[TextEntity, ...]) -> Iterator[Span]:
    for block in blocks(text, entities):
        if not isinstance(block, Section):
            yield block
            continue
        assert block.label.start == block.start
        assert block.blocks
        assert block.end == block.blocks[-1].end
        yield block.label
        if block.attributed_to is not None:
            assert block.attributed_to.text
            assert text[block.attributed_to.start : block.attributed_to.end] == block.attributed_to.text
        yield from block.blocks


@given(TEXT, ENTITIES)
def test_no_letter_is_lost_by_the_layout(raw: str, entities: tuple[TextEntity, ...]) -> None:
    cleaned = clean(raw)
    text = cleaned.text
    covered: set[int] = set()
    for span in _spans(text, remap(entities, cleaned, len(raw))):
        covered.update(range(span.start, span.end))
    assert not [character for at, character in enumerate(text) if at not in covered and character.isalpha()]


@given(TEXT, ENTITIES)
def test_annotations_are_true_in_order_and_apart(raw: str, entities: tuple[TextEntity, ...]) -> None:
    cleaned = clean(raw)
    text, moved = cleaned.text, remap(entities, cleaned, len(raw))
    links = annotations.links(text, moved)
    kinds: list[tuple[Span, ...]] = [
        links,
        annotations.mentions(text, moved, links),
        annotations.hashtags(text, moved, links),
    ]
    for spans in kinds:
        end = 0
        for span in spans:
            assert span.text
            assert span.text == text[span.start : span.end]
            assert span.start >= end
            end = span.end
    assert all(link.url for link in links)
