"""Forms of lists beyond labels: unknown outlets in prose, as credits and in capitals; and what is no list."""

import pytest

from processors.core.quotes import QuoteSplitter
from tests.support.quotes import outlets_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Обзор районных газет за неделю\n\n«Заря Прикамья» рассказывает о мосте через Очёр.\n\n"
            "Газета «Сельская новь» из Кунгура пишет, что доярка собрала тысячу подписей.\n\n"
            "А «Рассвет» сообщает о закрытии бани на улице Мира.",
            ["Заря Прикамья", "Сельская новь", "Рассвет"],
        ),
        (
            "Преглед на местния печат\n„Родопски глас“ пише, че пътят за Девин пак е затворен.\n"
            "Вестник „Струмска дъга“ от Петрич съобщава за протест на овощарите.\n"
            "„Нов живот“ разказва за учителката, която отвори музей в мазето си.",
            ["Родопски глас", "Струмска дъга", "Нов живот"],
        ),
        (
            "Τι γράφουν οι εφημερίδες για τους δασικούς χάρτες\n\n"
            "Η «Καθημερινή» γράφει ότι το κτηματολόγιο δεν προλαβαίνει.\n\n"
            "Η «Ελευθερία» της Λάρισας αναφέρει ότι οι αγρότες θα κλείσουν τον δρόμο.\n\n"
            "Ο «Ταχυδρόμος» του Βόλου σημειώνει πως «κανείς δεν ρώτησε τους κατοίκους».",
            ["Kathimerini", "Ελευθερία", "Ταχυδρόμος"],
        ),
        (
            "Dit schrijven de kranten over de brug\nNRC schrijft dat de brug al in mei was afgekeurd.\n"
            "In de Zaanse Courant zegt schipper Kees Vlam: “Ik heb drie keer gebeld”.\n"
            "De Telegraaf meldt dat de wethouder op vakantie was.",
            ["NRC", "Zaanse Courant", "De Telegraaf"],
        ),
    ],
)
def test_unknown_names_with_a_cue_behind_them_are_items(splitter: QuoteSplitter, text: str, names: list[str]) -> None:
    assert outlets_of(splitter, text) == names


def test_what_an_outlet_is_and_of_which_country_shows_it_without_a_word_about_the_press(
    splitter: QuoteSplitter,
) -> None:
    text = (
        "Чужбина за пожара в Бургас:\n\nАвстрийският вестник „Щандарт“ пише, че пожарната закъсняла с час.\n\n"
        "Гръцкият всекидневник „Катимерини“ нарича пристанището „бомба със закъснител“.\n\n"
        "Румънската телевизия Digi24 показа кадри от въздуха."
    )
    assert outlets_of(splitter, text)[0] == "Щандарт"
    assert len(outlets_of(splitter, text)) == 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "هذا ما كتبته الصحف عن إغلاق الجسر:\nالشرق الأوسط: الجسر مغلق حتى إشعار آخر\n"
            "القدس العربي: «لا أحد يعرف من أغلقه»\nأما صحيفة صوت الوادي فقالت إن السكان يعبرون النهر بالقوارب",
            "صوت الوادي",
        ),
        (
            'הכותרות בעיתונים הבוקר:\nהארץ – הגשר סגור עד הודעה חדשה\nמעריב – "אף אחד לא יודע מי סגר אותו"\n'
            "ובעיתון קול הגליל כותבים שהתושבים חוצים את הנחל בסירות",
            "קול הגליל",
        ),
    ],
)
def test_a_name_behind_its_kind_ends_at_the_cue_in_a_script_without_capitals(
    splitter: QuoteSplitter, text: str, name: str
) -> None:
    assert outlets_of(splitter, text)[-1] == name


def test_credits_in_brackets_of_names_that_are_words(splitter: QuoteSplitter) -> None:
    text = (
        "Esto traen hoy los periódicos del sur.\n\n"
        "El ferry a Tánger vuelve a salir de noche después de seis años (Diario de Cádiz).\n\n"
        "No dimite: la alcaldesa deja sin riego a los aguacates de la Axarquía (Sur).\n\n"
        "El volcán de La Palma abre un sendero nuevo para visitantes (El Día)."
    )
    assert outlets_of(splitter, text) == ["Diario de Cádiz", "Sur", "El Día"]


def test_a_name_in_capitals_among_known_ones_has_the_text_below_it(splitter: QuoteSplitter) -> None:
    text = (
        "19 Ocak Pazartesi – gazetelerin manşetleri\n\n🔵 SABAH\nMetroya gece seferi geliyor\n\n"
        "🔵 MİLLİYET\nOkullarda süt dönemi\n\n🔵 AKŞAM\nZeytin rekoltesi düştü\n\n"
        "🔵 GÜNEY KIYI\nLimanda balıkçılar eylemde"
    )
    assert outlets_of(splitter, text)[-1] == "GÜNEY KIYI"


def test_brackets_of_any_style_make_labels(splitter: QuoteSplitter) -> None:
    text = (
        "今日報紙頭條\n\n〈明報〉地鐵夜班延長至凌晨兩點\n票價維持不變，市民表示歡迎。\n\n"
        "〈自由時報〉高鐵加班車首日售罄\n站務員說「明天還有」。\n\n〈聯合報〉米價連漲八週\n農會喊停，商家不解。"
    )
    assert outlets_of(splitter, text) == ["Ming Pao", "Liberty Times", "United Daily News"]


