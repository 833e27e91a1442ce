import tomllib

import pytest

from processors.core.language import LANGUAGES, LanguageDetector
from processors.core.language.codes import name_of
from processors.core.language.function_words import MARKED
from processors.core.language.prior import learned, prior_from
from processors.core.outcomes import Analyzed
from processors.loading import load_analyzer, load_detector
from runtime.settings.analysis import LanguageSettings
from schemas import Channel, Lane, NormalizedPost, PostSource, Provenance, RawPost
from tests.support.project import ROOT

SENTENCES: dict[str, list[str]] = tomllib.loads(
    (ROOT / "benchmarks" / "languages_not_in_use.toml").read_text(encoding="utf-8")
)
AFRIKAANS = "Die burgemeester het gesê dat die nuwe pad eers volgende jaar oopgemaak sal word."
ENGLISH = "The new bridge opens on Monday, the council said."


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        (AFRIKAANS, "af", "Afrikaans"),
        ("De nije dyk wurdt takom jier pas iepene, sei de boargemaster fan 'e stêd.", "fy", "West Frisian"),
        ("Déi nei Strooss gëtt eréischt d'nächst Joer opgemaach, sot de Buergermeeschter.", "lb", "Luxembourgish"),
        ("Ny lalana vaovao dia hosokafana amin'ny taona ambony, hoy ny ben'ny tanàna.", "mg", "Malagasy"),
        ("Ang bag-ong dalan ablihan sa sunod nga tuig, matod pa sa mayor nga miadto ug misulti.", "ceb", "Cebuano"),
        ("The mayor telt fowk the new road wullna open till neist year, an naebody kent aboot it.", "sco", "Scots"),
        ("نوې لار به بل کال پرانیستل شي، د ښار چارواکو وویل.", "ps", "Pashto"),
        ("ناۋىي يول كېلەر يىلى ئېچىلىدۇ، دەيدۇ شەھەر باشلىقى.", "ug", "Uyghur"),
        ("شارەوانی ڕایگەیاند کە ڕێگا نوێیەکە ساڵی داهاتوو دەکرێتەوە.", "ckb", "Central Kurdish"),
        ("نئون رستو ايندڙ سال کوليو ويندو، شهر جي ميئر چيو آهي.", "sd", "Sindhi"),
        ("नवीन रस्ता पुढच्या वर्षी खुला होईल असे महापौरांनी सांगितले.", "mr", "Marathi"),
        ("Яңа юл киләсе елда ачылачак, дип белдерде шәһәр башлыгы журналистларга.", "tt", "Tatar"),
        ("Тэҥ бырааптаах дьон уонна киһи саҥа суолу эһиил арыйыахтара.", "sah", "Yakut"),
        ("Ног фӕндаг байгом уыдзӕн ӕрцӕуӕг аз, загъта горӕты сӕргълӕууӕг.", "os", "Ossetian"),
        ("Ног фæндаг байгом уыдзæн æрцæуæг аз, загъта горæты сæргълæууæг.", "os", "Ossetian"),
        ("ናይ ከተማ ከንቲባ እቲ ሓድሽ መንገዲ ኣብ ዝመጽእ ዓመት ክኽፈት እዩ ኢሉ።", "ti", "Tigrinya"),
        ("བོད་ཀྱི་ལམ་གསར་པ་འདི་སང་ལོ་ཁ་ཕྱེ་རྒྱུ་ཡིན།", "bo", "Tibetan"),
    ],
)
def test_a_language_that_is_not_in_use_is_undecided_and_named(
    detector: LanguageDetector, text: str, code: str, name: str
) -> None:
    language = detector.detect(text)
    assert (language.code, language.reason) == ("und", f"language not in use: {name}")
    assert language.alternatives[0] == code
    assert language.confidence is not None
    assert language.confidence > 0.5


def test_six_sentences_of_seven_in_sixty_such_languages_get_no_sisters_name(detector: LanguageDetector) -> None:
    codes = [detector.detect(sentence).code for sentences in SENTENCES.values() for sentence in sentences]
    assert len(SENTENCES) > 60
    assert codes.count("und") / len(codes) >= 6 / 7


def test_posts_of_some_sentences_get_no_sisters_name_but_for_three_such_languages(detector: LanguageDetector) -> None:
    posts = {code: detector.detect(" ".join(sentences)).code for code, sentences in SENTENCES.items()}
    wrong = {code: found for code, found in posts.items() if found != "und"}
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize(
    "text",
    ["guten Tag", "bom dia a todos", "доброе утро", "صباح الخير", "goedemorgen allemaal", "buongiorno a tutti",
     "सुप्रभात", "günaydın", "god morgen", "selamat pagi", "добрий ранок", "добро утро", "hyvää huomenta"],
)  # fmt: skip
def test_short_texts_in_languages_in_use_stay_decided(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).code != "und"


