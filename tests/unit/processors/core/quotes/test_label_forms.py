"""Forms of labels and credits: signs, brackets, tags, addresses, writers; lists that report nothing of an outlet."""

import pytest

from processors.core.quotes import QuoteSplitter
from tests.support.quotes import outlets_of

LEAD = "Foreign press on the lighthouse\n\n"


def found(splitter: QuoteSplitter, text: str) -> list[tuple[str, str]]:
    lists = splitter.split(text, (), "tg:7:8")
    return [(" + ".join(outlet.name for outlet in item.outlets), item.text) for one in lists for item in one.items]


def listed(splitter: QuoteSplitter, lines: list[str]) -> list[str]:
    """The names of what is found in lines of a list, each of which is one item as it stands."""
    items = found(splitter, LEAD + "\n".join(lines))
    assert [text for _, text in items] == lines
    return [name for name, _ in items]


@pytest.mark.parametrize("sign", ["→", "➜", "➡️", "»", "›", "▸", "•", "~", "//", ">>", "=", "|"])
def test_a_sign_parts_a_label_from_its_text(splitter: QuoteSplitter, sign: str) -> None:
    lines = [f"Le Monde {sign} The lamp is out until spring", f"Reuters {sign} Ships wait at sea for a third day"]
    assert listed(splitter, lines) == ["Le Monde", "Reuters"]


@pytest.mark.parametrize("brackets", ["[]", "【】"])
def test_a_label_may_be_in_brackets(splitter: QuoteSplitter, brackets: str) -> None:
    opening, closing = brackets[0], brackets[1]
    lines = [
        f"{opening}Le Monde{closing} The lamp is out until spring",
        f"{opening}Reuters{closing} Ships wait at sea for days",
        f"{opening}Die Zeit{closing} The keeper counts gulls",
    ]
    names = [name for name, _ in found(splitter, LEAD + "\n".join(lines))]
    assert names == ["Le Monde", "Reuters", "Die Zeit"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("#ElPaís", "#LaVanguardia", "#Reuters"), ["El País", "La Vanguardia", "Reuters"]),
        (("lemonde.fr", "corriere.it", "zeit.de"), ["Le Monde", "Corriere della Sera", "Die Zeit"]),
        (("reuters", "bloomberg", "politico"), ["Reuters", "Bloomberg", "Politico"]),
        (("@nytimes", "@guardian", "@Reuters"), ["The New York Times", "The Guardian", "Reuters"]),
    ],
)
def test_a_label_may_be_a_tag_an_address_a_channel_or_in_lower_case(
    splitter: QuoteSplitter, labels: tuple[str, ...], names: list[str]
) -> None:
    texts = ("the lamp is out until spring", "ships wait at sea for days", '"we count the gulls", the keeper says')
    post = LEAD + "\n".join(f"{label}: {text}" for label, text in zip(labels, texts, strict=True))
    assert [name for name, _ in found(splitter, post)] == names


def test_a_writer_may_precede_the_outlet_of_a_label(splitter: QuoteSplitter) -> None:
    lines = [
        "Ann Field (Financial Times): The lamp is out because nobody wanted to pay for it.",
        "Olaf Tveit (Le Monde): A keeper without a lamp is a tenant.",
        "Marie Lenz, Die Zeit: Ships wait at sea and the port waits for ships.",
    ]
    assert listed(splitter, lines) == ["Financial Times", "Le Monde", "Die Zeit"]


def test_a_country_may_precede_an_outlet_behind_the_same_sign(splitter: QuoteSplitter) -> None:
    lines = ["France | Le Monde | The lamp is out until spring", "Spain | El País | Ships wait at sea for days"]
    assert listed(splitter, lines) == ["Le Monde", "El País"]


@pytest.mark.parametrize(
    "form", ["{} / {}", "{} ~ {}", "{} [{}]", "{} (via {})", "{}. Vía {}", "{} (Quelle: {})", "{}\nSource: {}"]
)
def test_a_credit_follows_a_sign_or_a_word_for_a_source(splitter: QuoteSplitter, form: str) -> None:
    texts = ["The lamp is out until spring", "Ships wait at sea for a third day", '"We count the gulls", a keeper says']
    names = ["Le Monde", "Reuters", "Bloomberg"]
    lines = [form.format(text, name) for text, name in zip(texts, names, strict=True)]
    items = found(splitter, LEAD + "\n\n".join(lines))
    assert items == list(zip(names, lines, strict=True))


@pytest.mark.parametrize(
    "marks", [("a)", "b)", "c)"), ("1/", "2/", "3/"), ("1/3", "2/3", "3/3"), ("II.", "III.", "IV.")]
)
def test_letters_and_roman_or_barred_numbers_are_markers(splitter: QuoteSplitter, marks: tuple[str, ...]) -> None:
    lines = ["Le Monde: the lamp is out", "Reuters: ships wait at sea", "Bloomberg: gulls are cheaper"]
    post = LEAD + "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=True))
    assert [text for _, text in found(splitter, post)] == lines


def test_an_outlet_whose_name_is_a_word_for_pictures_has_statements(splitter: QuoteSplitter) -> None:
    post = f"{LEAD}Reuters: ships wait at sea\nBild: der Leuchtturm bleibt bis zum Frühjahr dunkel\nLe Monde: who pays?"
    assert [name for name, _ in found(splitter, post)] == ["Reuters", "Bild", "Le Monde"]
    credited = f"{LEAD}Reuters: ships wait at sea\nLe Monde: the lamp is out\n\nBild: Reuters"
    assert [name for name, _ in found(splitter, credited)] == ["Reuters", "Le Monde"]


