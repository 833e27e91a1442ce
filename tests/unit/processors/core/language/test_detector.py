import pytest

from processors.core.language import LANGUAGES, LanguageDetector
from processors.core.language.models import FastTextClassifier
from processors.errors import LanguageSettingError
from processors.loading import load_detector
from runtime.settings.analysis import LanguageSettings


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


def test_forty_languages_and_more_are_expected_by_default() -> None:
    assert len(LANGUAGES) >= 40


@pytest.mark.parametrize(
    ("text", "code", "script"),
    [
        ("The committee will meet again on Thursday morning.", "en", "Latn"),
        ("Комитет снова соберётся в четверг утром.", "ru", "Cyrl"),
        ("Комітет знову збереться в четвер уранці, щоб ухвалити рішення.", "uk", "Cyrl"),
        ("Камітэт зноў збярэцца ў чацвер раніцай.", "be", "Cyrl"),
        ("Комитетът ще се събере отново в четвъртък сутринта.", "bg", "Cyrl"),
        ("Комитетот повторно ќе се состане во четврток наутро.", "mk", "Cyrl"),
        ("Одбор ће се поново састати у четвртак ујутру.", "sr", "Cyrl"),
        ("Odbor će se ponovno sastati u četvrtak ujutro.", "sr", "Latn"),
        ("Der Ausschuss tritt am Donnerstagmorgen wieder zusammen.", "de", "Latn"),
        ("समिति की बैठक गुरुवार को फिर होगी।", "hi", "Deva"),
        ("委員会は木曜日の朝に再び開かれます。", "ja", "Kana"),
        ("委员会将于周四上午再次开会。", "zh", "Hani"),
        ("위원회는 목요일 아침에 다시 열린다.", "ko", "Hang"),
        ("ЭКСТРЕННОЕ ЗАСЕДАНИЕ КОМИТЕТА В ЧЕТВЕРГ", "ru", "Cyrl"),
        ("EILMELDUNG: DER AUSSCHUSS TRITT HEUTE ZUSAMMEN", "de", "Latn"),
        ("⚡️⚡️ Комитет соберётся https://example.org/the-committee-meets-again @committee_news", "ru", "Cyrl"),
        ("[Комитет соберётся снова](https://example.org/the-committee-meets-again-on-thursday)", "ru", "Cyrl"),
        ("сегодня утром", "ru", "Cyrl"),
        ("buenos días", "es", "Latn"),
    ],
)
def test_language_and_script_of_a_post(detector: LanguageDetector, text: str, code: str, script: str) -> None:
    language = detector.detect(text)
    assert (language.code, language.script) == (code, script)
    assert language.confidence is not None
    assert language.reason is None
    assert language.spans == ()


@pytest.mark.parametrize("text", ["", "12:30 — 45%", "🔥🔥", "... !!!", "1️⃣2️⃣3️⃣", "\x00\x07\x1b", "🇺🇦 24/7", "№ 12"])
def test_without_letters_the_language_is_undecided(detector: LanguageDetector, text: str) -> None:
    language = detector.detect(text)
    assert (language.code, language.confidence, language.reason) == ("und", None, "no letters")


@pytest.mark.parametrize(
    "text",
    ["#breaking", "@committee", "https://example.org/the-committee-meets", "https://example.org/«слово»tail",
     "haha", "ахахах", "lol", "xd", "COVID-19",
     "Pixel 9 Pro", "EUR 1.08 USD 1.0", "Model S", "HTTP 404", "NATO", "some.one@example.org", "v2.0.1"],
)  # fmt: skip
def test_tags_names_codes_and_laughter_have_no_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).code == "und"
    assert detector.detect(text).reason in ("no words", "too short")


def test_a_doubtful_answer_is_undecided_and_lists_what_it_may_be(detector: LanguageDetector) -> None:
    language = detector.detect("Subotica")
    assert (language.code, language.reason) == ("und", "low confidence")
    assert language.confidence is not None


def test_a_long_text_in_a_language_that_is_not_in_use_is_undecided(detector: LanguageDetector) -> None:
    language = detector.detect("Bonvenon al la kunveno de la komitato, kiu okazos ĵaŭde matene en la malnova domo.")
    assert (language.code, language.reason) == ("und", "language not in use: Esperanto")


