"""Layouts of press reviews: whose an item is, where it ends, and what only looks like one."""

import pytest

from processors.core.quotes import QuoteSplitter
from tests.support.quotes import outlets_of


def _texts_of(splitter: QuoteSplitter, text: str) -> list[str]:
    return [item.text for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]


_SECTIONS = [
    pytest.param(
        "La rassegna stampa di oggi\n\nCORRIERE DELLA SERA\n\n“Porto chiuso, navi ferme”, apre il "
        "quotidiano.\n\nNel fondo si "
        "parla di tasse (“Chi paga il molo”).\n\nIn basso la Rai e il nuovo palinsesto (“Rai, via tre "
        "programmi”).\n\n"
        "LA STAMPA\n\n“Il sindaco rinvia il voto”, titola in apertura.\n\n“La nebbia costa cara”, si legge nel "
        "taglio alto.",
        ["Corriere della Sera", "La Stampa"],
        id="paragraphs that quote headlines about others",
    ),
    pytest.param(
        'أبرز عناوين الصحف اليوم:\n\n* "الأهرام":\n\n- إغلاق الجسر أسبوعين\n\n- وصول سفينة القمح\n\n- الحكومة '
        "تؤجل القرار\n\n"
        '* "الشروق":\n\n- النقابات تطالب بحوار جديد\n\n- أزمة المياه مستمرة',
        ["Al-Ahram", "Al-Shorouk"],
        id="names in quotation marks with a colon above bullets of another kind",
    ),
    pytest.param(
        "Przegląd prasy przygotował Onet\n\nRzeczpospolita\n\nRząd odkłada podatek od aut. Samorządy liczą "
        "straty.\n\nSąd wraca do "
        "sprawy mostu.\n\nGazeta Wyborcza\n\nSzczecin czeka na nowy prom. Armator milczy.\n\nW Gdyni stoją trzy "
        "statki.",
        ["Rzeczpospolita", "Gazeta Wyborcza"],
        id="a line above says whose review it is",
    ),
    pytest.param(
        "V novinách dnes najdete přehled tisku.\n\nMladá fronta DNES\n\nMladá fronta DNES píše o mostě přes "
        "Labe, který se "
        "bude opravovat dva roky. Řidiči čekají na objížďku.\n\nPrávo\n\nMinistr odkládá novou daň, píše Právo. "
        "Obce se bojí o rozpočty"
        "\n\nHospodářské noviny\n\nPřístav hledá nového majitele a loďaři čekají na peníze od státu, píšou "
        "Hospodářské noviny v úvodníku",
        ["Mladá fronta Dnes", "Právo", "Hospodářské noviny"],
        id="texts that name their own outlet again",
    ),
]


@pytest.mark.parametrize(("text", "names"), _SECTIONS)
def test_a_name_alone_has_all_up_to_the_next_one(splitter: QuoteSplitter, text: str, names: list[str]) -> None:
    assert outlets_of(splitter, text) == names
    last = _texts_of(splitter, text)[0]
    assert (
        text[text.index(last) + len(last) :]
        .strip(' \n*"“')
        .startswith(("LA STAMPA", "الشروق", "Gazeta Wyborcza", "Právo"))
    )


