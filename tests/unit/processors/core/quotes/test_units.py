"""A post's lines and their bullets."""

import pytest

from processors.core.quotes.lines.lines import lines


def read(text: str) -> list[tuple[str | None, str]]:
    return [(text[slice(*line.marker)] if line.marker else None, text[line.start : line.end]) for line in lines(text)]


@pytest.mark.parametrize(
    ("line", "marker", "content"),
    [
        ("🔹The Times", "🔹", "The Times"),
        ("▪️ Bloomberg", "▪️", "Bloomberg"),
        ("1️⃣ Bloomberg", "1️⃣", "Bloomberg"),
        ("🇫🇷 Le Monde", "🇫🇷", "Le Monde"),
        ("🇬🇧🇺🇸 Sky", "🇬🇧🇺🇸", "Sky"),
        ("— The Telegraph", "—", "The Telegraph"),
        ("-Reuters", "-", "Reuters"),
        ("* item", "*", "item"),
        ("• item", "•", "item"),
        ("1. item", "1.", "item"),
        ("12) item", "12)", "item"),
        ("**Bold** text", None, "Bold** text"),
        ("-5 degrees", None, "-5 degrees"),
        ("3.5 percent", None, "3.5 percent"),
        ("26 October", None, "26 October"),
        ("plain", None, "plain"),
    ],
)
def test_bullets(line: str, marker: str | None, content: str) -> None:
    assert read(line) == [(marker, content)]


def test_a_bullet_alone_on_its_line_belongs_to_the_next() -> None:
    assert read("🔹\nThe Times writes.\n🔹\nBild writes.") == [("🔹", "The Times writes."), ("🔹", "Bild writes.")]


def test_lines_broken_by_links_are_joined() -> None:
    assert read("стверджує в\nстатті\n на\nPolitico\n Іво Петренко.\nДалі") == [
        (None, "стверджує в\nстатті\n на\nPolitico\n Іво Петренко."),
        (None, "Далі"),
    ]


def test_a_dash_after_a_comma_goes_on_with_the_line() -> None:
    assert read("Порт закрыт,\n— Figaro") == [(None, "Порт закрыт,\n— Figaro")]


def test_a_flattened_line_is_cut_at_its_bullets() -> None:
    text = "The press: 🔹 The Times says that the port is closed. 🔹 Bild says that it is open again."
    assert [content for _, content in read(text)] == [
        "The press:",
        "The Times says that the port is closed.",
        "Bild says that it is open again.",
    ]


def test_blank_lines_are_counted() -> None:
    assert [line.blank_before for line in lines("a\nB\n\nC\n\n\nD")] == [0, 0, 1, 2]
