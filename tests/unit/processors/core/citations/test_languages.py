"""Citations in many languages: verbs of saying, particles that are written together with a name, declined names."""

import tomllib
from importlib.resources import files

import pytest

from processors.core.citations.file_models import WordsFile
from processors.core.citations.lexicon import Role
from processors.core.citations.loading import load_lexicon
from processors.core.quotes.lexicon.cue_phrases import helpers_of, words_of_phrases
from tests.support.citations import cited

WORDS = files("processors.core.citations") / "data" / "words.toml"


def outlets(text: str) -> list[str]:
    return [outlet.name for one in cited(text) for outlet in one.outlets]


@pytest.mark.parametrize(
    ("text", "outlet", "cue"),
    [
        ("Daraja la pwani litafungwa hadi Juni, limebaini shirika la habari la Reuters.", "Reuters", "limebaini"),
        ("Daraja la pwani litafungwa hadi Juni, yaripoti Deutsche Welle.", "Deutsche Welle", "yaripoti"),
        ("Meya alikiri hivyo katika mahojiano na Al Jazeera.", "Al Jazeera", "katika mahojiano na"),
        ("Le pont restera fermé jusqu'en juin, assure Le Monde.", "Le Monde", "assure"),
        ("Le maire partira en juin, croit savoir Le Monde.", "Le Monde", "croit savoir"),
        ("Jembatan itu ditutup sampai Juni, demikian diberitakan Antara.", "Antara", "demikian diberitakan"),
        ("Menurut laporan Bloomberg, pabrik itu akan dijual.", "Bloomberg", "Menurut laporan"),
        ("Cây cầu sẽ đóng đến tháng Sáu, Bloomberg hé lộ.", "Bloomberg", "hé lộ"),
        ("बीबीसी ने खुलासा किया है कि पुल जून तक बंद रहेगा।", "BBC", "खुलासा किया है"),
        ("다리가 6월까지 닫힌다고 블룸버그가 폭로했다.", "Bloomberg", "폭로했다"),
        ("Most będzie zamknięty do czerwca – ustaliła Rzeczpospolita.", "Rzeczpospolita", "ustaliła"),
        ("Według Wirtualnej Polski most będzie zamknięty do czerwca.", "Wirtualna Polska", "Według"),
        ("Most bude zavřený do června, zjistily Lidové noviny.", "Lidové noviny", "zjistily"),
        ("Podle Lidových novin bude most zavřený do června.", "Lidové noviny", "Podle"),
        ("A ponte ficará fechada até junho, apurou a Folha de S.Paulo.", "Folha de S.Paulo", "apurou"),
        ("A híd júniusig zárva marad, megerősítette a Telex.", "Telex", "megerősítette"),
        ("پل تا ژوئن بسته می‌ماند، ایرنا تأیید کرد.", "IRNA", "تأیید کرد"),
        ("Míst закриють до червня, дізналася «Українська правда».", "Ukrainska Pravda", "дізналася"),
        ("El puente seguirá cerrado hasta junio, ha sabido El País.", "El País", "ha sabido"),
        ("De brug blijft dicht tot juni, verneemt De Standaard.", "De Standaard", "verneemt"),
        ("CNNは火曜日、橋が六月まで閉鎖されると報じた。", "CNN", "と報じた"),
        ("پل جون تک بند رہے گا، روئٹرز کے مطابق۔", "Reuters", "کے مطابق"),
        ("ராய்ட்டர்ஸ் தகவலின்படி பாலம் ஜூன் வரை மூடப்படும்.", "Reuters", "தகவலின்படி"),
        ("रोयटर्सका अनुसार पुल जुनसम्म बन्द रहनेछ।", "Reuters", "अनुसार"),
        ("Мостот ќе биде затворен до јуни, пренесува Ројтерс.", "Reuters", "пренесува"),
        ("Most će biti zatvoren do juna, prenosi Blumberg.", "Bloomberg", "prenosi"),
        ("Η γέφυρα θα μείνει κλειστή ως τον Ιούνιο, μεταδίδει το Reuters.", "Reuters", "μεταδίδει"),
        ("Brúin verður lokuð fram í júní, greinir Morgunblaðið frá.", "Morgunblaðið", "greinir"),
    ],
)
def test_a_verb_of_saying_in_its_language(text: str, outlet: str, cue: str) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert one.cue is not None
    assert one.cue.text == cue