def test_unknown_channels_with_different_numbers_are_different_outlets(splitter: QuoteSplitter) -> None:
    text = (
        "أبرز ما جاء في القنوات والصحف العبرية:\nالقناة 21 العبرية:\n- تأجيل الامتحانات أسبوعا كاملا\n- إغلاق "
        "الطريق السريع\n"
        "القناة 22 العبرية:\n- وصول سفينة القمح إلى الميناء\nالقناة 23 العبرية:\n- الحكومة تؤجل قرار رفع الأسعار"
    )
    assert outlets_of(splitter, text) == ["القناة 21", "القناة 22", "القناة 23"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "新聞各社の社説\n\n• 港の再建 住民の声を聞け(11/3毎日新聞)\n"
            "• 電気料金 値上げの説明が足りない(11/3東京新聞)\n"
            "• 橋の老朽化 点検を急ぐべきだ(11/4産経新聞)",
            ["The Mainichi", "Tokyo Shimbun", "Sankei Shimbun"],
        ),
        (
            "Fra lokalavisene:\n\n• Fergen står til mandag (Bergens Tidende 3/4)\n• Skolen mister to lærere "
            "(Adresseavisen 3/4)\n"
            "• Ulv i hagen ved kirken (Nordlys 4/4)",
            ["Bergens Tidende", "Adresseavisen", "Nordlys"],
        ),
        (
            "Kommentare der Woche:\n\n– Der Hafen braucht keinen neuen Kai (FAZ vom 4.5.)\n– Die Bahn spart an "
            "der falschen Stelle "
            "(Die Welt vom 5.5.)\n– Wer zahlt das Wasser? (Der Tagesspiegel vom 5.5.)",
            ["Frankfurter Allgemeine Zeitung", "Die Welt", "Der Tagesspiegel"],
        ),
    ],
)
def test_a_credit_in_brackets_may_have_the_date_of_the_issue(
    splitter: QuoteSplitter, text: str, names: list[str]
) -> None:
    assert outlets_of(splitter, text) == names


@pytest.mark.parametrize("signature", ["(Tanjug, 3.4.2026)", "(AFP 3/4)", "(Reuters, 03.04.2026.)"])
def test_the_signature_of_an_agency_is_no_item(splitter: QuoteSplitter, signature: str) -> None:
    text = (
        "Naslovne strane\n\nBLIC - Most se zatvara na dve nedelje, piše list.\nKURIR - Ministar odlaže novi porez.\n"
        f"POLITIKA - Luka traži novog vlasnika.\n{signature}"
    )
    assert outlets_of(splitter, text) == ["Blic", "Kurir", "Politika"]


@pytest.mark.parametrize(
    "text",
    [
        "Revue de presse\n\nLe Monde s'inquiète pour le port : « Rien n'est réglé », écrit le quotidien.\n\nLe "
        "Monde, 12 mars\n\n"
        "Le Figaro raconte la colère des marins : « Nous attendons depuis août ».\n\nLe Figaro, 12 mars",
        "Обзор прессы\n\n«Коммерсантъ» пишет, что банки просят отсрочки: «Денег нет».\n\n«Коммерсантъ», 12 марта\n\n"
        "«Ведомости» сообщают, что заводы меняют поставщиков.\n\n«Ведомости», 12 марта",
        'Press review\n\nThe Guardian leads on the port: "Nothing is settled".\n\nThe Guardian, 12 March\n\nThe '
        "Daily Telegraph says "
        "the crews were never asked.\n\nThe Daily Telegraph, 12 March",
    ],
)
def test_the_caption_of_a_front_page_is_no_item(splitter: QuoteSplitter, text: str) -> None:
    texts = _texts_of(splitter, text)
    assert len(texts) == 2
    assert not any("12 " in one for one in texts)


@pytest.mark.parametrize(
    "text",
    [
        "오늘 아침은 동아일보와 한국일보, 경향신문 살펴보겠습니다.\n동아일보는 항구 폐쇄를 1면에 실었습니다.\n"
        "한국일보는 전기요금 인상이 "
        "서민에게 부담이라고 지적했습니다.\n경향신문은 노조가 파업을 미뤘다고 전했습니다.",
        "Articles de Libération, Le Figaro, Le Monde et L'Humanité.\n\nPour Libération, « le port a perdu son "
        "pari ».\n\nDans Le "
        "Figaro, on lit que les marins « attendent depuis août ».\n\nLe Monde revient sur la dette du port : « "
        "Qui paiera ? »",
        "Сегодня в обзоре: «Коммерсантъ», «Ведомости», РБК.\n\n«Коммерсантъ» пишет, что «банки просят "
        "отсрочки».\n\n«Ведомости» "
        "рассказывают о новых поставщиках стали.\n\nРБК объясняет, «почему подорожал бензин».",
    ],
)
def test_a_line_that_names_the_outlets_below_introduces_them(splitter: QuoteSplitter, text: str) -> None:
    (found,) = splitter.split(text, (), "tg:7:8")
    assert len(found.items) == 3
    assert found.lead_in is not None
    assert found.lead_in.text == text.split("\n")[0]


