"""Finding names of outlets in texts of all scripts, and what only looks like one."""

from collections.abc import Callable
from functools import cache

import pytest

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.loose_names import LooseNames
from processors.core.quotes.lexicon.name_tree import NameTree
from processors.core.quotes.lexicon.outlets import OutletRegistry, locate
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.tokens import spell, tokenize, words_of
from processors.core.quotes.registry_files import load_registry


@cache
def registry() -> OutletRegistry:
    return load_registry()


def found(text: str) -> list[tuple[str | None, str]]:
    spelling = spell(text)
    return [
        (name.outlet.id, text[spelling.at(name.start) : spelling.at(name.end)])
        for name in registry().names(spelling.text)
    ]


@pytest.mark.parametrize(
    ("text", "outlet", "written"),
    [
        ("وقالت لرويترز إن الميناء مغلق", "reuters", "رويترز"),
        ("وذكرت قناة الميادين أن", "al-mayadeen", "قناة الميادين"),
        ("به گزارش خبرگزاري فارس", "fars-news", "خبرگزاري فارس"),
        ("وال\u200cاستریت ژورنال نوشت", "wall-street-journal", "وال\u200cاستریت ژورنال"),
        ("واشنگتن پست نوشت", "washington-post", "واشنگتن پست"),
        ("به نوشته واشنگتن\u200cپست", "washington-post", "واشنگتن\u200cپست"),
        ("הבכיר אמר לרויטרס כי", "reuters", "רויטרס"),
        ("דווח במעריב הבוקר", "maariv", "מעריב"),
        ("《纽约时报》报道称", "new-york-times", "纽约时报"),
        ("据新华社报道", "xinhua", "新华社"),
        ("据CNN报道", "cnn", "CNN"),
        ("共同通信によると", "kyodo", "共同通信"),
        ("연합뉴스에 따르면", "yonhap", "연합뉴스"),
        ("ไทยรัฐ รายงานว่า", "thairath", "ไทยรัฐ"),
        ("रॉयटर्स के अनुसार", "reuters", "रॉयटर्स"),
        ("γράφει η Καθημερινή", "kathimerini", "Καθημερινή"),
        ("ΤΑ ΝΕΑ γράφουν", "ta-nea", "ΤΑ ΝΕΑ"),
        ("როიტერი იუწყება", "reuters", "როიტერი"),
        ("Enligt Aftonbladets uppgifter", "aftonbladet", "Aftonbladets"),
        ("сообщили в Осторожно, новости", "ostorozhno-novosti", "Осторожно, новости"),
        ("the Trinidad Express said", "trinidad-express", "Trinidad Express"),
        ("Sunday Express пише", "sunday-express", "Sunday Express"),
        (
            "laut der Frankfurter Allgemeinen Zeitung",
            "frankfurter-allgemeine-zeitung",
            "Frankfurter Allgemeinen Zeitung",
        ),
        ("in der Neuen Zürcher Zeitung", "neue-zurcher-zeitung", "Neuen Zürcher Zeitung"),
        ("beim Bayerischen Rundfunk", "bayerischer-rundfunk", "Bayerischen Rundfunk"),
        ("des Hamburger Abendblatts", "hamburger-abendblatt", "Hamburger Abendblatts"),
        ("laut der Süddeutschen", "suddeutsche-zeitung", "Süddeutschen"),
        ("a Népszavának mondta", "nepszava", "Népszavának"),
        ("a Magyar Nemzetben", "magyar-nemzet", "Magyar Nemzetben"),
        ("az Origónak", "origo", "Origónak"),
        ("kertoo Ylelle", "yle", "Ylelle"),
        ("kertoi Iltalehdessä", "iltalehti", "Iltalehdessä"),
        ("kertoo Helsingin Sanomille", "helsingin-sanomat", "Helsingin Sanomille"),
        ("за даними Суспільного", "suspilne", "Суспільного"),
    ],
)
def test_a_name_is_found_in_its_script_and_form(text: str, outlet: str, written: str) -> None:
    assert found(text) == [(outlet, written)]


