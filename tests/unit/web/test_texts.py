"""How texts, numbers and moments are shown."""

import time
from zoneinfo import ZoneInfo

import pytest

from schemas.times import DAY_MS
from web.presentation.charts import Dot, bars, time_line
from web.presentation.csv_tables import csv_table
from web.presentation.differing_numbers import differing
from web.presentation.headlines import excerpt
from web.presentation.marked_text import marked, safe_url
from web.presentation.moments import Clock, length, zone_of
from web.presentation.word_diff import compare
from web.presentation.words import plain, short


def pieces(text: str, record: dict[str, object]) -> list[list[tuple[str, str]]]:
    return [[(piece.text, piece.mark) for piece in line.pieces] for line in marked(text, record).paragraphs]


def span(text: str, part: str) -> dict[str, object]:
    start = text.index(part)
    return {"text": part, "start": start, "end": start + len(part)}


def test_marks_are_at_their_code_points() -> None:
    text = "🚢 Le Monde écrit : «la mer monte».\nFin"
    quoted = text.index("la mer")
    item = {
        **span(text, text.partition("\n")[0]),
        "outlets": [{"name": "Le Monde"}],
        "outlet_text": [span(text, "Le Monde")],
        "cue": span(text, "écrit"),
        "quotes": ["la mer monte"],
        "quote_offsets": [(quoted, quoted + len("la mer monte"))],
    }
    found = pieces(text, {"quote_lists": [{"items": [item]}]})
    assert found == [
        [
            ("🚢 ", ""),
            ("Le Monde", "m-outlet"),
            (" ", ""),
            ("écrit", "m-cue"),
            (" : ", ""),
            ("«la mer monte»", "m-quote"),
            (".", ""),
        ],
        [("Fin", "")],
    ]


def test_citations_are_marked_too() -> None:
    text = "As the Harbour Post wrote, it rains."
    citation = {"outlet_text": [span(text, "Harbour Post")], "cue": span(text, "wrote")}
    assert pieces(text, {"citations": [citation]})[0] == [
        ("As the ", ""),
        ("Harbour Post", "m-cite"),
        (" ", ""),
        ("wrote", "m-cue"),
        (", it rains.", ""),
    ]


@pytest.mark.parametrize("bad", [(-5, 3), (2, 1), (0, 10_000), (4, 4)])
def test_a_mark_that_is_not_in_the_text_is_left_out(bad: tuple[int, int]) -> None:
    record = {
        "links": [{"start": bad[0], "end": bad[1], "url": "https://example.org"}],
        "citations": [{"outlet_text": [{"start": bad[0], "end": bad[1]}]}],
    }
    assert pieces("short", record) == [[("short", "")]]


def test_a_text_of_a_megabyte_with_many_marks_takes_less_than_seconds() -> None:
    text = "word and word\n" * 75_000
    links = [{"start": at, "end": at + 4, "url": "https://example.org"} for at in range(0, len(text), 14)]
    begin = time.process_time()
    found = marked(text, {"links": links})
    assert time.process_time() - begin < 5
    assert sum(len(line.pieces) for line in found.paragraphs) == 2 * 75_000


def test_ten_thousand_items_in_a_text_take_less_than_seconds() -> None:
    lines = [f"• Outlet {number}: it rains." for number in range(10_000)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    items = [{"start": start, "end": start + len(line)} for start, line in zip(starts, lines, strict=False)]
    begin = time.process_time()
    found = marked("\n".join(lines), {"quote_lists": [{"items": items}]})
    assert time.process_time() - begin < 5
    assert [line.item for line in found.paragraphs] == list(range(1, 10_001))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " JaVaScRiPt:alert(1)", "//evil", "http://", "http://[", None, 7]
)
def test_only_web_addresses_are_links(url: object) -> None:
    assert safe_url(url) is None


def test_a_difference_is_found_word_by_word() -> None:
    found = compare("Three ships left port today", "Four ships left the port today")
    assert [(part.kind, part.text) for part in found.parts] == [
        ("del", "Three"),
        ("ins", "Four"),
        ("same", " ships left"),
        ("ins", " the"),
        ("same", " port today"),
    ]
    assert found.in_words == "2 words changed"
    assert compare("a b", "a b c d").in_words == "2 words in"
    assert compare("a b", "a").in_words == "1 word out"
    assert compare("same", "same").in_words == "no word changed"


