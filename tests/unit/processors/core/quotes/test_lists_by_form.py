"""Lists whose form decides: names below headlines, names that are common words, unknown names among known ones."""

import json
from pathlib import Path

import pytest

from processors.core.quotes import QuoteSplitter

REPORTS_NOTHING = [
    json.loads(line) for line in Path(__file__).with_name("reports_nothing.jsonl").read_text("utf-8").splitlines()
]
"""Posts that name outlets and report nothing which these published."""


def found(splitter: QuoteSplitter, text: str) -> list[tuple[str, str]]:
    items = [item for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]
    return [(" + ".join(outlet.name for outlet in item.outlets), item.text) for item in items]


HEADLINES = ("Keeper leaves the lighthouse in spring", "Ferry crews vote for a strike", "Harbour sells its last crane")


@pytest.mark.parametrize("sign", ["- ", "— ", "– ", "© "])
@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("heading", ["What the papers say", "Front pages", "Pressestimmen"])
def test_each_name_with_a_dash_below_a_headline_has_that_headline(
    splitter: QuoteSplitter, sign: str, blank: str, heading: str
) -> None:
    names = ("Financial Times", "The Guardian", "Daily Mirror")
    units = [f"{headline}\n{sign}{name}" for headline, name in zip(HEADLINES, names, strict=True)]
    assert found(splitter, f"{heading}\n\n{blank.join(units)}") == list(zip(names, units, strict=True))


def test_names_with_a_dash_above_their_headlines_keep_the_headlines_below(splitter: QuoteSplitter) -> None:
    names = ("Financial Times", "The Guardian", "Daily Mirror")
    units = [f"{name}\n{headline}" for headline, name in zip(HEADLINES, names, strict=True)]
    text = "Front pages\n\n" + "\n\n".join(f"- {unit}" for unit in units)
    assert [item.replace("- ", "") for _, item in found(splitter, text)] == units


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "تیتر روزنامه‌های امروز\n\nاعتماد: پل شهر بسته شد\nشرق: باران به جنوب رسید\nکیهان: قیمت نان بالا رفت",
            ["Etemad", "Shargh", "Kayhan"],
        ),
        (
            "Berita utama hari ini\n\nKompas – Jembatan kota ditutup sampai musim hujan\n"
            "Tempo – Wali kota menolak bicara soal jembatan",
            ["Kompas", "Tempo.co"],
        ),
    ],
)
def test_a_heading_about_the_press_makes_outlets_of_common_words(
    splitter: QuoteSplitter, text: str, names: list[str]
) -> None:
    assert [name for name, _ in found(splitter, text)] == names


def test_of_outlets_with_one_name_the_one_from_the_country_of_its_neighbours_is_meant(splitter: QuoteSplitter) -> None:
    names = splitter.registry.names("Tempo and La Repubblica have it, Corriere della Sera has not.")
    assert [name.outlet.name for name in names] == ["Il Tempo", "La Repubblica", "Corriere della Sera"]
    names = splitter.registry.names("Tempo and The Jakarta Post have it.")
    assert [name.outlet.name for name in names] == ["Tempo.co", "The Jakarta Post"]


@pytest.mark.parametrize(
    ("bullet", "name"), [("🗞", "Форум Нюз"), ("📰", "Сряда Днес"), ("🗞", "Сряда"), ("▪️", "Лампа Нюз")]
)
def test_an_unknown_name_that_is_shown_to_be_an_outlets_is_an_item(
    splitter: QuoteSplitter, bullet: str, name: str
) -> None:
    listed = ["24 часа: Мостът остава затворен", "Труд: Кметът мълчи за моста", f"{name}: Фериботът спира до пролетта"]
    text = "Преглед на печата\n\n" + "\n".join(f"{bullet} {line}" for line in listed)
    assert [item for _, item in found(splitter, text)] == listed


@pytest.mark.parametrize(("tag", "name"), [("OGlobo", "O Globo"), ("ABCNews", "ABC"), ("ElPaís", "El País")])
def test_a_tag_that_joins_the_words_of_a_name_is_the_outlet(splitter: QuoteSplitter, tag: str, name: str) -> None:
    text = (
        f"Press review:\n\n#Reuters: the bridge stays closed\n#{tag}: the ferry is full\n#Bloomberg: the port is sold"
    )
    assert [outlet for outlet, _ in found(splitter, text)] == ["Reuters", name, "Bloomberg"]