def test_the_columns_of_an_outlet_are_a_cue(splitter: QuoteSplitter) -> None:
    text = (
        "La presse revient sur la grève des éclusiers.\n\nLe Monde estime que le texte ne passera pas.\n\n"
        "On lit dans les colonnes du Progrès, qui a suivi trois bateliers, que le fret attend.\n\n"
        "Ouest-France s'interroge : qui paiera la facture ?"
    )
    assert outlets_of(splitter, text) == ["Le Monde", "Le Progrès", "Ouest-France"]


@pytest.mark.parametrize("title", ["REVUE DE PRESSE : le pont", "EDITORIAL ROUND-UP: the pier"])
def test_the_title_of_a_review_is_no_label(splitter: QuoteSplitter, title: str) -> None:
    text = (
        f"{title}\n\n“Two years late, and nobody says sorry.”\n— Ouest-France (Rennes)\n\n“A bridge has no vote.”\n"
        "— The Irish Times (Dublin)\n\n“They painted it and left the piles.”\n— Harbour Lamp (Skerry)"
    )
    assert outlets_of(splitter, text) == ["Ouest-France", "The Irish Times", "Harbour Lamp"]


@pytest.mark.parametrize("title", ["Ministar Goran Matić", "Primarul Ion Rusu", "Ministeri Matti Aaltonen"])
def test_a_person_with_a_title_is_no_item(splitter: QuoteSplitter, title: str) -> None:
    units = ["Reuters: the dam broke", f"{title}: “All is well”", "AFP: we saw it", "CNN: rain"]
    text = "\n\n• ".join(["What the papers say:", *units])
    assert outlets_of(splitter, text) == ["Reuters", "Agence France-Presse", "CNN"]


@pytest.mark.parametrize(
    "text",
    [
        "Un terremoto de 4,8 sacude Loja sin dejar víctimas. Así lo informa EFE citando al instituto geofísico. "
        "Según AFP, el temblor se sintió también en Piura. Reuters añade que dos escuelas cerraron por precaución.",
        "A ferry hit a pier in Bergen on Monday, NTB reports. Nobody was hurt, the police said.\n\n"
        "According to AFP the captain had reported a rudder fault. Reuters adds that divers will inspect the hull.",
    ],
)
def test_a_story_of_news_agencies_that_nothing_introduces_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []


def test_a_greeting_names_no_outlet(splitter: QuoteSplitter) -> None:
    (named,) = splitter.name_all(["Guten Morgen bei drei Grad! Laut De Morgen regnet es."])
    assert [name.outlet.name for name in named.names] == ["De Morgen"]


def test_a_headline_that_a_known_outlet_has_is_no_name(splitter: QuoteSplitter) -> None:
    text = "What the papers say:\n“Lamp out” writes on its front page the Guardian.\nReuters: dark.\nCNN: darker."
    assert "Lamp out" not in outlets_of(splitter, text)


_INTRODUCTION = "What the regional papers have today:"
_STATEMENTS = (
    "The harbour board sold the old rope works",
    "A judge threw out the claim over the lock gates",
    "Fewer children than ever start school upriver",
)
_PAPERS = ["Skerry Courier", "Tollgate Sentinel", "Marram County Ledger"]


@pytest.mark.parametrize(
    "form",
    [
        "{text} | {name}",
        "{text} — {name}",
        "{text} ({name})",
        "▪️ {text} – {name}",
        "[{name}] {text}",
        "{name}: {text}",
        "**{name}:** {text}",
    ],
)
def test_an_unknown_outlet_is_found_wherever_lines_of_one_form_have_it(splitter: QuoteSplitter, form: str) -> None:
    lines = [form.format(text=text, name=name) for text, name in zip(_STATEMENTS, _PAPERS, strict=True)]
    assert outlets_of(splitter, "\n".join([_INTRODUCTION, "", *lines])) == _PAPERS


@pytest.mark.parametrize("form", ["{text} | {name}", "{text} — {name}", "{text} ({name})", "**{name}:** {text}"])
def test_a_short_name_in_quotation_marks_is_an_outlet_in_each_of_these_forms(
    splitter: QuoteSplitter, form: str
) -> None:
    texts = ("В Очёре снова меняют подрядчика", "Пасечник собрал тонну мёда за лето", "Почту закрыли до понедельника")
    names = ["Речная заря", "Верхний маяк", "Лесная новь"]
    lines = [form.format(text=text, name=f"«{name}»") for text, name in zip(texts, names, strict=True)]
    assert outlets_of(splitter, "\n".join(["О чём пишут районные газеты:", "", *lines])) == names


@pytest.mark.parametrize(
    "text",
    [
        "Цитаты недели из прессы:\n\n«Паром будет ходить сто лет» — Иван Ольхов\n"
        "«Я никому не обещал моста» — Мария Верхняя\n«Снег обязательно уберут завтра» — Пётр Дальний",
        "Media jobs this week:\n\nEditor, night shift | Old Mill\nReporter, full time | Westport\nCamera | Quay",
        "Our press office answers:\n\nWhen does it run? — Monday\nWhere do I park? — Quay Street\nWho? — Town Hall",
    ],
)
def test_persons_and_places_at_the_end_of_lines_are_no_outlets(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []
