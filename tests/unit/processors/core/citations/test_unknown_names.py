"""Outlets that the registry lacks: found by the words beside them, in many languages and scripts."""

import pytest

from tests.support.citations import cited


def written(text: str) -> list[str]:
    return [span.text for one in cited(text) for span in one.outlet_text]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("— Лифт запустят к пятнице, — пояснили «Маяку Севера» в управляющей компании.", "Маяку Севера"),
        ("Паром не выйдет до мая, пишет «Причал».", "Причал"),
        ("Пором не вийде до травня, повідомляє «Тиха пристань».", "Тиха пристань"),
        ("Фериботът спира до май, съобщава „Тихо пристанище“.", "Тихо пристанище"),
        ("Prom nie popłynie do maja, donosi „Cicha Przystań”.", "Cicha Przystań"),
        ("„Nie mamy promu” – przyznał kapitan w rozmowie z „Cichą Przystanią”.", "Cichą Przystanią"),
        ("Լաստանավը կանգ է առնում, հաղորդում է «Նավահանգիստը»։", "Նավահանգիստը"),
    ],
)
def test_a_name_in_quotation_marks_right_behind_a_verb_of_reporting(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Stando a quanto riporta Il Faro, il traghetto resterà in porto.", "Il Faro"),
        ("Dilansir dari Suara Teluk, feri tidak berlayar hingga Mei.", "Suara Teluk"),
        ("„Feribotul rămâne în port”, a spus căpitanul, citat de Farul.", "Farul"),
        ("Όπως μεταδίδει ο Φάρος, το πλοίο μένει στο λιμάνι ως τον Μάιο.", "Φάρος"),
        ("Trajekt ostaje u luci do maja, prenosi Svetionik.", "Svetionik"),
        ("Паром мамырға дейін шықпайды, деп хабарлайды Шамшырақ.", "Шамшырақ"),
    ],
)
def test_a_capitalised_name_that_closes_the_clause_of_a_cue(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Feribot mayısa kadar çalışmayacak, Körfez Feneri'nin haberine göre.", "Körfez Feneri"),
        ('"Gemi yok" diyen kaptan, Körfez Feneri gazetesine konuştu.', "Körfez Feneri"),
        ("A ferry captain told the Harbour Lamp newspaper that the boat stays in port.", "Harbour Lamp"),
        ("Praam jääb sadamasse, vahendab Tuletorn.", "Tuletorn"),
    ],
)
def test_a_word_for_an_outlet_or_a_cue_behind_the_name(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("De veerboot blijft in de haven, zei de kapitein bij Omroep Havenstad.", "Omroep Havenstad"),
        ("Volgens Omroep Havenstad blijft de veerboot in de haven.", "Omroep Havenstad"),
        ("– Båten blir i hamn, säger kaptenen till Hamnposten.", "Hamnposten"),
        ("„Nie ma promu” – komentuje publicysta „Tygodnika Portowego”.", "Tygodnika Portowego"),
        ("Trajekt ostaje u luci, prenosi njegove reči portal Lukapress.", "Lukapress"),
        ("По данным телеграм-канала «Тихий причал», паром стоит.", "Тихий причал"),
    ],
)
def test_a_name_that_is_formed_as_outlets_names_are_or_follows_a_word_for_one(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Feribotul rămâne în port, scrie harbourlamp.ro.", "harbourlamp.ro"),
        ("According to harbourlamp.com, the ferry stays in port.", "harbourlamp.com"),
        ("Паром стоит, сообщает harbourlamp.ru со ссылкой на порт.", "harbourlamp.ru"),
    ],
)
def test_a_domain_beside_a_cue(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("据港湾商报报道，渡轮将停航至五月。", "港湾商报"),
        ("港湾新聞は、船が五月まで出ないと報じた。", "港湾新聞"),
        ('선장은 항구일보와의 통화에서 "배가 없다"고 말했다.', "항구일보"),
    ],
)
def test_a_chinese_japanese_or_korean_name_by_its_form(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    "text",
    [
        "According to John Harrow, the ferry stays in port until May.",
        "As John Harrow writes Sunday is a day of rest for all of us.",
        "Сообщает «Аэрофлот»: рейс задержан до вечера.",
        "«Мы закрыты до мая», — сообщили в «Северном порту».",
        "Schüler lesen ihre Schülerzeitung in der großen Pause.",
        "港湾日报大厦今晚亮灯。",
        "地元の新聞は読まない。",
        "Our new shop is at harbourlamp.com and ships on Monday.",
        "Selon Jean Duval, le ferry reste au port jusqu'en mai.",
        "Um jornal de parede foi feito pelos alunos, informa a escola.",
        "Radio Nord sucht ab sofort zwei Volontäre.",
    ],
)
def test_persons_companies_shops_and_common_words_are_no_outlets(text: str) -> None:
    assert written(text) == []