@pytest.mark.parametrize("post", REPORTS_NOTHING, ids=lambda post: post["kind"])
def test_what_outlets_did_offered_or_won_is_no_list(splitter: QuoteSplitter, post: dict[str, str]) -> None:
    assert found(splitter, post["text"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "CNN: I can feel the nerves of the whole crowd here\nMSNBC: The old harbour is a kind of kingdom by itself",
        "ARD: Ich spüre die Aufregung in der ganzen Halle\nZDF: Der alte Hafen ist eine Welt für sich",
        "Missing since spring:\n\nReuters: Ali Said, last seen in May near the river\n"
        "Al Jazeera: Omar Bey, last seen in June at a checkpoint",
    ],
)
def test_two_labels_that_nothing_introduces_are_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert found(splitter, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Магазин Apple уведомил «Радио Свобода» об удалении приложения службы\n\n"
        "Поводом для письма, как сообщает «Радио Свобода», стало требование ведомства.\n\n"
        "Приложение «Свобода» с текстами её проектов Сибирь.Реалии и Север.Реалии доступно в других странах.\n\n"
        "Ранее по требованию ведомства было удалено приложение телеканала «Настоящее время».",
        "El juez pidió a «El País» que retirara el archivo\n\n"
        "Según informa «El País», el diario recurrirá la orden.\n\n"
        "También «El Mundo» y «La Vanguardia» tuvieron que retirar el suyo.\n\nEn enero cerró «Público» por lo mismo.",
    ],
)
def test_a_story_about_outlets_that_goes_on_with_the_first_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert found(splitter, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Der Bürgermeister bleibt im Amt.\n\nZuvor hatte die dpa gemeldet, er trete zurück.\n\n"
        "Diese Meldung bestätigte sein Sprecher, schreibt die Süddeutsche Zeitung.\n\n"
        "Die ARD berichtet unterdessen, dass der Rat noch tagt.",
        "El alcalde no dimitirá.\n\nAntes, EFE había informado de que preparaba una carta.\n\n"
        "Esa información la confirmó su abogado, según La Vanguardia.\n\n"
        "La cadena SER asegura que el pleno sigue reunido.",
        "Мэр останется на посту.\n\nРанее агентство «Интерфакс» сообщало, что он уходит.\n\n"
        "Эти сведения подтвердил и его пресс-секретарь, пишет «Эхо Кавказа».\n\n"
        "«РИА Новости» при этом передаёт, что совет ещё заседает.",
        "Мер залишиться.\n\nРаніше агентство «Інтерфакс» повідомляло, що він іде.\n\n"
        "Цю інформацію підтвердив його речник, пише «Європейська правда».\n\n"
        "«Укрінформ» зазначає, що рада ще засідає.",
        "O autarca não se demite.\n\nAntes, a Lusa tinha noticiado a sua saída.\n\n"
        "A informação foi confirmada pelo advogado à RTP.\n\nO Público diz que o conselho continua reunido.",
        "Le maire reste.\n\nAuparavant, France Bleu avait annoncé son départ.\n\n"
        "C'est ce que confirme son avocat à l'AFP.\n\nLe Dauphiné libéré précise que le conseil siège encore.",
    ],
)
def test_a_story_that_goes_back_to_what_came_before_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert found(splitter, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "🇫🇷 Le Figaro: Париж не готов платить за мост\n🇩🇪 Die Welt: канцлер потерял терпение",
        "📰 Sözcü: Köprü haziranda açılıyor\n📰 Milliyet: Vapur seferleri durdu",
        "#Bloomberg Мост откроют только в июне\n#Reuters Паром вернётся на линию весной",
    ],
)
def test_two_labels_that_are_shown_as_sources_are_a_list(splitter: QuoteSplitter, text: str) -> None:
    assert len(found(splitter, text)) == 2


def test_a_tag_before_its_text_is_a_label(splitter: QuoteSplitter) -> None:
    text = "#Bloomberg Мост закрыт до июня\n#Reuters Паром полон\n#WSJ Порт продан"
    assert [outlet for outlet, _ in found(splitter, text)] == ["Bloomberg", "Reuters", "The Wall Street Journal"]


def test_an_outlet_whose_name_opens_credits_is_an_item_behind_a_bullet(splitter: QuoteSplitter) -> None:
    text = "• The Times: міст закрито\n• Bild: пором переповнений\n• El País: порт продано"
    assert [outlet for outlet, _ in found(splitter, text)] == ["The Times", "Bild", "El País"]