@pytest.mark.parametrize(("before", "after"), [("a b " * 50_000, "b a " * 50_000), ("x" * 500_000, "y" * 500_000)])
def test_a_difference_of_long_texts_is_bounded(before: str, after: str) -> None:
    begin = time.process_time()
    compare(before, after)
    assert time.process_time() - begin < 5


def test_what_did_not_change_is_cut() -> None:
    words = " ".join(f"w{number}" for number in range(400))
    shown = "".join(part.text for part in compare(words, words.replace("w200", "changed")).parts)
    assert "w199" in shown
    assert "w50 " not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    ("text", "headline", "rest"),
    [
        ("First line.\nThen more.", "First line.", " Then more."),
        ("One sentence here. And another.", "One sentence here.", " And another."),
        ("只有一句话在这里，然后结束了吧。第二句。", "只有一句话在这里，然后结束了吧。", "第二句。"),
        ("short", "short", ""),
        ("", "", ""),
    ],
)
def test_a_headline_is_the_first_line_or_sentence(text: str, headline: str, rest: str) -> None:
    found = excerpt(text)
    assert (found.headline, found.rest) == (headline, rest)


def test_long_texts_say_so() -> None:
    assert excerpt("word " * 1_000).is_cut
    assert excerpt("word " * 1_000).length == 5_000
    assert excerpt("字" * 200).length_class == "len2"  # wide characters count twice
    assert not excerpt("a b c").is_cut


def test_numbers_before_the_same_word_are_compared() -> None:
    texts = ["4 dead and 7 people hurt", "at least 3 dead, 7 people hurt", "4 dead", "2 of 5 boats, 3 boats"]
    (row,) = differing(texts)
    assert row.label == "dead"
    assert [(each.value, each.posts) for each in row.readings] == [("4", (0, 2)), ("3", (1,))]


@pytest.mark.parametrize(
    "text", ["at 13:41 hours", "12.05.2026 year", "covid-19 cases", "1/2 share", "https://x/4 dead"]
)
def test_times_dates_and_parts_of_words_are_no_numbers(text: str) -> None:
    assert differing([text, text.replace("1", "3").replace("4", "6")]) == []


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1_000, "1.0 K"), (12_345, "12.3 K"), (999_999, "1.0 M"), (None, "unknown")],
)
def test_counts_have_few_digits(number: int | None, shown: str) -> None:
    assert short(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (59.6 * 60, "1 h"),
        (70 * 60, "1 h 10"),
        (86_400, "1 day"),
        (900_000, "10 days"),
    ],
)
def test_lengths_of_time_have_two_units_at_most(seconds: float, shown: str) -> None:
    assert length(seconds * 1000) == shown


def test_names_lose_what_steers_or_hides() -> None:
    assert plain("\u202egnp.exe\u0000 \u2066x\u200b\n y") == "gnp.exe x y"


def test_moments_are_local_with_utc_beside() -> None:
    clock = Clock(1_764_331_800_000, ZoneInfo("Asia/Tokyo"))
    assert clock.time(1_764_331_800_000) == (
        '<time datetime="2025-11-28T12:10:00Z" title="2025-11-28 12:10:00 UTC">21:10:00</time>'
    )
    assert clock.zone_name == "Tokyo time (UTC+9)"
    assert clock.day_name(1_764_331_800_000 - DAY_MS) == "Thursday, 27 November"
    assert zone_of("Nowhere/Land").key == "UTC"


def test_charts_have_a_name_and_no_style() -> None:
    chart = bars([0, 5, 10], 'most "10"', hot_last=True)
    assert 'aria-label="most &#34;10&#34;"' in chart
    assert chart.count("<rect") == 3
    assert "style" not in chart
    line = time_line([("", [Dot(0, True), Dot(60_000), Dot(7_200_000)])], "copies")
    assert line.count("<circle") == 2
    assert "NaN" not in time_line([("", [Dot(0, True)])], "one")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_table_never_begins_a_formula(text: str) -> None:
    assert csv_table([{"text": text}], ["text"]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")
