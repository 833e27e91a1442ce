"""What a reader of the records relies on: kinds, cited persons, unknown outlets, evidence, keys, reasons."""

import re

import pytest

from processors.core.quotes import QuoteSplitter, ReasonSubject
from schemas import EntityKind, MediaQuote, QuoteKind, TextEntity

LEAD = "Foreign media on the harbour:\n\n"


def items(splitter: QuoteSplitter, text: str, *entities: TextEntity) -> list[MediaQuote]:
    return [item for quotes in splitter.split(text, entities, "tg:7:8") for item in quotes.items]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('Bloomberg ran the headline "The harbour sleeps".', QuoteKind.HEADLINE),
        ('Bloomberg: "The harbour sleeps, and nobody wakes it."', QuoteKind.DIRECT),
        ('Bloomberg writes that the harbour "sleeps until spring" for lack of money.', QuoteKind.MIXED),
        ("Bloomberg writes that the harbour is closed.", QuoteKind.INDIRECT),
    ],
)
def test_kinds(splitter: QuoteSplitter, line: str, kind: QuoteKind) -> None:
    first, _ = items(splitter, f"{LEAD}🔹 {line}\n🔹 Reuters reports that the harbour is open.")
    assert first.kind is kind


@pytest.mark.parametrize(
    ("phrase", "cited"),
    [
        ("citing Anna Berg.", ["Anna Berg"]),
        ("citing President Anna Berg and others.", ["Anna Berg"]),
        ("citing two officials.", []),
        ("citing Reuters.", []),
        ("and quotes Berg, who called it a failure.", ["Berg"]),
    ],
)
def test_cited_persons(splitter: QuoteSplitter, phrase: str, cited: list[str]) -> None:
    text = f"{LEAD}🔹 Bloomberg writes about the harbour, {phrase}\n🔹 Le Monde reports that it is open."
    assert [span.text for span in items(splitter, text)[0].cited] == cited


def test_an_unknown_outlet_has_the_id_of_its_name(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters (UK): it is open.\nNordic Lamp (Norway): it is closed.\nLe Monde (France): nobody knows."
    unknown = items(splitter, text)[1].outlets[0]
    assert (unknown.id, unknown.name, unknown.is_known) == ("?nordic lamp", "Nordic Lamp", False)


def test_two_outlets_of_one_statement_make_one_item(splitter: QuoteSplitter) -> None:
    first, second = items(splitter, f"{LEAD}🔹 Reuters and Bloomberg report a fire.\n🔹 CNN says it is out.")
    assert [outlet.name for outlet in first.outlets] == ["Reuters", "Bloomberg"]
    assert [span.text for span in first.outlet_text] == ["Reuters", "Bloomberg"]
    assert [outlet.name for outlet in second.outlets] == ["CNN"]


def test_two_statements_of_one_unit_make_two_items(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}🔹 Reuters reports a fire. Bloomberg says that it is out.\n🔹 CNN writes about the smoke."
    assert [item.outlets[0].name for item in items(splitter, text)] == ["Reuters", "Bloomberg", "CNN"]
    assert items(splitter, text)[1].text == "Bloomberg says that it is out."


def test_keys_and_positions_count_over_all_lists(splitter: QuoteSplitter) -> None:
    found = items(splitter, f"{LEAD}Reuters: the harbour is open.\nBloomberg: the harbour is closed.")
    assert [item.key for item in found] == ["tg:7:8:0", "tg:7:8:1"]
    assert [item.position for item in found] == [0, 1]


def test_keys_and_positions_go_on_in_the_second_list_of_a_post(splitter: QuoteSplitter) -> None:
    speech = "The mayor spoke about the storm for an hour, and nobody asked anything. He had no answers to give.\n\n"
    agenda = "1. The council meets on Monday.\n2. The bridge stays closed.\n3. The ferry is late.\n\n"
    harbour = "Reuters: the harbour is open.\nBloomberg: the harbour is closed.\nDer Spiegel: the harbour is full.\n\n"
    bridge = "CNN: the bridge is open.\nLe Monde: the bridge is closed.\nThe Guardian: the bridge is late."
    text = f"{LEAD}{harbour}{speech}{agenda}{speech}Foreign media on the bridge:\n\n{bridge}"
    lists = splitter.split(text, (), "tg:7:8")
    assert [[(item.key, item.position) for item in quotes.items] for quotes in lists] == [
        [("tg:7:8:0", 0), ("tg:7:8:1", 1), ("tg:7:8:2", 2)],
        [("tg:7:8:3", 3), ("tg:7:8:4", 4), ("tg:7:8:5", 5)],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Reuters: the harbour is open.",
        "Reuters: the harbour is open.\nReuters: the harbour is closed.",
        "Reuters (UK): it is open.\nNordic Lamp (Norway): it is closed.\nHarbour Post (Sweden): nobody knows.",
    ],
)
def test_one_known_outlet_without_a_word_about_the_press_is_not_looked_into(splitter: QuoteSplitter, text: str) -> None:
    assert items(splitter, text) == []
    (reason,) = splitter.explain(text, ())
    assert (reason.finding, reason.start, reason.end) == (ReasonSubject.GATE, 0, len(text))