def test_korean_figures_with_what_they_count_are_words_of_a_headline(splitter: QuoteSplitter) -> None:
    text = "오늘의 신문 1면\n\n한겨레: 다리 6월까지 폐쇄\n조선일보: 전기요금 7월부터 인상\n경향신문: 의사 부족 심각"
    assert len(found(splitter, text)) == 3


def test_credits_of_pictures_are_no_list(splitter: QuoteSplitter) -> None:
    assert found(splitter, "Reuters: photo by A. Lee\nAFP: video by B. Roy\nAP: photo by C. Diaz") == []


@pytest.mark.parametrize(
    ("heading", "reports"),
    [
        ("Foreign newspapers on the day", ("Tourists photographed the eruption", "A journalist was held for an hour",
                                           "The deputy minister resigns over the digital tax")),
        ("Обзор прессы", ("Операторы связи просят отсрочки", "Расследование пожара затянется до осени",
                          "Фотографии со спутника показали новый мост")),
        ("Огляд преси", ("Розслідування пожежі триває", "Президент дав інтерв'ю про бюджет", "Міст закрили на рік")),
        ("Revue de presse", ("L'enquête sur l'incendie avance", "Un plan numérique pour les écoles",
                             "Un pont offert à la ville")),
        ("Przegląd prasy", ("Śledztwo w sprawie pożaru", "Wywiad z premierem o budżecie", "Operator sieci ostrzega")),
        ("Presseschau", ("Recherche zum Brand am Hafen", "Eine Kamera filmt den Angriff", "Die Brücke bleibt zu")),
        ("Rassegna stampa", ("L'inchiesta sul ponte si allarga", "Intervista al ministro sul bilancio",
                             "Le fotografie dal satellite del porto")),
        ("Pressestimmen", ("Touristen fotografierten den Ausbruch", "Passanten fotografierten das Feuer",
                           "Satelliten fotografierten die neue Brücke")),
        ("Rassegna stampa", ("Un turista ha fotografato l'eruzione", "Il drone ha fotografato il ponte",
                             "Un passante ha fotografato l'incendio")),
        ("Buitenlandse pers", ("Toeristen fotografeerden de uitbarsting", "Een drone fotografeerde de brug",
                               "Voorbijgangers fotografeerden de brand")),
    ],
)  # fmt: skip
def test_words_of_the_trade_that_are_news_as_well_speak_against_no_list(
    splitter: QuoteSplitter, heading: str, reports: tuple[str, ...]
) -> None:
    names = ("Reuters", "Bloomberg", "Politico")
    units = [f"{name}: {report}." for name, report in zip(names, reports, strict=True)]
    assert found(splitter, f"{heading}:\n" + "\n".join(f"• {unit}" for unit in units)) == list(
        zip(names, units, strict=True)
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Två båtar kolliderade i natt utanför fyren, enligt Dagens Nyheter.\n\n"
            "– Vi hörde en smäll, säger en granne till Expressen.\n\nKustbevakningen vill inte svara (TT).",
            id="three outlets in turn, no quotation",
        ),
        pytest.param(
            "【速報】港の閉鎖が来週まで延長される見通しとなった。日本経済新聞が報じた。\n\n"
            "港長は読売新聞の取材に対し、「理由は霧だ」と述べた。\n\n共同通信によると、14日に会見が開かれる。",
            id="three outlets in turn, one quotation",
        ),
        pytest.param(
            "صدرت في وسائل الإعلام تقارير كثيرة تتحدث عن احتمال إغلاق الميناء في الأيام القادمة بعد حادث السفينة.\n"
            'ونقلت صحيفة "يديعوت أحرونوت"، عن مصادر في الميناء قولها إنه "لم يقرر شيء بعد".\n'
            'وذكرت القناة 12 العبرية، أن "الطاقم ينتظر الأجور" منذ ثلاثة أسابيع.',
            id="two outlets below a paragraph that mentions the press",
        ),
        pytest.param(
            "Reuters: the crew of the barge has waited for wages for three weeks\n\n"
            "The Guardian writes that the owner went bankrupt last month. The agency has no comment.",
            id="a headline and a sentence",
        ),
        pytest.param(
            "Канал «Mash» сообщил о гибели своего редактора в море.\n\nКанал называет его имя — Егор. «Коммерсантъ», "
            "сопоставив посты, пришёл к выводу, что это Егор Маяков.\n\nКак пишет сам «Mash», он погиб «в шторм».\n\n"
            "Ранее канал сообщал, что его ведут восемь человек.",
            id="a story that goes back to its outlet",
        ),
    ],
)
def test_a_story_that_outlets_add_to_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert splitter.split(text, (), "tg:7:8") == ()
