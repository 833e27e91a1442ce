"""Names in scripts without capitals: by form, before particles, in native spelling; sentences of these scripts."""

import pytest

from processors.core.quotes import QuoteSplitter
from processors.core.quotes.lexicon.names_by_form import names_by_form
from processors.core.quotes.lines.lines import lines
from processors.core.quotes.lines.sentences import sentences


def outlets(splitter: QuoteSplitter, text: str) -> list[str]:
    lists = splitter.split(text, (), "tg:7:8")
    return [outlet.name for one in lists for item in one.items for outlet in item.outlets]


def formed(splitter: QuoteSplitter, text: str) -> list[str]:
    return [name.outlet.name for name in names_by_form(text, splitter.registry.names(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《海角晚报》称,灯塔已经熄灭。", ["海角晚报"]),
        ("「北岬新報」は灯台を一面で扱った。", ["北岬新報"]),
        ("《长桥》:一个关于渡口的故事", []),
        ("《费加罗报》称,灯塔已经熄灭。", ["Le Figaro"]),
        ("《聞潮報》(Le Figaro)稱", ["Le Figaro"]),
        ("カルマル・ポステン紙は「灯台は消えた」と伝えた。", ["カルマル・ポステン"]),
        ("ドイツ紙の見方は厳しい。", []),
    ],
)
def test_the_form_of_a_name_shows_an_outlet(splitter: QuoteSplitter, text: str, expected: list[str]) -> None:
    assert formed(splitter, text) == expected


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("馬卡報", "Marca"),
        ("踢球者", "Kicker"),
        ("先鋒報", "La Vanguardia"),
        ("لوفيجارو", "Le Figaro"),
        ("أ ب ث", "Diario ABC"),
        ("南ドイツ新聞", "Süddeutsche Zeitung"),
        ("프랑크푸르터 알게마이네", "Frankfurter Allgemeine Zeitung"),
        ("কলকাতার বিবিসি", "BBC"),
        ("Дойчэ Вэле", "Deutsche Welle"),
    ],
)
def test_an_outlet_is_found_by_its_name_in_another_script(splitter: QuoteSplitter, written: str, name: str) -> None:
    assert name in [found.outlet.name for found in splitter.registry.names(written)]


def test_a_latin_name_may_have_a_korean_particle(splitter: QuoteSplitter) -> None:
    assert [name.outlet.name for name in splitter.registry.names("AFP는 등대가 꺼졌다고 전했다.")] == [
        "Agence France-Presse"
    ]
    assert splitter.registry.names("AFP마을 등대") == []


def test_a_full_stop_ends_a_sentence_before_letters_without_capitals() -> None:
    text = "رویترز این سفر را کوتاه خواند. شبکه الجزیره نوشت که راه بسته است. پایان"
    assert len(sentences(text, 0, len(text))) == 3


def test_a_quotation_right_behind_a_full_stop_opens_a_sentence() -> None:
    text = "La ville est coupée en deux.« Encore », soupire le site."
    assert [text[slice(*span)] for span in sentences(text, 0, len(text))] == [
        "La ville est coupée en deux.",
        "« Encore », soupire le site.",
    ]


def test_a_line_of_georgian_letters_does_not_go_on_with_the_one_above() -> None:
    text = "შუქურა: ნავი ზღვაშია\nნაპირი: ხიდი დაკეტილია"
    assert [text[line.start : line.end] for line in lines(text)] == text.split("\n")


def test_an_ideographic_comma_closes_a_number_without_a_blank() -> None:
    text = "1、《经济学人》：咖啡为何更贵\n2、半岛电视台：第二个雨季"
    assert [text[line.start] for line in lines(text)] == ["《", "半"]


def test_dashes_behind_names_part_a_flattened_list(splitter: QuoteSplitter) -> None:
    text = (
        'عناوين الصحف عن المنارة: "لوفيغارو" - المصباح مطفأ حتى الربيع. "لا ريبوبليكا" - السفن تنتظر في البحر. '
        '"الغارديان" - الحارس كتب كتابا عن النوارس.'
    )
    assert outlets(splitter, text) == ["Le Figaro", "La Repubblica", "The Guardian"]
