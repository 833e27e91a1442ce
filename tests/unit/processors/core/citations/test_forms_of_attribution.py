"""Forms of attribution in several languages each, and their near-misses. Cited names are in braces."""

import re

import pytest

from tests.support.citations import cited

_NAME = re.compile(r"\{([^}]*)\}")


def written(marked: str) -> tuple[list[str], list[str]]:
    """The names in braces, and those that are cited where the braces are left out."""
    text = _NAME.sub(r"\1", marked)
    return _NAME.findall(marked), [name.text for one in cited(text) for name in one.outlet_text]


@pytest.mark.parametrize(
    "marked",
    [
        "{The Guardian} is convinced that the port deal will fail.",
        "Der {Guardian} zeigt sich überzeugt, dass das Abkommen scheitern wird.",
        "{The Guardian} jest przekonany, że umowa upadnie.",
        "{The Guardian} är övertygad om att avtalet faller.",
        "A {The Guardian} meg van győződve arról, hogy az egyezség megbukik.",
        "У {The Guardian} певні, що угода зірветься.",
        "{گاردین} معتقد است که توافق شکست می‌خورد.",
        "{Bloomberg} å sin sida hävdar att fartyget bytt namn.",
        "{CNN} z kolei pisze, że prom sprawdzano dwa razy.",
    ],
)
def test_what_an_outlet_thinks_before_that(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "{CNN}, meanwhile, says the ferry had been inspected twice.",
        "{Axios}, which first broke the story, writes that the envoy left on Tuesday.",
        "{Bloomberg}, de son côté, affirme que le navire avait changé de nom.",
        "A {Bloomberg}, por sua vez, sustenta que o navio mudou de nome.",
        "{CNN}, в свою очередь, пишет, что паром проверяли дважды.",
        "Το {CNN}, από την πλευρά του, γράφει ότι το πλοίο ελέγχθηκε δύο φορές.",
        "The plan was leaked to {The Times}, which says it would cost 3 billion.",
        "{Reuters} ku yek ji ajansên mezin e, diyar kir ku keştî navê xwe guhertiye.",
    ],
)
def test_a_verb_behind_an_aside(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "In an editorial, {The Wall Street Journal} urges the mayor to step down.",
        "Dans un éditorial, {Le Figaro} appelle le maire à démissionner.",
        "En un editorial, {La Vanguardia} pide la dimisión del alcalde.",
        "I en ledare uppmanar {Dagens Nyheter} borgmästaren att avgå.",
        "W artykule redakcyjnym {The Wall Street Journal} wzywa burmistrza do dymisji.",
    ],
)
def test_a_piece_that_opens_the_sentence(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "Portul va rămâne închis până în iunie, transmite luni {Agerpres}.",
        "Порт залишиться закритим до червня, повідомляє в понеділок {Reuters}.",
        "Port pozostanie zamknięty do czerwca, informowała w poniedziałek {Polska Agencja Prasowa}.",
        "Přístav zůstane zavřený do června, uvedla v pondělí {ČTK}.",
        "Kako {N1} nezvanično saznaje iz izvora bliskih tužilaštvu, optužnica će biti prihvaćena.",
        "Liman hazirana kadar kapalı kalacak, {Reuters} pazartesi günü duyurdu.",
    ],
)
def test_a_day_or_an_adverb_between_verb_and_name(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "«Рейсов не будет», — цитирует Малкина {The Athletic}.",
        "Посол вызван в министерство, сообщила Захарова {РИА Новости}",
        "„Je konec,“ cituje Nováka {Seznam Zprávy}.",
    ],
)
def test_a_person_between_verb_and_name(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "Sur {BFMTV}, le maire a assuré que la plage rouvrirait.",
        "Чиновники, беседовавшие с {FT}, рассказали, что мост опасен.",
        "Two officials who spoke to {The Washington Post} said the bridge was unsafe.",
        "Due funzionari sentiti da {Reuters} giudicano il ponte pericoloso.",
        "Captan comentó para {RT} Juan Pérez, jefe del puerto.",
        "وصرح مسؤول ل{وكالة فرانس برس} بأن الجسر غير آمن.",
        "A cég szóvivője a {Népszavának} annyit mondott: „nem kommentáljuk”.",
    ],
)
def test_who_speaks_to_or_on_an_outlet(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


def test_a_verb_that_closes_a_sentence_longer_than_the_window() -> None:
    text = (
        "Reuters, belediye başkanının bugün körfezde yeni bir liman kurulacağını açıklayacağını ancak bunun hızla "
        "değer kaybeden para birimini kurtarmaya yetmeyeceğini belirtti."
    )
    (one,) = cited(text)
    assert one.cue is not None
    assert (one.outlets[0].name, one.cue.text) == ("Reuters", "belirtti")


@pytest.mark.parametrize(
    ("marked", "groups"),
    [
        ("Как пишет {NYT}, RT часто рассказывает о порте.", 1),
        ("Сообщают {Reuters}, {AP} и {CNN}.", 1),
        ("{BBC}, {CNN} say the port is closed.", 1),
        ("{BBC} dan {Reuters} melaporkan bendungan itu tidak pernah diperiksa.", 1),
    ],
)
def test_a_comma_joins_names_of_one_statement_only(marked: str, groups: int) -> None:
    expected, found = written(marked)
    assert found == expected
    assert len(cited(_NAME.sub(r"\1", marked))) == groups


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        (
            "Lo scrive il giornalista sulle pagine del quotidiano ”{Irish Examiner}” ripreso dai media.",
            "Irish Examiner",
        ),
        ("Hamnen är stängd, skriver tidningen ”{Kustbladet}”.", "Kustbladet"),
        ("Капитан рассказал в интервью ресурсу «{18000}», что рейсов не будет.", "18000"),
        ("Na kanale „{Kolejowy Szlak}” piszą, że opóźni się też drugi skład.", "Kolejowy Szlak"),
        ("Na kanálu „{Hlas Podhůří}“ píšou, že spoje neplatí.", "Hlas Podhůří"),
        ("Wcześniej o kłopotach informował portal {Nadbużański 24}.", "Nadbużański 24"),
    ],
)
def test_a_kind_of_outlet_in_any_case_names_one(marked: str, name: str) -> None:
    expected, found = written(marked)
    assert found == expected == [name]


