"""Orthographic equivalences: what is compared as the same, what stays apart, and what is read in its usual letters."""

import pytest

from schemas.text import Script, alike, fold, in_one_script, loose_marks, plain, unaccented

SAME = [
    # Turkish and Azerbaijani capitals
    ("IRAK'TA ISI DALGASI: IĞDIR VE İZMİR", "Irak'ta ısı dalgası: Iğdır ve İzmir"),
    ("BAKIDA QIŞ İYİRMİ İL SONRA", "Bakıda qış iyirmi il sonra"),
    ("Az\u01ddrbaycan", "Azərbaycan"),
    # Greek
    ("ΟΙ ΔΡΟΜΟΙ ΤΗΣ ΠΟΛΗΣ ΕΙΝΑΙ ΑΝΟΙΧΤΟΙ", "Οι δρόμοι της πόλης είναι ανοιχτοί"),
    ("ΜΑΪΟΣ", "Μάιος"),
    ("τῇ ἀρχῇ ἦν ὁ λόγος", "τη αρχη ην ο λογος"),
    # Arabic: letters, seats of hamza, vowels, kashida, digits
    ("أعلنت إدارة المدينة عن خطة", "اعلنت ادارة المدينه عن خطة"),
    ("مستشفى القاهرة", "مستشفي القاهره"),
    ("المسؤول عن شؤون البلدية", "المسئول عن شئون البلدية"),
    ("المَسْؤُول", "المسئول"),
    ("هيئة الرئاسة", "هيأة الرئاسة"),
    ("سؤال", "سوال"),
    ("القرآن", "القران"),
    ("عـــاجـــل", "عاجل"),
    ("هٰذا", "هذا"),
    ("ﻣﺮﺣﺒﺎ", "مرحبا"),
    # Persian and Urdu
    ("کتاب‌های من می‌رود", "كتاب هاي من مي رود"),
    ("کتاب‌های من می‌رود", "کتابهای من میرود"),
    ("نمی‌شود بزرگ‌تر", "نمی شود بزرگ تر"),
    ("همچنین آنچه", "هم‌چنین آن چه"),
    ("پیش‌بینی هوا", "پیش بینی هوا"),
    ("خانهٔ ما", "خانه‌ی ما"),
    ("خانهٔ ما", "خانه ی ما"),
    ("رئیس", "رییس"),
    ("امضاء", "امضا"),
    ("۱۴۰۳", "1403"),
    ("پاکستان ہے", "پاكستان هے"),
    # Hebrew and Yiddish
    ("הַנָּמֵל נִפְתַּח מֵחָדָשׁ", "הנמל נפתח מחדש"),
    ("צה״ל", 'צה"ל'),
    ("\u05f2ד", "ייד"),
    # apostrophes
    *((f"об{mark}їзд", "об'їзд") for mark in "’ʼ`‘ʻ´ʹ′＇"),
    ("O\u02bbzbekiston", "O'zbekiston"),
    # Romanian
    ("Şedinţa la Bucureşti", "Ședința la București"),
    # Cyrillic
    ("Ещё всё на запа́д", "Еще все на запад"),
    ("ѝ", "и"),
    # German, Scandinavian, French, Polish, Spanish, Vietnamese
    ("Straße", "STRASSE"),
    ("GROẞE", "grosse"),
    ("cœur", "coeur"),
    ("ÉTAT D’URGENCE DÉCRÉTÉ", "Etat d'urgence décrété"),
    ("Łódź", "Lodz"),
    ("hòa", "hoà"),
    # Indic
    ("ज़मीन फ़ैसला", "जमीन फैसला"),
    ("हिन्दी सम्पादक", "हिंदी संपादक"),
    ("चाँद", "चांद"),
    ("१५", "15"),
    ("ন্ত ৎ", "ন্ত ত্\u200d"),
    ("അവൻ", "അവന്\u200d"),
    # styles
    ("𝐒𝐭𝐨𝐫𝐦", "storm"),
    ("𝑺𝒕𝒐𝒓𝒎", "storm"),
    ("𝓢𝓽𝓸𝓻𝓶", "storm"),
    ("𝕾𝖙𝖔𝖗𝖒", "storm"),
    ("𝚂𝚝𝚘𝚛𝚖", "storm"),
    ("Ｓｔｏｒｍ　２４", "storm 24"),
    ("ⓢⓣⓞⓡⓜ", "storm"),
    ("🅢🅣🅞🅡🅜", "storm"),
    ("🅂🅃🄾🅁🄼", "storm"),
    ("🆂🆃🅾️🆁🅼", "storm"),
    ("🇸🇹🇴🇷🇲", "storm"),
    ("⒮⒯⒪⒭⒨", "storm"),
    ("ˢᵗᵒʳᵐ", "storm"),
    ("sᴛᴏʀᴍ ꜰʟᴏᴏᴅs ᴛʜᴇ ǫᴜᴀʏ", "storm floods the quay"),
    ("ᴀғᴛᴇʀ", "after"),
    ("s̶t̶o̶r̶m̶", "storm"),
    ("s̲t͛o҉r̷m", "storm"),
    ("𝟐𝟒", "24"),
    ("ﾎﾟｰﾄ", "ポート"),
    # look-alikes
    ("Пoрт oткрыт", "Порт открыт"),
    ("НАТО и CBO: HET!", "НАТО и СВО: НЕТ!"),
    ("c утра", "с утра"),
    ("Роrt rеореns", "Port reopens"),
    ("Το λιμάvι", "Το λιμάνι"),
    ("NEA METPA ΓΙΑ ΟΛΟΥΣ", "ΝΕΑ ΜΕΤΡΑ ΓΙΑ ΟΛΟΥΣ"),
    ("нoвини Укрaїни", "новини України"),
    ("Укрaïна", "Україна"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_to_write_one_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("мой", "мои"),
        ("кіт", "кит"),
        ("їх", "іх"),
        ("ґрати", "грати"),
        ("шь", "шъ"),
        ("ўсё", "усё"),
        ("Београд", "Beograd"),
        ("国家", "國家"),
        ("München", "Muenchen"),
        ("ד", "ר"),
        ("ך", "כ"),
        ("و", "ي"),
        ("ب", "پ"),
        ("ड़", "ड"),
        ("क", "ख"),
        ("は", "ハ"),
        ("が", "か"),
        ("ш", "w"),
        ("port 15", "port 16"),
        ("🇺🇦", "ua"),
        ("🅰️", "a"),
        ("ab", "a b"),
        ("þ", "d"),
    ],
)
def test_what_is_another_word_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_punctuation_and_lines_stay() -> None:
    assert fold("Fire!\n\n— “Now”…") == "fire!\n\n— “now”..."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("𝗣𝗼𝗿𝘁 Straße ἀρχή", "Port Straße ἀρχή"),
        ("ᴘᴏʀᴛ", "port"),
        ("ёж за́мок", "ёж замок"),
        ("مُعلَّـــم", "معلم"),
        ("שָׁלוֹם", "שלום"),
        ("🇵🇴🇷🇹, 🇺🇦 🇵🇱", "PORT, 🇺🇦 🇵🇱"),
        ("ﬁre", "fire"),
        ("plain", "plain"),
    ],
)
def test_a_text_is_read_in_its_usual_letters(text: str, read: str) -> None:
    assert plain(text) == read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("𝗥𝗲𝘂𝘁𝗲𝗿𝘀", "Reuters"),
        ("ʀᴇᴜᴛᴇʀs пʼять", "Reuters п'ять"),
        ("Ștefan Ёж MİLLİYET", "Ştefan Еж MILLIYET"),
        ("🆁🅴🆄🆃🅴🆁🆂", "REUTERS"),
        ("plain", "plain"),
    ],
)
def test_letters_are_looked_up_one_for_one(text: str, found: str) -> None:
    assert alike(text) == found


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Moсквa и Cамара", "Москва и Самара"),
        ("Тhe роrt", "The port"),
        ("η κuβέρvηση", "η κυβέρνηση"),
        ("iPhoneы 5G-сеть", "iPhoneы 5G-сеть"),
        ("Москва and London", "Москва and London"),
    ],
)
def test_a_word_is_in_one_alphabet(text: str, mended: str) -> None:
    assert in_one_script(text) == mended


def test_a_word_of_look_alikes_goes_where_most_of_the_text_is_or_where_it_is_asked_to() -> None:
    mixed = "B\u0412C"
    assert in_one_script(f"Пишет {mixed}") == "Пишет \u0412\u0412\u0421"
    assert in_one_script(f"Says {mixed}") == "Says BBC"
    assert in_one_script(f"Пишет {mixed}", (Script.LATIN, Script.CYRILLIC)) == "Пишет BBC"


def test_loose_marks_are_found() -> None:
    assert loose_marks("s̶t") == [1]
    assert loose_marks("stй") == []


def test_accents_are_taken_off() -> None:
    assert unaccented("Łódź Süddeutsche Καθημερινή Край") == "Lodz Suddeutsche Καθημερινη Край"