@pytest.mark.parametrize(("sentences", "expected"), [(500, 3), (600, 2)])
def test_text_after_16_384_characters_is_not_read(splitter: QuoteSplitter, sentences: int, expected: int) -> None:
    story = "The storm went on for hours. " * sentences
    text = f"{LEAD}Reuters: the harbour is open.\nBloomberg: it is closed. {story}\nCNN: it is late."
    assert len(items(splitter, text)) == expected


def test_bold_type_shows_that_a_common_word_is_a_name(splitter: QuoteSplitter) -> None:
    text = "Ein Tag am Hafen\n\nStern: „Der Hafen ist zu.“\nFocus: „Der Hafen ist offen.“"
    assert items(splitter, text) == []
    start, other = text.index("Stern:"), text.index("Focus:")
    bold = [
        TextEntity(kind=EntityKind.BOLD, start=start, end=start + 6),
        TextEntity(kind=EntityKind.BOLD, start=other, end=other + 5),
    ]
    assert [item.outlets[0].name for item in items(splitter, text, *bold)] == ["Stern", "Focus"]


def test_a_politician_in_a_list_is_no_item(splitter: QuoteSplitter) -> None:
    text = (
        f"{LEAD}🔹 Reuters: the harbour is open.\n🔹 Minister: we are glad of it.\n🔹 Bloomberg: the harbour is closed."
    )
    assert [item.outlets[0].name for item in items(splitter, text)] == ["Reuters", "Bloomberg"]


def test_footers_and_farewells_belong_to_no_item(splitter: QuoteSplitter) -> None:
    footer = "That is all for today.\n\n🔔 Subscribe to us\n#press"
    text = f"{LEAD}Reuters: the harbour is open.\n\nBloomberg: the harbour is closed.\n\n{footer}"
    assert items(splitter, text)[-1].text == "Bloomberg: the harbour is closed."


def test_confidence_grows_with_the_evidence(splitter: QuoteSplitter) -> None:
    lines = 'WSJ: "oil is calm".\nNYT: "the mayor will not run".\nReuters: "the port is open".\nCNN: "ice".'
    bare = splitter.split(lines, (), "tg:1:1")[0]
    full = splitter.split(LEAD + lines, (), "tg:1:1")[0]
    assert bare.confidence is not None
    assert full.confidence is not None
    assert 0 < bare.confidence < full.confidence <= 1