def test_a_script_that_no_language_in_use_is_written_in(detector: LanguageDetector) -> None:
    assert (detector.detect("བོད་ཀྱི་སྐད་ཡིག").reason or "").startswith("language not in use: ")
    assert detector.detect("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ").reason == "unknown script"


def test_sister_languages_are_one_group(detector: LanguageDetector) -> None:
    for text in (
        "Predsjednik je izjavio da će vlada sutra donijeti odluku.",
        "Predsednik je izjavio da će vlada sutra.",
    ):
        language = detector.detect(text)
        assert (language.code, language.script, language.alternatives) == ("sr", "Latn", ("bs", "hr"))
        assert language.confidence is not None
        assert language.confidence > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "Министр обороны сказал: «We will continue to support the project as long as it takes, whatever it costs»",
        'Комітет повідомив, що "the whole report will be published on Monday without any changes"',
        "Новый Samsung Galaxy Ultra подорожал",
        "Рoссия и Укрaина oбменялись плeнными",  # with Latin letters o, a, e
    ],
)
def test_latin_letters_do_not_hide_the_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).script == "Cyrl"
    assert detector.detect(text).code in ("ru", "uk")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutsche Bank - le port reste fermé", "fr"),
        ("Deutsche Bank: prezzo in aumento", "it"),
        ("Breaking Bad - tráiler doblado", "es"),
        ("Washington Post | noul album apare mâine", "ro"),
    ],
)
def test_a_foreign_title_before_a_text_does_not_hide_its_language(
    detector: LanguageDetector, text: str, code: str
) -> None:
    assert detector.detect(text).code == code


def test_a_name_after_a_longer_text_does_not_decide_alone(detector: LanguageDetector) -> None:
    assert detector.detect("Krásná hra večer - Family Guy").code == "cs"


def test_persian_typed_with_arabic_letters_is_persian(detector: LanguageDetector) -> None:
    assert detector.detect("اين گزارش مي گويد كه پل قديمي بسته خواهد ماند").code == "fa"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("𝗧𝗵𝗲 𝗰𝗼𝗺𝗺𝗶𝘁𝘁𝗲𝗲 𝘄𝗶𝗹𝗹 𝗺𝗲𝗲𝘁 𝗮𝗴𝗮𝗶𝗻 𝗼𝗻 𝗧𝗵𝘂𝗿𝘀𝗱𝗮𝘆", "en"),
        ("ᴛʜᴇ ᴄᴏᴍᴍɪᴛᴛᴇᴇ ᴡɪʟʟ ᴍᴇᴇᴛ ᴀɢᴀɪɴ ᴀғᴛᴇʀ ʟᴜɴᴄʜ", "en"),
        ("ⒹⒺⓇ ⒶⓊⓈⓈⒸⒽⓊⓈⓈ ⓣⓡⓘⓣⓣ ⓐⓜ ⓓⓞⓝⓝⓔⓡⓢⓣⓐⓖ ⓦⓘⓔⓓⓔⓡ ⓩⓤⓢⓐⓜⓜⓔⓝ", "de"),
        ("🅴🅻 🅲🅾🅼🅸🆃é 🆂🅴 🆁🅴ú🅽🅴 🅾🆃🆁🅰 🆅🅴🆉 🅴🅻 🅹🆄🅴🆅🅴🆂", "es"),
        ("К̶о̶м̶и̶т̶е̶т̶ ̶с̶н̶о̶в̶а̶ ̶с̶о̶б̶е̶р̶ё̶т̶с̶я̶ ̶у̶т̶р̶о̶м̶", "ru"),
        ("Кoмитeт cнoвa coбepётcя в чeтвepг yтpoм", "ru"),
        ("Тhе соmmіttее wіll mееt аgаіn оn Тhursdау", "en"),
        ("Η επιτρoπή θα συvεδριάσει ξαvά τηv Πέμπτη", "el"),
        ("KOMİTE PERŞEMBE SABAHI YENİDEN TOPLANACAK", "tr"),
        ("Comitetul se va întruni din nou joi dimineaţă la şapte", "ro"),
        ("اللَّجْنَةُ سَتَجْتَمِعُ مَرَّةً أُخْرَى صَبَاحَ الخَمِيسِ", "ar"),
        ("ستجتمـــع اللجنـــة مـــرة أخـــرى صبـــاح الخميـــس", "ar"),
        ("جلسه صبح شنبه در سالن اصلي برگزار مي شود", "fa"),
        ("قيمت نان در بازارهاي محلي امسال بالا رفت", "fa"),
        ("הַוַּעֲדָה תִּתְכַּנֵּס שׁוּב בְּיוֹם חֲמִישִׁי", "he"),
    ],
)
def test_the_dress_of_letters_does_not_hide_the_language(detector: LanguageDetector, text: str, code: str) -> None:
    assert detector.detect(text).code == code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KIRMIZI IŞIKTA GEÇEN İKİ SÜRÜCÜ", "kırmızı ışıkta geçen iki sürücü"),
        ("Şedinţa va avea loc mâine", "Ședința va avea loc mâine"),
        ("وزیر کشور گفت", "وزير كشور گفت"),
        ("𝐏𝐨𝐫𝐭 𝐜𝐥𝐨𝐬𝐞𝐝", "Port closed"),
    ],
)
def test_two_ways_to_write_one_text_give_one_answer(detector: LanguageDetector, one: str, other: str) -> None:
    assert detector.detect(one) == detector.detect(other)


def test_turkish_of_a_wrong_code_page_is_turkish(detector: LanguageDetector) -> None:
    assert detector.detect("Doktor, hastanenin bugün açýlacaðýný ve iþlerin süreceðini söyledi").code == "tr"
    assert detector.detect("Það er ekki ljóst hvort brúin verður opnuð á morgun.").code == "is"


def test_the_middle_of_a_long_text_counts(detector: LanguageDetector) -> None:
    rates = "12.5 13.5 14.5 " * 400
    russian = "Комитет снова соберётся в четверг утром, сообщили в ведомстве. " * 10
    assert detector.detect(rates + russian + rates).code == "ru"


@pytest.mark.parametrize(
    "text",
    ["Комитет соберётся снова. " * 45_000, "a" * 1_000_000, "«" * 1_000_000, "да. " * 250_000, "аa" * 500_000,
     "\n" * 1_000_000, "ha" * 500_000],
)  # fmt: skip
def test_a_megabyte_is_sampled(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).spans == ()


def test_languages_that_the_model_seldom_thinks_of_can_be_chosen() -> None:
    load_detector(LanguageSettings(languages=("jbo", "mrj")))


def test_the_languages_can_be_chosen() -> None:
    few = load_detector(LanguageSettings(languages=("en", "hr")))
    assert few.detect("Odbor će se ponovno sastati u četvrtak ujutro.").code == "sr"
    assert few.detect("Der Ausschuss tritt am Donnerstagmorgen wieder zusammen.").code == "und"
    assert few.detect("Комитет снова соберётся в четверг утром.").reason == "language not in use: Russian"


def test_a_language_that_no_model_knows_is_refused() -> None:
    with pytest.raises(LanguageSettingError, match="xx"):
        load_detector(LanguageSettings(languages=("en", "xx")))


def test_texts_detected_together_give_the_same_as_one_by_one(detector: LanguageDetector) -> None:
    texts = [
        "",
        "Hi",
        "Комитет соберётся снова в четверг утром, сообщила мэрия. Мост закрыт до пятницы.",
        "The committee meets again on Thursday.\nКомитет соберётся снова в четверг утром, сообщила мэрия.",
        "24/7\n🔥",
        "a\x1fb" * 40,
        "Der Ausschuss tritt am Donnerstag wieder zusammen. " * 200,
        "USD 91.5 EUR 99.1 GBP 117.2 CNY 12.7 JPY 0.6 CHF 101.3 TRY 2.8",
    ]
    assert detector.detect_all([(text, None) for text in texts]) == [detector.detect(text) for text in texts]
    assert detector.detect_all([]) == []


def test_what_posts_have_in_common_is_judged_once() -> None:
    asked: list[str] = []

    class Model:
        def predict(self, line: str, k: int, threshold: float, on_unicode_error: str) -> list[tuple[float, str]]:
            asked.append(line)
            return [(0.99, "__label__en")]

    classifier = FastTextClassifier(Model())
    detector = LanguageDetector(classifier, classifier, {"en"})
    asked.clear()
    posts = [f"The ferries wait in {place} for the storm to end.\nSubscribe to the harbour news" for place in "ABA"]
    assert {detector.detect(post).code for post in posts} == {"en"}
    assert len(asked) == len(set(asked)) == 3
