"""Outlets that the registry lacks: found by their own words, a kind of outlet beside them, a link under them."""

import pytest

from tests.support.citations import cited


def written(text: str) -> list[str]:
    return [span.text for one in cited(text) for span in one.outlet_text]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Quarry Hill Sentinel: Council sells the old mill", "Quarry Hill Sentinel"),
        ("Moorland Times: Council sells the old mill", "Moorland Times"),
        ("📰 Le Courrier de la Lande : le moulin est vendu", "Le Courrier de la Lande"),
        ("Heidmoor-Kurier: Stadt verkauft die alte Mühle", "Heidmoor-Kurier"),
        ("Diario de la Sierra Baja: venden el molino viejo", "Diario de la Sierra Baja"),
        ("Mlýnské Noviny: město prodalo starý mlýn", "Mlýnské Noviny"),
        ("Мельничный вестник: город продал старую мельницу", "Мельничный вестник"),
        ("Голос Млинів: місто продало старий млин", "Голос Млинів"),
    ],
)
def test_a_label_whose_words_are_those_of_outlets(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Council sells the old mill after ten years of quarrels (Moorland Gazette)", "Moorland Gazette"),
        ("Council sells the old mill after ten years of quarrels - Moorland Dispatch", "Moorland Dispatch"),
        ("Il comune vende il vecchio mulino dopo dieci anni | Gazzetta del Mulino", "Gazzetta del Mulino"),
        ("Kommunen selger den gamle møllen etter ti år — Møllebladet", "Møllebladet"),
        ("Belediye eski değirmeni sattı | Değirmen Postası", "Değirmen Postası"),
        ("Город продал старую мельницу — «Мельничный вестник»", "Мельничный вестник"),
    ],
)
def test_a_credit_whose_words_are_those_of_outlets(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Das sagte die Müllerin dem Sender Mühlenwelle.", "Mühlenwelle"),
        ("El portal Molino Abierto reveló que el alcalde vendió el molino.", "Molino Abierto"),
        ("« Le moulin est vendu », a confié la meunière au journal La Meule.", "La Meule"),
        ("La mugnaia ha detto al quotidiano online Macina che il mulino è venduto.", "Macina"),
        ("Sanomalehti Myllynkiven mukaan mylly on myyty.", "Myllynkiven"),
        ("A Malomkő című lap szerint a város eladta a malmot.", "Malomkő"),
        ("Serwis Młynarz24 pisze, że miasto sprzedało młyn.", "Młynarz24"),
        ("Місто продало млин, повідомляє телеграм-канал @mlyny_zaraz.", "@mlyny_zaraz"),
        ("ذكرت صحيفة نور الطاحونة أن المدينة باعت الطاحونة.", "نور الطاحونة"),
        ("خبرگزاری سپهر آسیاب: شهرداری آسیاب را فروخت", "سپهر آسیاب"),
        ("לפי העיתון קול הטחנה, העירייה מכרה את הטחנה.", "קול הטחנה"),
        ("समाचार चैनल चक्कीदर्पण के मुताबिक शहर ने चक्की बेच दी।", "चक्कीदर्पण"),
    ],
)
def test_a_kind_of_outlet_in_any_place_beside_the_name(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("“The mill is sold,” the miller told Moorland Weekly.", "Moorland Weekly"),
        ("– Møllen er solgt, sier mølleren til Heimdal Tidende.", "Heimdal Tidende"),
        ("„Malom nincs többé” – mondta a molnár a Malomvölgyi Naplónak.", "Malomvölgyi Naplónak"),
        ('Değirmenci, Dere TV\'ye konuştu: "Değirmen satıldı."', "Dere TV"),
        ("„Млинът е продаден“, каза мелничарят пред Радио Воденица.", "Радио Воденица"),
        ("О продаже «Мельничному вестнику» рассказали жители.", "Мельничному вестнику"),
        ("Tegirmon Press xabariga ko‘ra, tegirmon sotildi.", "Tegirmon Press"),
    ],
)
def test_a_name_in_any_case_to_which_something_is_said(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The mill was sold twice, according to [Grist](https://grist-paper.example/2024/mill).", ["Grist"]),
        ("The mill was sold twice, according to [Treasury](https://treasury.gov/2024/mill).", []),
        ("The mill was sold twice, according to [Ann Miller](https://blog.example/2024/mill).", []),
        ("The mill was sold twice. More on [Grist](https://grist-paper.example/2024/mill).", []),
    ],
)
def test_a_link_to_an_article_under_a_name_behind_a_cue(text: str, found: list[str]) -> None:
    assert written(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Good News: the mill is open again",
        "Blog Post: why we bought the mill",
        "Gute Nachrichten: Die Mühle ist offen",
        "Хорошие новости: мельница открыта",
        "Dobré zprávy: mlýn je otevřený",
        "Фильм недели — «Тихая мельница»",
        "The miller confirmed it to Judge Ann Ledger.",
        "Das Hotel Zur Post meldet Insolvenz an.",
        "Агентство недвижимости «Жернов» сообщает о скидках.",
        "Agencja Nieruchomości Młyn24 informuje o promocji.",
        "Müller sagte dem Gericht, die Mühle sei verkauft.",
        "بنیامین در شبکه ایکس نوشت: آسیاب فروخته شد",
        "Администратору каналу Руслан утверждает, что мельница продана.",
        "Vazirlik xabariga ko‘ra, tegirmon sotildi.",
    ],
)
def test_headings_persons_and_other_trades_are_no_outlets(text: str) -> None:
    assert written(text) == []


def test_a_known_outlet_behind_its_kind_or_a_person_stays_known() -> None:
    (radio,) = cited("Мельница продана, сообщает Радио РБК.")
    assert radio.outlets[0].is_known


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("The mill was sold overnight, Grist reports, citing two clerks.", "Grist"),
        ("The sale was first reported by Grist.", "Grist"),
        ("Emails seen by Grist show that the mayor knew.", "Grist"),
        ("The Millovia news agency said the mill was sold.", "Millovia"),
        ("The mill was sold, according to the Grist daily.", "Grist"),
        ("Recherchen von Mahlgang zeigen, dass der Bürgermeister davon wusste.", "Mahlgang"),
        ("Das berichtet die „Mahlgang“.", "Mahlgang"),
        ("A várost eladták – írja a Malomkerék.", "Malomkerék"),
        ("Değirmen'in haberine göre belediye araziyi sattı.", "Değirmen"),
        ("كشف موقع نور الطاحونة أن المدينة باعت الأرض.", "نور الطاحونة"),
    ],
)
def test_a_bare_name_where_only_an_outlet_stands(text: str, outlet: str) -> None:
    assert written(text) == [outlet]


@pytest.mark.parametrize(
    "text",
    [
        "Belediyenin haberine göre arazi satıldı.",
        "Kvarnen är såld, rapporterar Riksbanken.",
        "وبسایت وزارت کشور گزارش داد که زمین فروخته شد.",
        "Miasto sprzedało młyn, a partia Wspólny Dom zapowiada protest.",
    ],
)
def test_offices_and_the_ends_of_other_names_are_no_outlets(text: str) -> None:
    assert written(text) == []