@pytest.mark.parametrize(
    "marked", ["{Reuters}-ის ინფორმაციით, წარგზავნილი სამშაბათს გაემგზავრა.", "{APA}-nın məlumatına görə, elçi gedib."]
)
def test_the_ending_of_a_case_behind_a_hyphen(marked: str) -> None:
    expected, found = written(marked)
    assert found == expected


def test_each_mention_with_a_verb_is_a_citation() -> None:
    text = (
        "Officials told the Financial Times that the bridge was unsafe. The FT also reported that the dam had cracks."
    )
    assert [one.outlet_text[0].text for one in cited(text)] == ["Financial Times", "FT"]


@pytest.mark.parametrize(
    "text",
    [
        "CNN, which was founded in 1980, is being sold.",
        "The Guardian is the paper that he reads.",
        "Le Monde est le journal que je lis.",
        "Das ZDF ist der Sender, der alles zeigt.",
        "In an editorial meeting, the staff of The Guardian wept.",
        "Imagine what the numbers show if she suddenly wants to do a Fox News interview.",
        "Глава порта вышел из суда, сообщил глава Reuters в Киеве.",
        "Ведутся работы, сообщается на сайте Росприроднадзора.",
        "Reuters Londra'da iki yüz kişiyi işten çıkaracak.",
        "Adevărul este că nimeni nu cere o școală nouă.",
        "Правда в том, что школа никому не нужна.",
        "Istina je da škola nikome ne treba.",
        "Libertatea înseamnă că poți alege școala.",
        "आज तक किसी ने नहीं कहा कि स्कूल कब खुलेगा।",
        "《光明日报》创刊七十五周年展览在京开幕，免费入场。",
        "Изложба „Мостови“ во сабота, медиумски покровител МИА.",
        "Выставка «Мосты» в субботу, информационный партнёр Коммерсантъ.",
        "أسفر الحريق عن مقتل ثلاثة عمال في الميناء.",
    ],
)
def test_an_outlet_that_only_looks_like_a_source(text: str) -> None:
    assert cited(text) == []


def test_what_a_label_introduces_ends_where_a_picture_opens_a_paragraph() -> None:
    text = "**Puls Biznesu:**\nPort zostanie zamknięty do czerwca.\n\n⚡️Na jutro zapowiadają deszcz i silny wiatr."
    (one,) = cited(text)
    assert one.text.endswith("do czerwca.")