@pytest.mark.parametrize(
    ("text", "outlet", "written"),
    [
        ("CNN은 다리가 6월까지 닫힌다고 보도했다.", "CNN", "CNN"),
        ("BBC에 따르면 다리는 6월까지 닫힌다.", "BBC", "BBC"),
        ("AP통신은 다리가 6월까지 닫힌다고 전했다.", "Associated Press", "AP"),
        ("Fox News는 다리가 6월까지 닫힌다고 보도했다.", "Fox News", "Fox News"),
        ("연합뉴스에 따르면 다리는 6월까지 닫힌다.", "Yonhap", "연합뉴스"),
    ],
)
def test_korean_writes_its_particles_together_with_a_name(text: str, outlet: str, written: str) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert [span.text for span in one.outlet_text] == [written]
    assert one.kind == "report"
    assert one.cue is not None


@pytest.mark.parametrize(
    "text",
    [
        "CNN은 직원 백 명을 해고하고 사무실을 옮긴다.",
        "Kompas membuka kantor baru di Surabaya pekan depan.",
        "Le Monde supprime trente postes et vend son siège.",
        "Wirtualna Polska zwalnia dwudziestu dziennikarzy.",
        "न्यूयॉर्क टाइम्स अगले महीने नया कार्यालय खोलेगा।",
        "CNNは来月、東京に新しい支局を開く。",
        "Το Reuters ανοίγει νέο γραφείο στην Αθήνα.",
        "Tanjug otvara novu redakciju u Nišu.",
        "O Expresso vai despedir vinte jornalistas em março.",
    ],
)
def test_news_about_an_outlet_is_no_citation_in_any_language(text: str) -> None:
    assert outlets(text) == []


@pytest.mark.parametrize(
    ("text", "outlet", "cue"),
    [
        (
            "Nach ersten Informationen der Rheinischen Post wurde niemand verletzt.",
            "Rheinische Post",
            "Nach ersten Informationen",
        ),
        ("По последним данным «Интерфакса», паром сел на мель.", "Interfax", "По последним данным"),
        ("За попередньою інформацією Суспільного, пором сів на мілину.", "Suspilne", "За попередньою інформацією"),
        ("Laut neuen Berichten der Kleinen Zeitung bleibt der Tunnel zu.", "Kleine Zeitung", "Laut neuen Berichten"),
    ],
)
def test_an_adjective_within_a_phrase_of_attribution(text: str, outlet: str, cue: str) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert one.cue is not None
    assert one.cue.text == cue


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Мост закрыли, но никто не понял как, сообщает Reuters.", "сообщает"),
        ("Міст закрили, але ніхто не зрозумів як, повідомляє Reuters.", "повідомляє"),
    ],
)
def test_a_comma_is_no_adjective_within_a_phrase(text: str, cue: str) -> None:
    (one,) = cited(text)
    assert one.cue is not None
    assert one.cue.text == cue


@pytest.mark.parametrize(
    ("text", "outlet", "kind"),
    [
        (
            "Invitée de France Inter, la maire a promis « un pont neuf avant la fin de l'année ».",
            "France Inter",
            "interview",
        ),
        ("«No habrá más dinero para el puente», ha dicho la alcaldesa en la Cadena SER.", "Cadena SER", "interview"),
        ("Selon des informations de La Voix du Nord, le pont restera fermé.", "La Voix du Nord", "report"),
    ],
)
def test_an_article_or_preposition_that_belongs_to_the_phrase(text: str, outlet: str, kind: str) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert one.kind == kind