@pytest.mark.parametrize(
    ("opened", "closed"),
    [("„", "“"), ("“", "”"), ("«", "»")],
)
def test_a_quotation_goes_on_over_paragraphs(splitter: QuoteSplitter, opened: str, closed: str) -> None:
    text = (
        f"Pressestimmen zum Hafen:\n\nDer Standard (Wien): {opened}Der Kai wird nie fertig.{closed}\n\nLe Monde "
        f"(Paris): {opened}Die "
        f"Seeleute warten seit August.\n\nNiemand hat sie gefragt, und niemand zahlt.{closed}\n\nRedaktion Hafenblick"
    )
    texts = _texts_of(splitter, text)
    assert len(texts) == 2
    assert texts[1].endswith(f"niemand zahlt.{closed}")


@pytest.mark.parametrize(
    "text",
    [
        "I giornali di oggi\n\nLa Stampa punta sul porto: “Navi ferme, marinai in rivolta, il sindaco tace“. Il "
        "Messaggero sceglie le "
        "tasse: “Chi paga il molo, chi paga la nebbia“. Il Corriere della Sera apre con “Ponte chiuso“.",
        "Rassegna\n\nLa Repubblica apre sul porto, “Navi ferme, marinai in rivolta“, mentre La Stampa sceglie "
        "le tasse: “Chi paga, "
        "chi no“. Il Messaggero titola “Ponte chiuso, traffico in tilt“.",
    ],
)
def test_no_item_is_cut_inside_a_quotation(splitter: QuoteSplitter, text: str) -> None:
    texts = _texts_of(splitter, text)
    assert len(texts) == 3
    assert all(one.count("“") % 2 == 0 for one in texts)


@pytest.mark.parametrize("dateline", ["Berlin (dpa) - ", "Wien (APA) – ", "Moskau (Reuters) - "])
def test_a_dateline_is_no_label(splitter: QuoteSplitter, dateline: str) -> None:
    text = (
        f"{dateline}Der Hafen ist auch Thema in den internationalen Zeitungen:\n„LE MONDE“ (Frankreich): „Die "
        f"Seeleute warten.“\n"
        "„MAGYAR NEMZET“ (Ungarn): „Der Kai wird nie fertig.“\n„DE VOLKSKRANT“ (Niederlande): „Wer zahlt das?“"
    )
    assert outlets_of(splitter, text) == ["Le Monde", "Magyar Nemzet", "de Volkskrant"]


@pytest.mark.parametrize(
    "line",
    [
        "SVT:s Erik Lund skriver att kommunen ”har gömt räkningen”.",
        "SVT:s ledarsida menar att ”ingen frågade hamnen”.",
        "SVT:n toimittaja kirjoittaa, että ”kukaan ei kysynyt satamalta”.",
    ],
)
def test_the_ending_behind_the_colon_of_an_acronym_makes_no_label(splitter: QuoteSplitter, line: str) -> None:
    text = f"Ledarsidorna i dag\n\nAftonbladet skriver att ”bron stängs i två veckor”.\n\n{line}"
    found = [item for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]
    assert [item.outlets[0].name for item in found] == ["Aftonbladet", "SVT"]