@pytest.mark.parametrize(
    "line",
    [
        "Source: Reuters",
        "Fuente: El Mundo",
        "Quelle: Der Spiegel",
        "Kaynak: NTV",
        "Источник: Коммерсантъ",
        "Fonte: Lusa",
        "المصدر: الجزيرة",
        "来源：新华社",
        "Izvor: HRT",
        "Forrás: Telex",
    ],
)
def test_the_label_of_a_source_takes_the_paragraph_before_it(line: str) -> None:
    text = f"The ferry to the island will not sail until June.\n\n{line}"
    (one,) = cited(text)
    assert (one.text, one.kind) == (text, "credit")


def test_the_label_of_a_picture_is_no_source() -> None:
    assert cited("Паром не выйдет до июня.\nИсточник фото: Коммерсантъ") == []


def test_a_colon_behind_what_an_outlet_says_introduces_nothing() -> None:
    said = "CNN reports that the ferry to the island has stopped for good:"
    (one,) = cited(f"{said}\n\nSo much for the promises of our mayor.")
    assert one.text == said


@pytest.mark.parametrize(
    ("text", "outlet", "source"),
    [
        ("La digue a cédé, selon le journal Sidwaya cité par RFI.", "RFI", "Sidwaya"),
        ("El dique cedió, según el diario La Estrella citado por EFE.", "EFE", "La Estrella"),
        ("The dyke broke, according to the daily Sidwaya, quoted by AFP.", "AFP", "Sidwaya"),
        ("La diga ha ceduto, secondo il quotidiano La Stampa citato dall'ANSA.", "ANSA", "La Stampa"),
        ("O dique cedeu, segundo o jornal Expresso citado pela Lusa.", "Lusa", "Expresso"),
    ],
)
def test_the_outlet_that_cites_another_is_behind_a_passive(text: str, outlet: str, source: str) -> None:
    (one,) = cited(text)
    assert [name.text for name in one.outlet_text] == [outlet]
    assert [text[found.start : found.end] for found in one.cited] == [source]


def test_somebody_whom_an_outlet_names_is_no_statement_of_it() -> None:
    assert cited("Le capitaine a été cité par Le Monde parmi les personnalités de l'année.") == []


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("O porto vai fechar, apurou o blog do Mário Seixas, no O Globo.", "O Globo"),
        ("Le port va fermer, révèle le blog de Jeanne Orme, sur Mediapart.", "Mediapart"),
        ("Od maja, piše londonski novinar v The Economist, je luka prazna.", "The Economist"),
        ("The Lebanese Al Mayadeen envoy claims: two ships left the port of Tyre.", "Al Mayadeen"),
        ("Wybuchy w porcie, pisze kanał Telegram Morska Fala.", "Morska Fala"),
        ("Explosions in the port, the Telegram channel Baza reports.", "Baza"),
        ("📰 El Diario de Coahuila: Cierran el puerto por la tormenta", "El Diario de Coahuila"),
        ("Radio Marejada: cierran el puerto por la tormenta", "Radio Marejada"),
        ("⚡️Challenges: the port of Brest will be closed for a month", "Challenges"),
        ('El alcalde, en diálogo con Radio Marejada de San Roque del Sur: "No cerraremos nunca"', "Radio Marejada"),
    ],
)
def test_who_speaks_for_an_outlet_or_what_it_is_called(text: str, outlet: str) -> None:
    (one,) = cited(text)
    assert [name.text for name in one.outlet_text] == [outlet]


def test_a_person_of_an_outlet_labels_the_quotation_on_the_next_line() -> None:
    text = "Обозреватель The Guardian Саймон Купер:\n\n«Порт похож на стоянку, с которой все уехали»"
    (one,) = cited(text)
    assert (one.outlet_text[0].text, one.kind, one.text) == ("The Guardian", "headline", text)


@pytest.mark.parametrize(
    "text",
    [
        "Обозреватель The Guardian Саймон Купер получил премию за книгу о портах.",
        "The Al Mayadeen envoy was wounded in the port on Sunday.",
        "Novi Sad: luka je zatvorena do petka",
    ],
)
def test_a_person_or_a_place_that_says_nothing(text: str) -> None:
    assert cited(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("渡轮因风暴停运三天（新华社）", "credit"),
        ("フェリーは嵐のため三日間止まる。（共同通信）", "credit"),
        ("新华社：渡轮因风暴停运三天", "headline"),
        ("Die Fähre fährt drei Tage lang nicht. (Quelle: Welt)", "credit"),
    ],
)
def test_full_width_marks_and_labels_in_parentheses(text: str, kind: str) -> None:
    (one,) = cited(text)
    assert one.kind == kind