def test_a_language_that_is_chosen_is_in_use() -> None:
    few = load_detector(LanguageSettings(languages=("af", "en", "ha", "nl")))
    assert few.detect(AFRIKAANS).code == "af"
    assert few.detect("Magajin garin ya ce za a bude sabuwar hanya a shekara mai zuwa.").code == "ha"


def test_with_few_languages_any_other_is_named() -> None:
    few = load_detector(LanguageSettings(languages=("en", "ru", "uk")))
    for text, name in (
        ("Der Ausschuss tritt am Donnerstagmorgen wieder zusammen.", "German"),
        ("Комитетът ще се събере отново в четвъртък сутринта.", "Bulgarian"),
    ):
        assert few.detect(text).reason == f"language not in use: {name}"


def test_of_a_mixed_post_the_part_that_is_not_in_use_is_undecided(detector: LanguageDetector) -> None:
    text = f"{ENGLISH} Nobody knows yet what it has cost, and the mayor did not want to say so.\n{AFRIKAANS}"
    language = detector.detect(text)
    assert language.code == "en"
    assert [(span.code, text[span.start : span.end][:3]) for span in language.spans] == [("en", "The"), ("und", "Die")]


def test_a_mixed_post_that_is_mostly_not_in_use_keeps_its_parts(detector: LanguageDetector) -> None:
    language = detector.detect(f"{AFRIKAANS} Niemand weet nog hoeveel dit gekos het nie.\n{ENGLISH}")
    assert (language.code, language.reason) == ("und", "language not in use: Afrikaans")
    assert [span.code for span in language.spans] == ["und", "en"]


def _post(number: int, detector: LanguageDetector, text: str) -> NormalizedPost:
    return NormalizedPost(
        key=f"tg:7:{number}",
        revision="r",
        channel=Channel(id=7),
        message_id=number,
        text=text,
        language=detector.detect(text),
        provenance=Provenance(source=PostSource(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )


def test_a_channel_in_such_a_language_has_a_prior_against_the_sister(detector: LanguageDetector) -> None:
    file = learned(_post(number, detector, AFRIKAANS) for number in range(1, 31))
    assert file.channels == {"7": {"und": 1.0}}
    text = "Vandag in Pretoria"
    before = detector.detect(text)
    assert before.code != "und"
    detector._prior = prior_from(file)
    try:
        assert detector.detect(text, 7).code == "und"
        assert detector.detect(text, 8) == before
    finally:
        detector._prior = None


def test_danish_and_a_foreign_word_are_no_markers_of_another_language(detector: LanguageDetector) -> None:
    assert detector.detect("Den nye vej åbnes til næste år, siger borgmesteren i Ærø kommune i dag.").code == "da"
    assert detector.detect("The museum shows paintings of the old toun until the end of the month.").code == "en"


def test_every_language_with_markers_has_a_name_and_none_is_in_use_by_default() -> None:
    assert not MARKED & LANGUAGES
    assert all(name_of(code) != code for code in MARKED)


@pytest.mark.parametrize(
    "text",
    [
        "ʇsǝʍ ǝɥʇ ɯoɹɟ sǝɯoɔ ɯɹoʇs ɐ ʇɐɥʇ sʎɐs ɹǝʇsɐɯ ɹnoqɹɐɥ ǝɥʇ",
        "ǝpɹǝʍ uǝssolɥɔsǝƃ uǝɟɐɥ ɹǝp ssɐp 'ʇƃɐs ɹǝʇsıǝɯuǝɟɐɥ ɹǝp",
    ],
)
def test_text_that_is_upside_down_is_of_no_language(text: str) -> None:
    assert _language(text) == "und"


def test_a_word_in_phonetic_spelling_leaves_the_language_of_its_text() -> None:
    text = "The word harbour is pronounced ˈhɑːbə in British English and ˈhɑɹbɚ in the States, say linguists."
    assert _language(text) == "en"


def _language(text: str) -> str:
    """Of a whole post, since the clean-up changes letters before the detector sees them."""
    post = RawPost(channel=Channel(id=1), message_id=1, text=text, source=PostSource(kind="test"))
    outcome = load_analyzer().analyze(post)
    assert isinstance(outcome, Analyzed)
    return outcome.post.language.code