@pytest.mark.parametrize(
    "text",
    [
        'Press review\n\nThe Guardian leads on the port. "Nothing is settled", it says.\nThe Guardian also '
        "carries a picture of the fog."
        "\n\nThe Daily Telegraph says the crews were never asked.",
        "Revue de presse\n\nLibération titre sur le port : « Rien n'est réglé ».\nLibération publie aussi la "
        "photo du brouillard.\n\n"
        "Le Figaro raconte la colère des marins.",
        "Обзор прессы\n\n«Коммерсантъ» пишет о порте: «Ничего не решено».\n«Коммерсантъ» также публикует "
        "карту.\n\n«Ведомости» "
        "сообщают о новых поставщиках.",
    ],
)
def test_a_line_on_the_same_outlet_goes_on_with_its_item(splitter: QuoteSplitter, text: str) -> None:
    texts = _texts_of(splitter, text)
    assert len(texts) == 2
    assert "\n" in texts[0]


@pytest.mark.parametrize(
    "text",
    [
        "Ledarsidor i dag\n\nAftonbladet skriver att ”bron stängs i två veckor”.\nHon tillägger att kommunen "
        "gömt räkningen.\n\n"
        "Expressen anser att ”ingen frågade hamnen”.",
        'Press review\n\nThe Guardian writes that "nothing is settled".\nIt adds that the crews were never '
        "asked.\n\nThe Daily "
        "Telegraph says the mayor is silent.",
        "Revue de presse\n\nLe Monde écrit que « rien n'est réglé ».\nIl ajoute que les marins attendent.\n\nLe "
        "Figaro raconte que le "
        "maire se tait.",
    ],
)
def test_a_line_that_opens_with_a_pronoun_goes_on_with_the_item_above(splitter: QuoteSplitter, text: str) -> None:
    texts = _texts_of(splitter, text)
    assert len(texts) == 2
    assert "\n" in texts[0]


@pytest.mark.parametrize(
    "text",
    [
        'Print workers\' league, round 9\n\n🔹 Express – Mirror 2:1. "We were better", says the keeper\n🔹 Metro '
        "– Evening Standard 0:0. "
        'Coach: "a point is a point"\n🔹 Post – Herald 4:4',
        'Spartakiade der Verlage\n\n• Bild – Welt 3:1, "ein klarer Sieg", sagt der Trainer\n• Stern – Spiegel '
        '0:2. "Schade"\n'
        "• Kurier – Standard 1:1",
        "Кубок редакций\n\n— Известия — Коммерсантъ 2:1. «Мы старались», говорит вратарь\n— Правда — Труд 0:0. "
        "«Очко есть очко»\n"
        "— РБК — Ведомости 3:3",
    ],
)
def test_scores_of_teams_that_are_called_like_newspapers_are_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Prensa de hoy\n\nEl Mundo publica la foto del muelle de Nueva York.\n\nEl País dice que «nadie "
            "preguntó al puerto».\n\nABC "
            "lleva a su portada el puente.",
            ["El Mundo", "El País", "ABC"],
        ),
        (
            "Revista presei\n\nÎn Adevărul se scrie că „portul e închis”. Afaceristul Dan Ionescu "
            "tace.\n\nGândul scrie că „nimeni nu "
            "plătește”.\n\nRomânia Liberă crede că „podul va fi reparat”.",
            ["Adevărul", "Gândul", "România Liberă"],
        ),
    ],
)
def test_a_common_word_that_is_part_of_another_name_is_no_outlet(
    splitter: QuoteSplitter, text: str, names: list[str]
) -> None:
    assert outlets_of(splitter, text) == names


@pytest.mark.parametrize("heading", ["Ny bro över älven (2 tidningar)", "Hamnen", "Skolan i Vittangi"])
def test_a_line_between_two_bullets_is_a_heading(splitter: QuoteSplitter, heading: str) -> None:
    text = (
        "Ur tidningarna i dag:\n• Fyren säljs för en krona (Barometern)\n• Kommunen tappade bort böter (Borås "
        "Tidning)\n"
        f"• Varg i trädgården (Hallandsposten)\n{heading}\n• Räkningen göms (Expressen)\n• Ingen frågade någon "
        f"(Aftonbladet)"
    )
    texts = _texts_of(splitter, text)
    assert len(texts) == 5
    assert not any(heading in one for one in texts)


