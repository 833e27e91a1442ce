"""Layouts of lists: what each item holds, however the post names its outlets, and what is no item."""

import pytest

from processors.core.quotes import QuoteSplitter
from schemas import MediaQuote

LEAD = "Foreign media on the lighthouse:\n"


def items(splitter: QuoteSplitter, text: str) -> list[MediaQuote]:
    return [item for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]


def found(splitter: QuoteSplitter, text: str) -> list[tuple[str, str]]:
    return [(" + ".join(outlet.name for outlet in item.outlets), item.text) for item in items(splitter, text)]


STORY = "The keeper spoke about the storm for an hour, and nobody asked him anything.\n\n"


def test_a_later_mention_of_an_outlet_leaves_the_list_before_it(splitter: QuoteSplitter) -> None:
    listed = f"{LEAD}Reuters: the lighthouse is dark.\nBloomberg: the lamp is costly.\nCNN: ships wait at sea.\n\n"
    later = f"{STORY * 5}The keeper had worked for Le Monde until spring.\n\nHe once gave an interview to Politico."
    assert [item.position for item in items(splitter, listed + later)] == [0, 1, 2]
    assert found(splitter, listed + later) == found(splitter, listed)


@pytest.mark.parametrize("ending", ["as they are", "to be", "for all of us", "it is on", "go up"])
def test_a_line_that_ends_in_a_short_word_does_not_take_in_the_next(splitter: QuoteSplitter, ending: str) -> None:
    text = f"{LEAD}Reuters: leave the lamps {ending}\nBloomberg: the tower will be sold\nCNN: the keeper retires"
    assert [name for name, _ in found(splitter, text)] == ["Reuters", "Bloomberg", "CNN"]


@pytest.mark.parametrize("apposition", ["part of a bank since May", "owned by the Lund family", "long a rival of ours"])
def test_an_apposition_does_not_part_an_outlet_from_its_verb(splitter: QuoteSplitter, apposition: str) -> None:
    text = f"{LEAD}Le Figaro, {apposition}, writes that the lamp is out.\nReuters reports that ships wait at sea."
    first, second = items(splitter, text)
    assert [item.outlets[0].name for item in (first, second)] == ["Le Figaro", "Reuters"]
    assert first.cue is not None
    assert first.cue.text == "writes"


@pytest.mark.parametrize("speaker", ["Anna Lund", "Spokesman of the port", "Minister Berg", "Olaf Tveit"])
def test_persons_and_spokesmen_are_no_outlets(splitter: QuoteSplitter, speaker: str) -> None:
    text = f"{LEAD}🔹 Reuters: the lighthouse is dark.\n🔹 {speaker}: we are glad.\n🔹 Bloomberg: the lamp is costly."
    assert [name for name, _ in found(splitter, text)] == ["Reuters", "Bloomberg"]


def test_a_colon_before_an_empty_line_does_not_cut_an_item(splitter: QuoteSplitter) -> None:
    first = "Le Monde comments on the lighthouse:\n\nWhoever saves on light pays for wrecks."
    second = "The Guardian says on the ferry:\n\nA ferry without passengers is a costly bridge."
    assert [text for _, text in found(splitter, f"Press review\n\n{first}\n\n{second}")] == [first, second]