@pytest.mark.parametrize(
    "text",
    [
        "this Off-Guardian piece",
        "indique l'AP-HP",
        "follow CNN_brk for more",
        "read it at Time.news",
        "https://3dnews.ru/1113328",
        "вместе с коллегами из Москва 24/7",
        "Dr Smith agreed",
        "Zur gleichen Zeit begann der Bau",
        "in der ganzen Welt bekannt",
        "auf einem alten Bild",
        "the Springfield Express closed",
        "hydPA and CNNs",
    ],
)
def test_a_part_of_something_else_is_no_name(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["laut Welt", "berichten Bild und Welt", "Bild.de meldet", "die deutsche Bild"])
def test_an_ambiguous_name_remains_one_beside_other_words(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("text", ["сообщает 112", "в 1945 году", "an der Uni", "телеканал 78"])
def test_numbers_and_acronyms_in_other_letters_need_support(text: str) -> None:
    (name,) = registry().names(spell(text).text)
    assert name.needs_support
    assert name.is_ambiguous


def test_a_latin_word_in_a_cyrillic_text_is_a_name_only_of_an_outlet_that_is_known_abroad() -> None:
    for text, is_ambiguous in (("издание Bild пишет", False), ("курсы Data Science онлайн", True)):
        (name,) = registry().names(spell(text).text)
        assert name.is_ambiguous is is_ambiguous


def test_an_article_distinguishes_two_outlets_of_one_word() -> None:
    assert found("Die Presse und La Presse") == [("die-presse", "Die Presse"), ("la-presse-ca", "La Presse")]


@pytest.mark.parametrize(
    ("text", "is_ambiguous"), [("The Atlantic writes", False), ("The Atlantic Council says", True)]
)
def test_a_name_that_goes_on_may_be_another(text: str, is_ambiguous: bool) -> None:
    (name,) = registry().names(text)
    assert name.is_ambiguous is is_ambiguous


@pytest.mark.parametrize(
    ("written", "outlet"),
    [
        ("Finacial Times", "financial-times"),
        ("The Gardian", "guardian"),
        ("Bloombreg", "bloomberg"),
        ("Suddeutsche Zeitung", "suddeutsche-zeitung"),
        ("Süddeutshe Zeitung", "suddeutsche-zeitung"),
        ("Комерсант", "kommersant"),
        ("the economist", "economist"),
        ("wsj", "wall-street-journal"),
        ("тасс", "tass"),
        ("Tims", None),
        ("Harbour Lamp", None),
        ("", None),
    ],
)
def test_a_name_resolves_although_a_letter_is_wrong(written: str, outlet: str | None) -> None:
    resolved = registry().resolve(written)
    assert (None if resolved is None else resolved.id) == outlet


def test_loose_names_are_those_that_were_missed_and_need_support() -> None:
    text = "As cnn and Reuters say, the Finacial Times and Bloombreg News confirmed it; тасс too, but not nos"
    names = registry().names(text)
    loose = registry().loose_names(text, words_of(text), names)
    assert [(name.outlet.id, text[name.start : name.end]) for name in loose] == [
        ("cnn", "cnn"),
        ("financial-times", "Finacial Times"),
        ("bloomberg", "Bloombreg News"),
        ("tass", "тасс"),
    ]
    assert all(name.needs_support and name.is_ambiguous for name in loose)


@pytest.mark.parametrize(
    ("host", "outlet"),
    [
        ("m.bbc.co.uk", "bbc"),
        ("www.spiegel.de", "der-spiegel"),
        ("asia.nikkei.com", "nikkei-asia"),
        ("FT.com.", "financial-times"),
        ("notbbc.co.uk", None),
        ("example.org", None),
        ("", None),
    ],
)
def test_a_host_leads_to_its_outlet(host: str, outlet: str | None) -> None:
    resolved = registry().of_host(host)
    assert (None if resolved is None else resolved.id) == outlet


def test_a_channel_has_an_owner() -> None:
    owner = registry().of_channel("@TASS_agency")
    assert owner is not None
    assert owner.id == "tass"
    assert registry().of_channel("nobody_here") is None
    assert registry().of_channel(None) is None


def test_an_edition_has_a_parent() -> None:
    entry = registry().entry("bild-am-sonntag")
    assert entry is not None
    assert (entry.parent, entry.kind) == ("bild", "newspaper")


def test_an_unknown_outlet_has_one_id_in_all_spellings_and_leads_to_the_registry() -> None:
    ids = {unknown_outlet(name).id for name in ("Harbour Lamp", "HARBOUR LAMP", "Hárbour Lamp")}
    assert ids == {"?harbour lamp"}
    assert not unknown_outlet("Harbour Lamp").is_known
    known = registry().outlet("?trinidad express")
    assert known is not None
    assert known.id == "trinidad-express"
    assert registry().outlet("?harbour lamp") is None


def test_a_name_inside_a_word_takes_the_whole_word() -> None:
    text = "وقالت لرويترز إن"
    spelling = spell(text)
    (mention,) = locate(tokenize(text, spelling), registry().names(spelling.text))
    assert (mention.first, mention.after) == (1, 2)


@pytest.mark.parametrize("name", ["Lampola", "Lampolas", "Lampolaki", "Lampolakin", "Lampolakinas"])
def test_any_one_letter_may_be_wrong(name: str) -> None:
    lamps = OutletRegistry([OutletEntry(id="lamp", name=name)])
    for at in range(len(name)):
        before, letter, after = name[:at], name[at], name[at + 1 :]
        written = {before + "x" + after, before + letter + "x" + after}
        written |= {before + after} if len(before + after) >= 7 else set()
        written |= {before + after[0] + letter + after[1:]} if after and after[0] != letter else set()
        for wrong in written:
            resolved = lamps.resolve(wrong)
            assert resolved is not None, wrong
            assert resolved.id == "lamp"


def test_the_index_of_nearly_right_names_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[NameTree] = []
    monkeypatch.setattr("processors.core.quotes.lexicon.outlets.LooseNames", _counted(built))
    lamps = OutletRegistry([OutletEntry(id="lamp", name="Lampolas")])
    for _ in range(3):
        assert lamps.resolve("Lampolass") is not None
    assert len(built) == 1


def _counted(built: list[NameTree]) -> Callable[[NameTree], LooseNames]:
    def build(tree: NameTree) -> LooseNames:
        built.append(tree)
        return LooseNames(tree)

    return build