@pytest.mark.parametrize(
    "line",
    [
        "Ferry fares are to rise in May, experts have told the Daily Express.",
        "The mayor will not resign, friends have told the Daily Express.",
        "Fog cost the port a million pounds, a witness told the Daily Express on Monday.",
    ],
)
def test_a_paragraph_of_a_review_that_was_told_to_an_outlet_is_its_item(splitter: QuoteSplitter, line: str) -> None:
    text = (
        "What the papers say\n\nThe Guardian leads with the port.\n\nThe Daily Telegraph says the crews were "
        "never asked.\n\n"
        f"{line}\n\nThe Daily Mail carries a story on the bridge."
    )
    names = ["The Guardian", "The Daily Telegraph", "Daily Express", "Daily Mail"]
    assert outlets_of(splitter, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Обзор прессы\n\n«Коммерсантъ» на первой полосе рассказывает о порте.\n\n«Ведомости» в редакционной "
        "статье вспоминают мост.\n\n"
        "«Волжский маяк» в рубрике о городе возвращается к набережной.",
        "روزنامه‌های امروز چه می‌نویسند\n\n«اعتماد» صفحه یک خود را به بندر اختصاص داده است.\n\n«کیهان» تیتر یک "
        "خود را به پل اختصاص "
        "داده است.\n\n«فانوس بندر» صفحه یک خود را به مه اختصاص داده است.",
        "Revue de presse\n\n« Le Monde » au sujet du port ne décolère pas.\n\n« Libération » en une retrouve le "
        "pont.\n\n« Phare de la "
        "Baie » en une retrouve le brouillard.",
    ],
)
def test_a_name_in_quotation_marks_among_known_ones_is_an_outlet(splitter: QuoteSplitter, text: str) -> None:
    assert len(outlets_of(splitter, text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "The port will close in May, Reuters reported. The BBC later confirmed the date. CNN said the mayor had "
        "refused "
        "to comment.",
        "Que s'est-il passé au port ? Ouest-France parlait d'abord d'une panne. Le Télégramme a retrouvé le gardien. "
        "L'AFP a obtenu la date.",
        "Порт закроют в мае, сообщил Коммерсантъ. РБК позднее подтвердил дату. Ведомости написали, что мэр молчит.",
    ],
)
def test_a_story_in_one_paragraph_that_quotes_nobody_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "◇朝日新聞 港が2週間閉鎖\n◇読売新聞 市長が決定を延期\n◇毎日新聞 橋の修理に2年",
            ["The Asahi Shimbun", "The Yomiuri Shimbun", "The Mainichi"],
        ),
        (
            "▪人民日报 港口关闭两周\n▪环球时报 市长推迟决定\n▪新华社 大桥维修需要两年",
            ["People's Daily", "Huanqiu Shibao", "Xinhua"],
        ),
        (
            "▶동아일보 항구 2주 폐쇄\n▶한국일보 시장은 침묵\n▶경향신문 다리 수리 2년",
            ["Dong-A Ilbo", "Hankook Ilbo", "Kyunghyang Shinmun"],
        ),
    ],
)
def test_a_blank_parts_a_label_behind_a_bullet_in_east_asian_scripts(
    splitter: QuoteSplitter, text: str, names: list[str]
) -> None:
    assert outlets_of(splitter, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "A prefeitura cancelou as assinaturas dos jornais.\n\n“Não queremos mais isso. O Globo e a Folha de "
        "S.Paulo são falsos”, "
        "disse o prefeito.\n\n“Ninguém lê o Estadão no porto”, disse o vizinho.",
        "Мэр недоволен прессой.\n\n«Никто не верит ни Коммерсанту, ни Ведомостям», — сказал он.\n\n«Да и РБК "
        "тут никто не читает», — "
        "сказал сторож.",
    ],
)
def test_outlets_that_somebody_speaks_of_are_not_cited(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []
