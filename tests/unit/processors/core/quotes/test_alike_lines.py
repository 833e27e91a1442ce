"""Outlets that no registry has, found by lines of one form below a line about the press; and what looks like these."""

import pytest

from processors.core.quotes import QuoteSplitter


def names(splitter: QuoteSplitter, *lines: str) -> list[str]:
    lists = splitter.split("\n".join(lines), (), "tg:7:8")
    return [outlet.name for one in lists for item in one.items for outlet in item.outlets]


def test_unknown_local_papers_are_outlets_by_the_words_of_their_names(splitter: QuoteSplitter) -> None:
    lines = (
        "Local papers, best of the week:",
        "Hornsea Beacon: Tide clock runs backwards",
        'The Saltmarsh Ledger: "We lent them the ladder in May"',
        "Fenmoor Courier & Echo: Library reopens without its roof",
    )
    assert names(splitter, *lines) == ["Hornsea Beacon", "The Saltmarsh Ledger", "Fenmoor Courier & Echo"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            (
                "आज के अख़बारों की सुर्खियां",
                "दैनिक भास्कर - नहर में पानी तीन दिन बाद आया",
                "तटीय संवाद - मछुआरों ने बंद किया घाट",
                'अरुण किरण - "हमें पुल चाहिए, भाषण नहीं"',
            ),
            ["Dainik Bhaskar", "तटीय संवाद", "अरुण किरण"],
        ),
        (
            (
                "Մամուլի տեսություն",
                "«Լեռնային լուր». Դպրոցը երկու շաբաթ փակ կմնա",
                "«Ձորի ձայն». Կամուրջը վերանորոգում են ձմռանը",
                "«Կապույտ սար». Այգեպանները սպասում են անձրևի",
            ),
            ["Լեռնային լուր", "Ձորի ձայն", "Կապույտ սար"],
        ),
        (
            (
                "Районные газеты пишут:",
                "— «Приморский труженик»: маяк красят в третий раз",
                "— «Озёрная новь»: паром ушёл без капитана",
                "— «Степная искра»: у клуба снова нет ключей",
            ),
            ["Приморский труженик", "Озёрная новь", "Степная искра"],
        ),
        (
            (
                "What the small papers lead with today",
                "1. Goat blocks the ferry ramp (Pinegrove Sentinel)",
                "2. Bridge vote fails by one (Carson Creek Gazette)",
                "3. Grain barge blocks the canal (Chicago Tribune)",
            ),
            ["Pinegrove Sentinel", "Carson Creek Gazette", "Chicago Tribune"],
        ),
        (
            (
                "Huvudnyheter ur länets tidningar",
                "Dagens Nyheter | Bron stängs till påsk igen",
                "Skärgårdsposten | Ingen vill köpa fyren längre",
                "Sundsbladet | Färjan går när kaptenen vill",
            ),
            ["Dagens Nyheter", "Skärgårdsposten", "Sundsbladet"],
        ),
    ],
    ids=["hindi-dashes", "armenian-quoted-stop", "russian-quoted", "credits", "bars"],
)
def test_lines_of_one_form_below_the_press_name_unknown_outlets(
    splitter: QuoteSplitter, lines: tuple[str, ...], expected: list[str]
) -> None:
    assert names(splitter, *lines) == expected


def test_a_known_name_that_is_a_part_of_a_label_is_not_its_outlet(splitter: QuoteSplitter) -> None:
    lines = (
        "Regional papers this morning:",
        "The Guardian: The lamp is out until spring",
        "The Courier of Hebden: Ships wait at sea for a third day",
        "Reuters: The keeper has written a book about gulls",
    )
    assert names(splitter, *lines) == ["The Guardian", "The Courier of Hebden", "Reuters"]


@pytest.mark.parametrize(
    "lines",
    [
        ("Tonight's headlines:", "Weather: Storms reach the coast", "Sport: United lose again", "Economy: Prices fall"),
        ("आज की सुर्खियां", "मौसम: पहाड़ों पर बर्फ", "खेल: भारत ने मैच जीता", "बाजार: सोना फिर महंगा"),
        ("СМИ к этому часу", "Экономика: рубль укрепился", "Спорт: сборная проиграла", "Погода: ночью заморозки"),
        (
            "How they reacted in the media",
            'Mayor Field: "We will read it"',
            'Governor Cole: "The town has spoken"',
            'Minister Holm: "Nobody won"',
        ),
        (
            "What the press says about our kettles",
            'Model A: "Boils in a minute"',
            "Model B: Quiet and light",
            'Model C: "A kettle for life"',
        ),
        (
            "媒体推荐的三本书",
            "《长桥》：一个关于渡口的故事",
            "《雨季》：作者用二十年写成",
            "《灯塔》：“最好读的一本游记”",
        ),
    ],
    ids=["sections", "hindi-sections", "russian-sections", "politicians", "models", "books"],
)
def test_sections_speakers_and_products_below_the_press_are_no_outlets(
    splitter: QuoteSplitter, lines: tuple[str, ...]
) -> None:
    assert names(splitter, *lines) == []


@pytest.mark.parametrize(
    "title", ["What they write about the flood", "Was sie schreiben", "Что пишут о паводке", "Co píší o povodni"]
)
def test_a_title_with_a_word_of_reviewing_introduces_labels(splitter: QuoteSplitter, title: str) -> None:
    lines = (
        title,
        "",
        "🔹 Neue Zürcher Zeitung: The valley was warned by nobody",
        "🔹 Il Sole 24 Ore: Insurers face a bill of millions",
        '🔹 The Irish Times: "Nobody has seen the river this high"',
        "",
        "👉 Subscribe: @alpine_lamp | Chat",
    )
    assert names(splitter, *lines) == ["Neue Zürcher Zeitung", "Il Sole 24 Ore", "The Irish Times"]


@pytest.mark.parametrize(
    "title",
    ["Overblik: Det skriver aviserne om fyret", "Presseschau: Darüber schreiben die Zeitungen"],
)
def test_a_question_behind_a_short_label_introduces_a_list(splitter: QuoteSplitter, title: str) -> None:
    lines = (title, "- Politiken: The lamp is out until spring", "- Berlingske: Ships wait at sea for days")
    (found,) = splitter.split("\n".join(lines), (), "tg:7:8")
    assert found.lead_in is not None
    assert found.lead_in.text == title


def test_a_line_that_names_the_outlets_below_it_is_no_item(splitter: QuoteSplitter) -> None:
    lines = (
        "The world press on the lighthouse",
        "Reuters, The Guardian and Le Monde all put the lamp on their front pages.",
        "",
        "Reuters: The keeper left the lamp burning in the rain",
        'The Guardian: "The sea was calm on that night"',
        "Le Monde: The inquiry begins a month too late",
    )
    assert names(splitter, *lines) == ["Reuters", "The Guardian", "Le Monde"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Local papers, best of the week: nothing", "The Local"),
        ("Die deutsche Presse schreibt wenig", "Die Presse"),
        ("The Sun-Times has a sketch", "The Sun"),
    ],
)
def test_a_common_word_about_the_press_or_half_a_name_is_no_outlet(
    splitter: QuoteSplitter, text: str, name: str
) -> None:
    lines = (
        "What the press writes",
        text,
        "Reuters: The lamp is out until spring",
        "Le Monde: Ships wait at sea for days",
    )
    found = names(splitter, *lines)
    assert found[-2:] == ["Reuters", "Le Monde"]
    assert name not in found


def test_a_few_words_behind_dashes_are_headlines_below_a_line_about_the_press(splitter: QuoteSplitter) -> None:
    items = (
        "O Globo — Poço novo abastece três povoados",
        "Público — Farol apagado até maio",
        "Expresso — Ponte fecha na segunda",
    )
    assert names(splitter, "Manchetes dos jornais", *items) == ["O Globo", "Público", "Expresso"]
    owners = ("CNN — Lund Group", "Reuters — Berg and sons", "BBC — the crown")
    assert names(splitter, "Owners of papers", *owners) == []


def test_a_line_about_the_press_between_items_is_no_rival_of_theirs(splitter: QuoteSplitter) -> None:
    lines = (
        "World press on the lighthouse",
        "",
        "Reuters writes that the lamp is out.",
        "The papers give long reports of the night.",
        "Le Monde says that ships wait at sea.",
        "The Guardian notes that the keeper is glad.",
    )
    assert "of the same form between" not in splitter.explain("\n".join(lines), ())[-1].message
