"""What of a foreign text reaches a terminal."""

import io
import json

import pytest

from runtime.printable import json_for_terminal, one_line, printable
from tgwire.cli.output.terminal import Terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb\x07\x9b\nc\td", "a\\x1b[2Jb\\x07\\x9b\nc\td"),
        ("\x1b]8;;http://example.org\x07link", "\\x1b]8;;http://example.org\\x07link"),
        ("back\bspace\rstart\x7f\x00", "back\\x08space\\x0dstart\\x7f\\x00"),
        ("invoice\u202egnp.exe", "invoice\\u202egnp.exe"),
        ("\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069", r"\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069"),
        ("one\u2028two\u2029three\x85four\x0bfive", r"one\u2028two\u2029three\x85four\x0bfive"),
        ("pay\u200bpal\ufeff\u2060\xad\u180e\u3164", r"pay\u200bpal\ufeff\u2060\xad\u180e\u3164"),
        ("pay\u200dpal \u200cx", r"pay\u200dpal \u200cx"),
        ("hidden\U000e0041\U000e0042", r"hidden\U000e0041\U000e0042"),
        ("\udcff\ud800", r"\xff\ud800"),
        ("e" + "\u0301" * 10, "e" + "\u0301" * 8 + r"\u0301\u0301"),
        ("a\ufe0f\ufe0f \ufe0f", "a\ufe0f\\ufe0f \\ufe0f"),
    ],
)
def test_what_steers_reorders_or_hides_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "می‌شود",
        "क्‍ष नमस्ते",
        "שלום\u200f! \u200eabc",
        "أعلنت هيئة الميناء",
        "👨‍👩‍👧 🏴‍☠️ ❤️ 🇩🇪 👍🏽",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "漢字とかな 한국어",
        "naïve e\u0301 \xa0 …—",
        "[/red] [link=x] :warning:",
        "\ufffd",
    ],
)
def test_what_languages_and_emoji_need_is_left_alone(text: str) -> None:
    assert printable(text) == text


def test_one_line_has_no_line_end_and_no_tab() -> None:
    assert one_line("name\ntgwire: all is well\t") == "name\\ntgwire: all is well\\t"


def test_json_for_a_terminal_means_the_same() -> None:
    value = {"a\x9b": "\u202e\u200b\u2028 \U000e0041 👨‍👩‍👧 می‌شود"}
    document = json.dumps(value, ensure_ascii=False)
    shown = json_for_terminal(document)
    assert json.loads(shown) == value
    assert not set("\x9b\u202e\u200b\u2028\U000e0041") & set(shown)


def written(encoding: str, *parts: object) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Terminal(width=40, file=stream).print(*parts)
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode(encoding).rstrip("\n")


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", r"\u043f\u043e\u0440\u0442 \xe9 - ~"),
        ("latin-1", r"\u043f\u043e\u0440\u0442 é - ~"),
        ("cp1251", r"порт \xe9 — …"),
        ("utf-8", "порт é — …"),
    ],
)
def test_what_an_encoding_lacks_is_written_out(encoding: str, shown: str) -> None:
    assert written(encoding, "порт é — …").replace("\n", " ") == shown


def test_a_console_reads_no_text_as_markup_or_as_the_name_of_an_emoji() -> None:
    assert written("utf-8", "[/red] [lingua] :warning:") == "[/red] [lingua] :warning:"
