"""What is shown of a hit: the words that were sought, marked in the text as it was written."""

import pytest

from schemas.query.occurrences import marks
from schemas.query.parser import parse
from schemas.query.relevance import ranked
from schemas.query.snippets import snippet
from schemas.query.tokens import TokenSpan, spans, tokens


def marked(query: str, text: str) -> list[str]:
    return [text[start:end] for start, end in marks(parse(query), text)]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("мост", "Мост, МОСТ и мостик", ["Мост", "МОСТ"]),
        ("мост*", "Мост, МОСТ и мостик", ["Мост", "МОСТ", "мостик"]),
        ('"big bridge"', "A Big — bridge, a big old bridge", ["Big — bridge"]),
        ('dont OR cafe "big bri"*', "Don’t! Cafe\u0301 of a big bridge", ["Don’t", "Cafe\u0301", "big bridge"]),
        ("北京", "在北京人", ["北京"]),
        ('"a b" "b c"', "a b c", ["a b c"]),
        ("a NOT b", "a b", ["a"]),
        ("lang:ru is:first", "a b", []),
    ],
)
def test_what_was_sought_is_marked(query: str, text: str, expected: list[str]) -> None:
    assert marked(query, text) == expected


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("a bridge", [(2, 8)], 40) == ("a bridge", [(2, 8)], False, False)


def test_a_long_text_is_cut_around_most_marks() -> None:
    text = "one bridge " + "filler " * 60 + "the bridge near the bridge was a bridge " + "tail " * 60
    shown = snippet(text, marks(parse("bridge"), text), 100)
    assert shown.is_cut_before
    assert shown.is_cut_after
    assert len(shown.text) <= 100
    assert [shown.text[start:end] for start, end in shown.marks] == ["bridge"] * 3
    assert shown.text.startswith("filler")
    assert f" {shown.text} " in f" {text} "


def test_without_marks_the_beginning_is_shown() -> None:
    assert snippet("word " * 50, [], 22) == ("word word word word", [], False, True)


def test_the_most_relevant_hit_comes_first() -> None:
    hits = ["a storm and a bridge", "bridge", "storm bridge", "storm and other things"]
    order = ranked(parse("storm* bridge"), [tokens(hit) for hit in hits])
    assert order == [2, 0, 1, 3]
    assert ranked(parse("lang:ru"), [tokens(hit) for hit in hits]) == [0, 1, 2, 3]


def test_a_text_without_what_is_sought_is_not_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = list[str]()

    def spans_of(text: str) -> list[TokenSpan]:
        mapped.append(text)
        return spans(text)

    monkeypatch.setattr("schemas.query.occurrences.spans", spans_of)
    tree = parse("d'accord OR мост*")
    assert marks(tree, "Nothing of it is in this line") == []
    assert mapped == []
    assert marks(tree, "Мосты закрыты") == [(0, 5)]
    assert marks(tree, "all are D’ACCORD") == [(8, 16)]
