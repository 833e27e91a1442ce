"""Whatever is written, what is shown neither steers nor reorders nor hides, and JSON keeps its meaning."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from runtime.printable import encodable, json_for_terminal, one_line, printable

PERMITTED = set("\n\t\u200c\u200d\u200e\u200f\u061c")
VISIBLE = {chr(code) for code in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)}
"""Format characters that are drawn: signs of numbers in Arabic and its kin."""

texts = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Mn", "Zl", "Zp"]),
        st.sampled_from("\x1b[]\u202e\u200d\ufe0f🏴👍یa\U000e0067\U000e007f"),
    )
)


def hides(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(texts)
def test_nothing_shown_steers_or_hides(text: str) -> None:
    shown = printable(text)
    tags = {chr(code) for code in range(0xE0030, 0xE0080)} if "🏴" in text else set[str]()
    marks_of_hieroglyphs = {chr(code) for code in range(0x13430, 0x13440)}
    assert {each for each in shown if hides(each)} <= PERMITTED | VISIBLE | tags | marks_of_hieroglyphs


@given(texts)
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    assert not set(one_line(text)) & set("\n\t\r\x0b\x0c\x85\u2028\u2029")


@given(texts, st.sampled_from(["ascii", "latin-1", "cp1251", "koi8-r", "shift_jis", "utf-8"]))
def test_every_encoding_can_write_what_is_shown(text: str, encoding: str) -> None:
    encodable(printable(text), encoding).encode(encoding)


@given(st.text())
def test_json_keeps_its_meaning(text: str) -> None:
    assert json.loads(json_for_terminal(json.dumps({text: text}, ensure_ascii=False))) == {text: text}