def test_an_advertisement_between_items_is_in_none(splitter: QuoteSplitter) -> None:
    first, second, third = "Le Monde: the lamp is out", "Reuters: ships wait at sea", "El País: gulls win"
    post = f"{LEAD}🔹 {first}\n🔹 {second}\n\n👉 Subscribe to our newsletter\n\n🔹 {third}"
    assert [text for _, text in found(splitter, post)] == [first, second, third]


def test_an_article_tells_outlets_of_one_name_apart(splitter: QuoteSplitter) -> None:
    registry = splitter.registry
    for written, outlet in (
        ("Der Standard", "der-standard"),
        ("Die Presse", "die-presse"),
        ("Standard", "evening-standard"),
    ):
        resolved = registry.resolve(written)
        assert resolved is not None
        assert resolved.id == outlet


@pytest.mark.parametrize(
    "post",
    [
        "What a subscription costs this year\n\nThe Economist: $79\nLe Monde: €12.99\nReuters: free\nBild: €249",
        "On the radio tonight\n\nBBC: 20:00, a play\nFrance Inter: 21:15, a quiz\nNPR: 22:30, songs\nRAI: 23:00, news",
        "Vacancies this week\n\nReuters – editor, London\nDer Spiegel – reporter, Hamburg\nLe Monde – intern, Paris",
        "Cup of the newsrooms\n\nLe Monde – Reuters 3:1\nBBC – CNN 0:0\nBild – El País 2:4",
        "Who reads what\n\n1. Le Monde: 14 %\n2. El País: 11.5 %\n3. Bild: 9 %",
        "CBS: You had no primary.\nLUND: I had support.\nCBS: Nobody knows you.\nLUND: I have run for weeks.",
        "CBS: You had no primary at all. LUND: I had support. CBS: Nobody knows you. LUND: I have run for weeks.",
        "Angebote am Samstag\n\nStern: Laterne „Leuchtturm“ aus Glas, 45 cm hoch, nur 39 €\n"
        "Bild: Druck „Hafen im Nebel“, gerahmt, jetzt 24,90 €\n"
        "Spiegel: „Lumina“ mit Rahmen aus Eiche, 60 x 80 cm, 79 €.",
        "Распродажа на маяке\n\nОгонёк: свеча «Маяк», большая, из воска, 350 руб.\n"
        "Звезда: гирлянда «Гавань», сто ламп, 990 ₽\nСмена: костюм для вахты «Шторм», размер любой, 2 400 ₽",
        "Ada Berg: Madam, Ada Berg from the Harbour Post. Is the lamp repaired?\nOlu Adeyemi: I have two questions. "
        "What is the situation at sea?\nSpokeswoman: Those are not my words.\n"
        "Olu Adeyemi: No, I mean the report, Sir.\nIda Holm: I am from BBC News. Who pays?",
        "Where to find us\n\nReuters: https://reuters.example\nBBC: https://bbc.example\nCNN: https://cnn.example",
    ],
)
def test_prices_programmes_vacancies_scores_and_dialogues_are_no_quotes(splitter: QuoteSplitter, post: str) -> None:
    assert found(splitter, post) == []


def test_the_heading_of_a_post_introduces_its_list(splitter: QuoteSplitter) -> None:
    lines = [
        "Le Monde: “the lamp is out”",
        "Reuters: ships wait",
        "El País: “a dark coast”",
        "Politico: who pays for it?",
    ]
    post = "Five views of the lighthouse\n\n" + "\n".join(lines)
    (one,) = splitter.split(post, (), "tg:7:8")
    assert one.lead_in is not None
    assert one.lead_in.text == "Five views of the lighthouse"
    assert [item.topic for item in one.items] == [None] * 4


@pytest.mark.parametrize(
    ("post", "names"),
    [
        (
            "【各報頭條】颱風與票價\n\n《明報》－ 颱風逼近 學校明日停課\n\n《星島日報》－ 樓市成交跌三成",
            ["Ming Pao", "Sing Tao Daily"],
        ),
        (
            "台灣各報頭版\n自由時報─電價凍漲半年\n聯合報─缺工潮蔓延餐飲\n中國時報─輕軌延宕再追加百億",
            ["Liberty Times", "United Daily News", "China Times"],
        ),
        (
            "各紙社説\n朝日新聞～川の防災を問い直せ\n産経新聞～離島の港を急げ\n日経新聞～賃上げの裾野を広げよ",
            ["The Asahi Shimbun", "Sankei Shimbun", "Nikkei"],
        ),
        (
            "[오늘 신문 1면]\n한겨레－전세 대책 또 미뤄\n경향신문－의료원 절반 휴진\n동아일보－반도체 인력 유출",
            ["Hankyoreh", "Kyunghyang Shinmun", "Dong-A Ilbo"],
        ),
        (
            "What the papers say\nDaily Mail ‒ Ministers retreat on the bus tax\n"
            "Guardian ‒ Hospitals run out of beds again\nDaily Mirror ‒ Nurses to walk out on Monday",
            ["Daily Mail", "The Guardian", "Daily Mirror"],
        ),
    ],
)
def test_signs_as_wide_as_characters_and_dashes_of_all_lengths_part_a_label(
    splitter: QuoteSplitter, post: str, names: list[str]
) -> None:
    assert outlets_of(splitter, post) == names


def test_wide_signs_behind_other_words_make_no_list(splitter: QuoteSplitter) -> None:
    assert outlets_of(splitter, "【產品目錄】\n經濟－ 便宜耐用\n標準－ 一般家庭\n豪華－ 附三年保固") == []