def test_flags_in_a_line_begin_items(splitter: QuoteSplitter) -> None:
    text = (
        "World press this evening: 🇬🇧 Reuters: the lighthouse will be sold soon. 🇫🇷 Le Monde: Paris wants the lamp. "
        "🇺🇸 CNN: the keeper has written a book about his years."
    )
    assert [name for name, _ in found(splitter, text)] == ["Reuters", "Le Monde", "CNN"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Reuters | The lamp is out", "Le Monde | Ships wait at sea"),
        ('Reuters (UK). "The lamp is out until spring"', 'Le Monde (France). "Ships wait at sea"'),
        ("Reuters, of London (UK): the lamp is out", "Le Monde, of Paris (France): ships wait at sea"),
        ("ENGLAND – REUTERS\nThe lamp is out, and nobody knows why.", "FRANCE – LE MONDE\nShips wait at sea for days."),
        ("Reuters, England\nThe lamp is out, and nobody knows why.", "Le Monde, France\nShips wait at sea for days."),
        ('"The lamp is out until spring, and nobody pays."REUTERS (LONDON)', '"Ships wait at sea."LE MONDE (PARIS)'),
        ('"The lamp is out until spring."\nREUTERS (LONDON)', '"Ships wait at sea for days."\nLE MONDE (PARIS)'),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_forms_of_naming_an_outlet(splitter: QuoteSplitter, first: str, second: str, between: str) -> None:
    text = f"The press of the world on the lighthouse:\n\n{first}{between}{second}"
    assert found(splitter, text) == [("Reuters", first), ("Le Monde", second)]


def test_outlets_that_share_a_sentence_have_items_of_their_own(splitter: QuoteSplitter) -> None:
    text = (
        f'{LEAD}— Reuters said it was "a dark day", Bloomberg called it "a long night" and CNN "a small mishap".\n'
        '— Le Monde asked "who will pay for the lamp?"'
    )
    assert found(splitter, text) == [
        ("Reuters", 'Reuters said it was "a dark day"'),
        ("Bloomberg", 'Bloomberg called it "a long night"'),
        ("CNN", 'CNN "a small mishap".'),
        ("Le Monde", 'Le Monde asked "who will pay for the lamp?"'),
    ]


def test_a_paragraph_whose_later_sentence_names_the_outlet_is_one_item(splitter: QuoteSplitter) -> None:
    first = "The lamp is out for the first time in a century. Ships have waited since Monday, Reuters reports."
    second = "Nobody wants the tower. The asking price is one crown, writes Le Monde."
    third = "The keeper is seventy. He will stay until a younger one is found, CNN says."
    text = f"Foreign press review:\n\n{first}\n\n{second}\n\n{third}"
    assert [text for _, text in found(splitter, text)] == [first, second, third]


@pytest.mark.parametrize(
    "places",
    [("FRANCE – LE FIGARO\n", "ITALY – LA REPUBBLICA\n"), ("Da Parigi, Le Figaro: ", "Da Roma, La Repubblica: ")],
    ids=["line", "label"],
)
def test_a_place_before_an_outlet_is_part_of_its_label(splitter: QuoteSplitter, places: tuple[str, str]) -> None:
    first, second = (
        f"{places[0]}The tower is dark, and nobody pays.",
        f"{places[1]}The ships wait at sea for a pilot.",
    )
    assert found(splitter, f"{LEAD}\n{first}\n\n{second}") == [("Le Figaro", first), ("La Repubblica", second)]


def test_lines_that_only_name_a_front_page_are_no_items(splitter: QuoteSplitter) -> None:
    text = (
        "The papers: dark tower\n"
        "Front page of the Guardian\nThe Guardian leads with the keeper, who says he is tired.\n"
        "Front page of the Daily Mail\nThe Daily Mail says the lamp will cost a million pounds.\n"
        'Front page of the Independent\n"Lights out" is the headline in the Independent.'
    )
    assert [item.text.split("\n")[0] for item in items(splitter, text)] == text.split("\n")[2::2]


@pytest.mark.parametrize(
    "text",
    [
        "Keeper to retire, say British media\n\nHe told the council in May, Reuters reports.\n\n"
        "The Guardian adds that no successor was found.",
        "Смотрителя маяка уволили, пишут СМИ\n\nПриказ подписан в пятницу, сообщает «Интерфакс».\n\n"
        "ТАСС отмечает, что замены ему нет.",
    ],
    ids=["en", "ru"],
)
def test_a_story_that_cites_the_press_in_its_heading_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert found(splitter, text) == []


def test_a_phrase_behind_an_outlet_attributes_as_a_verb_does(splitter: QuoteSplitter) -> None:
    text = "Auslandspresse zum Leuchtturm:\nReuters zufolge bleibt er dunkel.\nBloomberg zufolge warten die Schiffe."
    assert [(item.outlets[0].name, item.cue and item.cue.text) for item in items(splitter, text)] == [
        ("Reuters", "zufolge"),
        ("Bloomberg", "zufolge"),
    ]


def test_an_unknown_name_that_opens_its_line_as_known_ones_do_is_an_item(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters reports that the tower is dark.\nThe Skerry Lantern writes that nobody pays.\n" + (
        "Bloomberg says the lamp is costly."
    )
    assert [name for name, _ in found(splitter, text)] == ["Reuters", "The Skerry Lantern", "Bloomberg"]


def test_a_word_that_is_nearly_a_name_is_no_outlet(splitter: QuoteSplitter) -> None:
    text = f"{LEAD}Reuters: Der Turm steht still.\nEr ärgert die Politiker in Wien.\nBloomberg: Er bleibt dunkel."
    assert "Politiken" not in [name for name, _ in found(splitter, text)]


@pytest.mark.parametrize("heading", ["Världspressen om fyren", "Die Weltpresse zum Turm", "A világsajtó a toronyról"])
def test_a_compound_with_a_word_for_the_press_introduces_a_list(splitter: QuoteSplitter, heading: str) -> None:
    text = f"{heading}:\nReuters: the tower is dark.\nBloomberg: the lamp is costly."
    (quotes,) = splitter.split(text, (), "tg:7:8")
    assert quotes.lead_in is not None
    assert quotes.lead_in.text == f"{heading}:"
