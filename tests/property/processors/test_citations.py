"""Citations of arbitrary posts: offsets that hold, positions without gaps, and work that is linear."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.core.citations import CitationFinder, load_finder
from processors.core.citations.markdown_removal import plain_text
from processors.core.quotes import load_splitter
from processors.core.quotes.lines.tokens import Spelling, spell
from schemas import Channel
from tests.support.linear import is_linear

PIECES = (
    *("Reuters", "«Ъ»", "CNN", "РИА Новости", "رویترز", "@harbour_live", "Harbour Times", "BBC", "112"),
    *("сообщает", "reports", "according to", "по данным", "told", "со ссылкой на", "citing", "selon", "به گزارش"),
    *("**", "__", "[", "](https://t.me/harbour)", "(", ")", "«", "»", "“", "”", '"', ":", ",", ".", " — ", "|", "/"),
    *("\n", "\n\n", " ", "📌", "The port is closed", "Порт закрыт", "и", "and", "\u200c", "\u0301", "Об этом", "İ"),
)
posts = st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.text(max_size=200)


@cache
def finder() -> CitationFinder:
    return load_finder(load_splitter().registry)


@given(posts)
def test_every_span_is_its_piece_of_the_text(text: str) -> None:
    (named,) = load_splitter().name_all([text])
    (lists,) = load_splitter().split_all([(text, (), "tg:1:1")], [named])
    citations = finder().citations(named, (), Channel(id=1), "tg:1:1", lists)
    assert [one.position for one in citations] == list(range(len(citations)))
    for one in citations:
        spans = (one, *one.outlet_text, *one.cited, *((one.cue,) if one.cue else ()))
        assert all(span.text == text[span.start : span.end] for span in spans)
        assert one.quotes == tuple(text[start:end] for start, end in one.quote_offsets)
        assert len(one.outlets) == len(one.outlet_text)
        assert one.key == f"tg:1:1:{one.position}"
        assert all(one.start <= written.start and written.end <= one.end for written in one.outlet_text)
    assert all(type(one).model_validate_json(one.to_json()) == one for one in citations)


@given(posts)
def test_the_same_post_gives_the_same_citations(text: str) -> None:
    first, second = load_splitter().name_all([text, text])
    channel = Channel(id=1, title="Reuters")
    assert finder().citations(first, (), channel, "tg:1:1") == finder().citations(second, (), channel, "tg:1:1")


@given(posts)
def test_offsets_of_a_text_without_markdown_lead_back(text: str) -> None:
    spelling = spell(text)
    plain = plain_text(spelling)
    assert len(plain.lower) == len(plain.text)
    for offset, char in enumerate(plain.text):
        place = plain.at_spelling(offset)
        assert spelling.text[place] == char
        assert plain.of_spelling(place) == offset
        assert plain.after(offset + 1) == place + 1


def test_links_of_markdown_are_kept_aside() -> None:
    plain = plain_text(Spelling("**Порт** [закрыт](https://t.me/harbour/1), пишут"))
    assert plain.text == "Порт закрыт, пишут"
    assert [(plain.text[: link.end], link.target) for link in plain.targets] == [
        ("Порт закрыт", "https://t.me/harbour/1")
    ]


HOSTILE = (
    *("Reuters ", "Reuters, AFP and ", "@harbour_lamp reports ", "according to ", "told ", "Reuters reports, citing "),
    *("со ссылкой на ", "по данным ", "Об этом сообщает Reuters. ", "Переслано из Mash: ", "Forwarded from Reuters\n"),
    *("агентство ТАСС ", "корреспондент РИА Новости ", "газета Лампа ", "radio CFRA ", "Lamp Times reports "),
    *(
        "Washinton Post ",
        "Aa Bb Cc Dd ",
        "(AFP) ",
        "(",
        "«",
        '" ',
        "“a ",
        "Ann: ",
        "[a](https://t.me/harbour) ",
        "[a](",
    ),
    *("**a** ", "🔹 Reuters\n", "Reuters — ", " | Reuters", "据新华社报道", "연합뉴스는 ", "نقلت رويترز عن "),
    *("der Zeit ", "112 ", "cnn ", "Reuters и Reuters: «a b c d».\n", "U.S. ", ". A", "İ", "\u0301", "\ud83d"),
)
SIZES = (1_000, 10_000)


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_hostile_input_takes_linear_work(unit: str) -> None:
    def cite(text: str) -> None:
        (named,) = load_splitter().name_all([text])
        (lists,) = load_splitter().split_all([(text, (), "tg:1:1")], [named])
        finder().citations(named, (), Channel(id=1), "tg:1:1", lists)

    small, large = ((unit * (size // len(unit) + 1))[:size] for size in SIZES)
    assert is_linear(lambda: cite(small), lambda: cite(large))
