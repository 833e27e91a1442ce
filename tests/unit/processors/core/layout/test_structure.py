import pytest

from processors.core.layout.structure import blocks
from schemas import Block, EntityKind, Section, TextEntity

Outline = list[tuple[str, str]]


def _outline(text: str, *bold: str) -> Outline:
    """Kinds and texts, with a section as its kind and label and what it holds after it."""
    entities = tuple(
        TextEntity(kind=EntityKind.BOLD, start=text.index(part), end=text.index(part) + len(part)) for part in bold
    )
    outline: Outline = []
    for block in blocks(text, entities):
        _add(outline, block)
    return outline


def _add(outline: Outline, block: Block | Section) -> None:
    if isinstance(block, Section):
        outline.append((block.kind.value, block.label.text))
        for inner in block.blocks:
            _add(outline, inner)
    else:
        outline.append((block.kind.value, f"{block.marker}|{block.text}" if block.marker else block.text))


def test_a_short_first_paragraph_is_the_headline() -> None:
    assert _outline("⚡️Fire in town.\n\nIt began at noon.\nNobody is hurt.") == [
        ("headline", "⚡️|Fire in town."),
        ("paragraph", "It began at noon.\nNobody is hurt."),
    ]


@pytest.mark.parametrize("text", ["Only one line.", "Line\nsecond line", f"{'long ' * 40}\n\nrest", "A list:\n\nx"])
def test_what_does_not_read_as_a_headline_is_none(text: str) -> None:
    assert _outline(text)[0][0] == "paragraph"


def test_a_bold_first_line_is_the_headline_without_a_blank_line_too() -> None:
    assert _outline("Fire in town!\nIt began at noon.", "Fire in town") == [
        ("headline", "Fire in town!"),
        ("paragraph", "It began at noon."),
    ]


def test_headings_are_alone_on_their_line_and_end_without_punctuation() -> None:
    text = "Headline.\n\nWhat is known 📝\n\nA sentence. Another\n\nBold: one\nText.\n\nThe end"
    assert _outline(text, "Bold: one") == [
        ("headline", "Headline."),
        ("heading", "What is known 📝"),
        ("paragraph", "A sentence. Another"),
        ("heading", "Bold: one"),
        ("paragraph", "Text."),
        ("paragraph", "The end"),
    ]


@pytest.mark.parametrize("marker", ["•", "-", "–", "1.", "2)", "1️⃣", "🔹", "❗️", "🇺🇸", "👩‍💻", "✅ ✅"])
def test_markers_are_kept_apart_from_the_text(marker: str) -> None:
    assert _outline(f"Lead-in:\n{marker} one\n{marker} two\ngoes on") == [
        ("paragraph", "Lead-in:"),
        ("bullet", f"{marker}|one"),
        ("bullet", f"{marker}|two\ngoes on"),
    ]


@pytest.mark.parametrize("text", ["— Direct speech, he said.", "9. May is a holiday", "-5 degrees\n-7 degrees", "🔹"])
def test_a_lonely_dash_or_number_is_no_list(text: str) -> None:
    assert _outline(text) == [("paragraph", text)]


def test_sections() -> None:
    text = (
        "Headline\n\nНа видео: пожар.\n\nТекст.\n\nНиже публикуем полный текст канала «Рыбарь»:\n\nАбзац.\n\n"
        "UPD 2: новое\n\n• пункт"
    )
    assert _outline(text) == [
        ("headline", "Headline"),
        ("media_description", "На видео:"),
        ("paragraph", "пожар."),
        ("paragraph", "Текст."),
        ("embedded", "Ниже публикуем полный текст канала «Рыбарь»:"),
        ("paragraph", "Абзац."),
        ("addendum", "UPD 2:"),
        ("paragraph", "новое"),
        ("bullet", "•|пункт"),
    ]


@pytest.mark.parametrize(
    ("label", "who"),
    [
        ("The following is Rybar's more detailed description of this video.", "Rybar"),
        ("Here is the full text by Jane Doe:", "Jane Doe"),
        ("Forwarded from: Some Channel", "Some Channel"),
        ("Далее полный текст канала Вестник:", "Вестник"),
        ("Далі подаємо допис каналу «Вісник»", "Вісник"),
        ("Es folgt eine ausführliche Beschreibung von Kanal Eins.", "Kanal Eins"),
    ],
)
def test_an_embedded_text_is_attributed(label: str, who: str) -> None:
    (section,) = blocks(f"{label}\n\nText.", ())
    assert isinstance(section, Section)
    assert section.kind == "embedded"
    assert section.attributed_to is not None
    assert section.attributed_to.text == who


@pytest.mark.parametrize(
    "label", ["Adding:", "Update:", "UPD:", "P.S.", "Добавим:", "Дополнение:", "Nachtrag:", "Оновлено:"]
)
def test_an_addendum_follows_the_post(label: str) -> None:
    assert _outline(f"A post.\n\n{label}\n\nMore text.")[1] == ("addendum", label)
    assert _outline(f"A post.\n{label} more text.")[1:] == [("addendum", label), ("paragraph", "more text.")]


@pytest.mark.parametrize("text", ["Добавим, что это фраза.", "Updates are out", "Video:", "UPD: nothing before"])
def test_words_that_only_look_like_labels(text: str) -> None:
    assert [kind for kind, _ in _outline(text)] == ["paragraph"]


def test_a_media_description_ends_where_prose_ends() -> None:
    outline = _outline("Photo:\n\nA house.\n\nA tree.\n\n• point\n\nText.")
    assert [kind for kind, _ in outline] == ["media_description", "paragraph", "paragraph", "bullet", "paragraph"]
    (section, *rest) = blocks("Photo:\n\nA house.\n\n• point", ())
    assert isinstance(section, Section)
    assert (section.start, section.end) == (0, 16)
    assert len(rest) == 1
