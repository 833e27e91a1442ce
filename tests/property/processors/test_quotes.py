"""Whatever comes in: no exception, offsets that hold, and a time that does not run away."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.core.quotes import load_splitter
from schemas import EntityKind, QuoteList, TextEntity
from tests.support.linear import is_linear

PIECES = st.sampled_from(
    [
        "Reuters",
        "The New York Times",
        "«Аль-Джазира»",
        "Bild",
        "Die Zeit",
        "Le Monde",
        "СNN",
        "Nordic Lamp (Oslo)",
        "газета",
        "foreign media write",
        "Мировые СМИ пишут",
        "Pressestimmen",
        "according to ",
        " reports",
        " пишет",
        ", notes ",
        "citing Anna Berg",
        ": ",
        " - ",
        " — ",
        "\n",
        "\n\n",
        " ",
        ". ",
        "; ",
        ", ",
        "(",
        ")",
        "«",
        "»",
        '"',
        "„",
        "“",
        "”",
        "'",
        "’",
        "🔹",
        "▪️",
        "1️⃣",
        "🇫🇷",
        "1. ",
        "• ",
        "**",
        "@channel",
        "#tag",
        "https://example.org/a",
        "t.me/x",
        "\u200b",
        "\u202e",
        "\u0301",
        "\ud83d",
        "\ude00",
        "İ",
        "ß",
        "שלום",
        "مرحبا",
        "the harbour is closed",
        "порт закрыт",
        "\x00",
        "\t",
        "\u00a0",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join)
ENTITIES = st.lists(
    st.builds(
        TextEntity,
        kind=st.sampled_from([EntityKind.BOLD, EntityKind.TEXT_LINK, EntityKind.BLOCKQUOTE]),
        start=st.integers(0, 500),
        end=st.integers(0, 500),
    ),
    max_size=4,
).map(tuple)
HOSTILE = [
    "🔹 ",
    "•",
    "- ",
    "\n",
    " ",
    '"',
    "«",
    "«»",
    "' ",
    "„",
    ".",
    ". A",
    "#a ",
    "@",
    "@abcd ",
    "http://",
    "Reuters ",
    "Reuters: a\n",
    "Reuters - ",
    "Reuters, Bloomberg, ",
    "Reuters (",
    "Reuters ( \n",
    "Reuters: aa bb cc\nBloomberg: dd ee ff\n",
    "media press ",
    "according to Reuters ",
    "Reuters writes. Bloomberg says. ",
    "New York ",
    "New\nYork\n",
    "СN",
    "_",
    "*\n",
    "\u202eא",
    "\u200b",
    "e\u0301",
    "\ud83d",
    "🇺🇸",
    "1️⃣",
    "1. ",
    "Reuters\n\nBloomberg\n\n",
    "aaa bbb - Reuters - ccc ddd - Politico - ",
    'Reuters: "',
    "газета Новая ",
    "Heading\n\nReuters: a b c d\n\n",
    "\nAbcd (Efgh)",
    "Reuters writes, ",
    "Reuters writes, Bloomberg writes, ",
    "\u00a0",
    " \n",
    "a\nb ",
    "citing president ",
]
OPENING = "Мировые СМИ пишут:\nReuters: порт закрыт на неделю\nBloomberg: порт открыт снова\n"
SIZES = (10_000, 100_000)


def check_offsets(text: str, lists: tuple[QuoteList, ...]) -> None:
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    last_end = 0
    positions = []
    for quotes in lists:
        if quotes.lead_in is not None:
            assert text[quotes.lead_in.start : quotes.lead_in.end] == quotes.lead_in.text
            assert quotes.lead_in.end <= quotes.items[0].start
        for item in quotes.items:
            assert last_end <= item.start < item.end <= len(text)
            last_end = item.end
            positions.append(item.position)
            for span in (item, item.cue, item.topic, *item.outlet_text, *item.cited):
                assert span is None or text[span.start : span.end] == span.text
            for span in (item.cue, *item.outlet_text, *item.cited):
                assert span is None or (item.start <= span.start and span.end <= item.end)
            assert len(item.outlets) == len(item.outlet_text)
            assert item.quotes == tuple(text[start:end] for start, end in item.quote_offsets)
            assert all(item.start <= start < end <= item.end for start, end in item.quote_offsets)
    assert positions == list(range(len(positions)))


@given(TEXTS, ENTITIES)
@settings(max_examples=150, deadline=None)
def test_offsets_hold_for_any_text_and_entities(text: str, entities: tuple[TextEntity, ...]) -> None:
    check_offsets(text, load_splitter().split(text, entities, "tg:1:1"))
    for reason in load_splitter().explain(text, entities):
        assert 0 <= reason.start <= reason.end <= len(text)


@given(st.lists(PIECES, max_size=40).map("".join))
@example("Reuters, notes The New York Times")
@settings(max_examples=150, deadline=None)
def test_an_introduced_list_survives_what_follows_it(noise: str) -> None:
    text = OPENING + "\n\n" + noise
    check_offsets(text, load_splitter().split(text, (), "tg:1:1"))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_a_second_reading_finds_the_same(text: str) -> None:
    assert load_splitter().split(text, (), "a") == load_splitter().split(text, (), "a")


@pytest.mark.parametrize("opening", ["", OPENING], ids=["bare", "after-a-list"])
@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_hostile_input_takes_linear_work(unit: str, opening: str) -> None:
    small, large = ((opening + unit * (size // len(unit)))[:size] for size in SIZES)
    check_offsets(large, load_splitter().split(large, (), "tg:1:1"))
    assert is_linear(
        lambda: load_splitter().split(small, (), "tg:1:1"), lambda: load_splitter().split(large, (), "tg:1:1")
    )