@pytest.mark.parametrize(
    ("text", "outlet", "written", "kind"),
    [
        ("לפי דיווח בהארץ, הגשר יישאר סגור עד יוני.", "Haaretz", "הארץ", "report"),
        ("לפי דיווח במעריב, הגשר יישאר סגור עד יוני.", "Maariv", "מעריב", "report"),
        ("قال رئيس البلدية لفرانس برس إن الجسر سيبقى مغلقا.", "Agence France-Presse", "فرانس برس", "interview"),
        ("A híd júniusig zárva marad, mondta a polgármester a Telexnek.", "Telex", "Telexnek", "interview"),
        ("Belediye başkanı NTV'ye konuştu: “Köprüyü kapatmıyoruz.”", "NTV", "NTV", "interview"),
        (
            "„Wir schließen das Werk nicht“, sagte er der Deutschen Welle.",
            "Deutsche Welle",
            "Deutschen Welle",
            "interview",
        ),
    ],
)
def test_a_preposition_or_an_ending_that_is_joined_to_the_name(text: str, outlet: str, written: str, kind: str) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert [span.text for span in one.outlet_text] == [written]
    assert one.kind == kind


@pytest.mark.parametrize(
    ("text", "outlet", "cue", "sources"),
    [
        (
            "Bloomberg со ссылкой на портовые власти пишет, что паром вернётся.",
            "Bloomberg",
            "пишет",
            ["портовые власти"],
        ),
        (
            "Bloomberg, ссылаясь на портовые власти, успокаивает, что паром вернётся.",
            "Bloomberg",
            "успокаивает",
            ["портовые власти"],
        ),
        (
            "Reuters, citing the port authority, writes that the ferry returns.",
            "Reuters",
            "writes",
            ["the port authority"],
        ),
        ("Міст закрито, повідомляє Укрінформ із посиланням на мерію.", "Ukrinform", "повідомляє", ["мерію"]),
        (
            "نقلت صحيفة الشرق الأوسط عن مسؤول في الميناء أن العبارة ستعود.",
            "Asharq Al-Awsat",
            "نقلت",
            ["مسؤول في الميناء"],
        ),
        ("نقلت وكالة رويترز عن مصدر دبلوماسي أن العبارة ستعود.", "Reuters", "نقلت", ["مصدر دبلوماسي"]),
    ],
)
def test_the_source_of_an_outlet_ends_where_its_statement_starts(
    text: str, outlet: str, cue: str, sources: list[str]
) -> None:
    (one,) = cited(text)
    assert [of.name for of in one.outlets] == [outlet]
    assert one.cue is not None
    assert one.cue.text == cue
    assert [source.text for source in one.cited] == sources


@pytest.mark.parametrize(
    "text",
    [
        "ZDF: 20:15 Der Bergdoktor",
        "TF1 : 21h10 Les Enfoirés\nM6 : 21h10 Top Chef",
        "An obituary published in The Times was pinned to the door of the school.",
        "Así rezaba un anuncio publicado en el diario ABC hace ochenta años.",
        "Die Süddeutschen feiern heute Fasching bis in die Nacht.",
    ],
)
def test_a_programme_an_advertisement_or_a_people_is_no_statement(text: str) -> None:
    assert outlets(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le Monde : 3,80 €\nLe Figaro : 3,60 €",
        "Ganadores del premio:\nEl País: mejor reportaje\nLa Vanguardia: mejor fotografía\nABC: mejor diseño",
        "الجزيرة: محرر أخبار، الدوحة\nرويترز: مصور، بيروت\nبي بي سي عربي: منتج، لندن",
        "Aftonbladet (obunden socialdemokratisk):\nDagens Nyheter (oberoende liberal):\nExpressen (obunden liberal):",
    ],
)
def test_a_table_of_outlets_attributes_nothing(text: str) -> None:
    assert outlets(text) == []


def test_a_label_of_a_few_words_alone_is_a_headline() -> None:
    assert outlets("CNN: bridge stays closed") == ["CNN"]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("CNN’нинг хабар беришича, порт очилмайди.", "CNN"),
        ("La agencia Reuters aseguraba este lunes que el puerto se preparaba para cerrar.", "Reuters"),
        ("El País había informado de que el faro se apagaría.", "El País"),
        ("O Globo escrevia ontem que o porto fecharia.", "O Globo"),
        ("El Punt Avui assegurava dilluns que el far s'apagaria.", "El Punt Avui"),
        ("«Նավահանգիստը կփակվի», - հաղորդում է իրանական Fars գործակալությունը։", "Fars News"),
    ],
)
def test_postpositions_past_tenses_and_adjectives_of_countries(text: str, outlet: str) -> None:
    assert outlets(text) == [outlet]


def test_each_postposition_of_the_tables_is_in_the_lexicon() -> None:
    tables = WordsFile.model_validate(tomllib.loads(WORDS.read_text("utf-8"))).cues.values()
    phrases = [phrase for table in tables for phrase, _ in helpers_of(table)]
    found = [load_lexicon().starting(words, 0) for words in words_of_phrases(phrases)]
    assert [
        phrase for phrase, cue in zip(phrases, found, strict=True) if cue is None or not cue.roles & Role.AFTER
    ] == []


@pytest.mark.parametrize(
    ("text", "outlet", "kind"),
    [
        ("„Nitko nam ništa ne govori“, kaže za Jutarnji list putnica Ana Perić.", "Jutarnji list", "interview"),
        ("„Nihče nam nič ne pove,“ pravi za Delo potnica Maja Zupan.", "Delo", "interview"),
        ("انقطاع الكهرباء عن نصف المدينة حتى الفجر / رويترز\n\nنتابع معكم.", "Reuters", "credit"),
        ('בעיר זועמים. לפי דיווח ב"מעריב", העירייה תסגור את המזח.', "Maariv", "report"),
        ('بحسب تقرير لـ"رويترز" تأخر القطار عامين.', "Reuters", "report"),
        ("The latest Siena/New York Times survey puts Harlan ahead by two points.", "The New York Times", "report"),
        ("朝日新聞は、市長が「冬の間は船を出さない方針だ」と述べたと報じた。", "The Asahi Shimbun", "quote"),
        ("新华社报道，市长说“整个冬天都不会有船出海”。", "Xinhua", "quote"),
    ],
)
def test_forms_of_other_languages(text: str, outlet: str, kind: str) -> None:
    assert [(one.outlets[0].name, one.kind.value) for one in cited(text)] == [(outlet, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Das ZDF berichtet heute Abend im Länderspiegel über unseren Hafen!",
        "BBC One reports tonight on our lifeboat crew!",
        "SVT berättar i kväll om vår hamn!",
        "Агентство напоминает о похожем случае в 2019 году.",
        "Dziennik przypomina, że straży zabrakło wody.",
    ],
)
def test_programmes_and_words_for_outlets_are_not_cited(text: str) -> None:
    assert outlets(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "«Правда, вода холодная, но мы привыкли», — пожимает плечами рыбак.",
        "«Новий час — нові правила», — жартує сторож маяка.",
        "„Die Welt ist groß, der Hafen ist klein“, lacht die Wirtin.",
    ],
)
def test_a_common_word_that_opens_a_quotation_is_no_outlet(text: str) -> None:
    assert outlets(text) == []


def test_a_common_word_alone_in_quotation_marks_is_an_outlet() -> None:
    assert outlets("«Порт закроют на зиму», — «Правда».") == ["Pravda"]


@pytest.mark.parametrize(
    "text",
    [
        "El puerto cerró el lunes por la niebla.\nLeer noticia completa en El Mundo.",
        "Il porto ha chiuso lunedì.\nLeggere la notizia completa su La Repubblica.",
        "Порт закрили в понеділок.\nПрочитати новину повністю на Українській правді.",
    ],
)
def test_where_to_read_on_is_no_citation(text: str) -> None:
    assert outlets(text) == []


def test_a_verb_beside_a_time_of_day_reports_where_a_statement_follows() -> None:
    assert outlets("The BBC reported tonight that the pier will close.") == ["BBC"]


@pytest.mark.parametrize(
    "text",
    [
        "Паром снова ходит.\n\nФото: Анна Ольхова / РБК",
        "The ferry runs again.\n\nPhoto by Anna Marie van Alder / Reuters",
        "Die Fähre fährt wieder.\n\nFoto: Anna Erle / Der Spiegel",
    ],
)
def test_a_stroke_in_the_credit_of_a_picture_cites_nobody(text: str) -> None:
    assert outlets(text) == []