def test_an_unknown_outlet_is_less_certain_than_its_list(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters (UK): it is open.\nNordic Lamp (Norway): it is closed.\nLe Monde (France): nobody knows."
    known, unknown, _ = items(splitter, text)
    assert known.confidence is not None
    assert unknown.confidence is not None
    assert unknown.confidence < known.confidence


def test_explain_shows_why_a_list_was_found(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters: the harbour is open.\nBloomberg: the harbour is closed."
    reasons = splitter.explain(text, ())
    assert [reason.finding for reason in reasons] == [
        ReasonSubject.LEAD_IN,
        ReasonSubject.ITEM,
        ReasonSubject.ITEM,
        ReasonSubject.LIST,
    ]
    assert text[reasons[1].start : reasons[1].end] == "Reuters: the harbour is open."
    assert "an introduction speaks of the press" in reasons[-1].message


@pytest.mark.parametrize(
    ("text", "finding", "message"),
    [
        ("A calm day in the harbour.", ReasonSubject.GATE, "fewer than two outlets"),
        ("CNN and Reuters were there.", ReasonSubject.GATE, "attributes nothing"),
        ("A fire broke out, Reuters reports.\n\nIt is out, CNN says.", ReasonSubject.GATE, "attributes nothing"),
        (
            f"{LEAD}Reuters: the harbour is open.\nReuters: the ferry is late.\n\n"
            "The mayor went home, and the port was quiet until a reporter of CNN came.",
            ReasonSubject.NO_LIST,
            "two items of two outlets",
        ),
    ],
)
def test_explain_shows_why_no_list_was_found(
    splitter: QuoteSplitter, text: str, finding: ReasonSubject, message: str
) -> None:
    last = splitter.explain(text, ())[-1]
    assert last.finding is finding
    assert message in last.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f"{LEAD}Reuters: all the news of the day t.me/reuters_example\nBBC: the news of the night @bbc_example",
            "point to channels",
        ),
        (
            "Owners of papers\n\n• CNN — Lund Group\n• Reuters — Berg and sons\n• BBC — the crown",
            "a table or a glossary",
        ),
        ("Fokus\n\nStern: Der Hafen ist „zu“.\nFocus: Der Hafen ist „offen“.", "a common word"),
    ],
)
def test_refusals_give_their_reason(splitter: QuoteSplitter, text: str, reason: str) -> None:
    assert splitter.split(text, (), "tg:1:1") == ()
    assert reason in splitter.explain(text, ())[-1].message


def test_a_lead_in_comes_without_its_tags_and_speaker(splitter: QuoteSplitter) -> None:
    text = "Anna Berg: Foreign media on the harbour: #press #ports\n\nReuters: it is open.\nBloomberg: it is closed."
    lead_in = splitter.split(text, (), "tg:1:1")[0].lead_in
    assert lead_in is not None
    assert lead_in.text == "Foreign media on the harbour:"


def test_a_credit_line_between_items_belongs_to_none(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters: the harbour is open.\nPhoto: Anna Berg\nBloomberg: the harbour is closed."
    assert [item.text for item in items(splitter, text)] == [
        "Reuters: the harbour is open.",
        "Bloomberg: the harbour is closed.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n", "🔹", "Reuters", "Reuters:", "«»", "\ud83d"])
def test_nothing_makes_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert splitter.split(text, (), "tg:1:1") == ()


def test_explain_names_the_evidence_of_items_and_list_with_its_weight(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters: the harbour is open.\nBloomberg: the harbour is closed.\nCNN: the harbour is late."
    *_, first, _, _, listed = splitter.explain(text, ())
    assert re.search(r"^Reuters \(label\); .*label [+-]\d\.\d", first.message)
    assert re.search(r"probability 0\.\d\d: .*covered \+\d\.\d", listed.message)


@pytest.mark.parametrize(
    "text",
    [
        f"{LEAD}🔹 Reuters reports a fire.\n🔹 Rain falls.\n🔹 Snow falls.\n🔹 Hail falls.\n🔹 CNN reports rain.",
        "Trade news\n\n• CNN moves.\n• Reuters hires a cook.\n• Bloomberg sells a house.",
        "A fire broke out in the harbour, Reuters reports.\n\nIt is out, CNN says, citing the mayor.",
    ],
    ids=["a digest with wire credits", "news about outlets", "one story of two agencies"],
)
def test_what_only_looks_like_a_list_is_none(splitter: QuoteSplitter, text: str) -> None:
    assert splitter.split(text, (), "tg:1:1") == ()
