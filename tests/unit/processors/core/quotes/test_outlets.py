"""The registry: its data, a user's additions, and finding names."""

from collections import Counter
from functools import cache
from importlib.resources import files
from typing import get_args

import pytest

from processors.core.quotes.lexicon.file_models import OutletEntry, OutletKind
from processors.core.quotes.lexicon.outlet_table import TableEntry
from processors.core.quotes.lexicon.outlets import OutletName, OutletRegistry, locate, within
from processors.core.quotes.lexicon.registry_faults import faults
from processors.core.quotes.lines.tokens import Spelling, spell, spell_all, tokenize
from processors.core.quotes.named_text import name_all
from processors.core.quotes.registry_files import package_outlets
from processors.core.text.character_kinds import letters_of_each


@cache
def tables() -> list[TableEntry]:
    return package_outlets()


@cache
def entries() -> list[OutletEntry]:
    return [entry.validated() for entry in tables()]


@cache
def registry() -> OutletRegistry:
    return OutletRegistry(tables())


def names(text: str) -> list[tuple[str, str]]:
    return [(name.outlet.name, text[name.start : name.end]) for name in registry().names(spell(text).text)]


def ids(text: str) -> list[str | None]:
    return [name.outlet.id for name in registry().names(spell(text).text)]


def find(text: str) -> OutletName:
    (name,) = registry().names(spell(text).text)
    return name


def test_the_registry_is_large_and_of_the_whole_world() -> None:
    assert len(entries()) >= 2500
    assert all(entry.country and entry.kind for entry in entries())
    assert len({entry.country for entry in entries()}) > 150
    assert {entry.kind for entry in entries()} == set(get_args(OutletKind))
    assert sum(any("\u0400" <= char <= "\u04ff" for alias in e.aliases for char in alias) for e in entries()) > 600


def test_the_tables_are_sorted_and_without_faults() -> None:
    by_id = {entry.id: entry for entry in tables()}
    assert len(by_id) == len(tables())
    assert list(faults(tables(), by_id)) == []
    for table in (files("processors.core.quotes") / "data" / "outlets").iterdir():
        keys = [line.split("\t")[2::-2] for line in table.read_text("utf-8").splitlines()[1:]]
        assert keys == sorted(keys), table.name


def test_a_domain_and_a_channel_belong_to_one_outlet() -> None:
    for addresses in ([d for e in entries() for d in e.domains], [c.lower() for e in entries() for c in e.channels]):
        assert [address for address, times in Counter(addresses).items() if times > 1] == []


def test_an_outlet_or_another_of_its_name_is_found_by_its_own_name() -> None:
    found = {
        entry.id: [one.outlet.name for one in registry().names(spell(f"{entry.name} writes").text)]
        for entry in entries()
    }
    assert {entry.id: found[entry.id] for entry in entries() if found[entry.id] != [entry.name]} == {}


def test_only_outlets_of_several_countries_share_a_name() -> None:
    shared = Counter((entry.name, entry.country) for entry in entries())
    assert [name for name, times in shared.items() if times > 1] == []


@pytest.mark.parametrize(
    ("text", "outlets"),
    [
        ("The Nairobian, Taifa Leo and The Standard lead on fuel", ["nairobian", "taifa-leo", "the-standard-ke"]),
        ("The Punch, Daily Trust and The Guardian lead on fuel", ["punch", "daily-trust", "guardian-nigeria"]),
        ("Daily Trust and The Guardian lead on fuel", ["daily-trust", "guardian"]),
        ("The Scotsman, The Punch, Daily Trust and The Guardian", ["scotsman", "punch", "daily-trust", "guardian"]),
        ("Senenews, L'Observateur et Le Quotidien", ["senenews", "l-observateur-sn", "le-quotidien-senegal"]),
        ("Ultima Hora, ABC Color y La Nación", ["ultima-hora", "abc-color", "la-nacion-py"]),
        ("Clarín y La Nación", ["clarin", "la-nacion"]),
    ],
)
def test_a_name_of_several_countries_is_the_outlets_of_the_country_beside(text: str, outlets: list[str]) -> None:
    assert ids(text) == outlets


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("в «Файненшл таймс»", "Financial Times"),
        ("пишет «Нью-Йорк таймс»", "The New York Times"),
        ("в «Комсомольской правде»", "Komsomolskaya Pravda"),
        ("пише «Українська правда»", "Ukrainska Pravda"),
        ("в «Українській правді»", "Ukrainska Pravda"),
        ("по данным «Газеты выборчей»", ""),
        ("w „Gazecie Wyborczej”", "Gazeta Wyborcza"),
        ("według Reutersa", "Reuters"),
        ("сообщают «Известия»", "Izvestia"),
        ("в «Известиях»", "Izvestia"),
        ("СNN отметил", "CNN"),
        ("THE NEW YORK TIMES", "The New York Times"),
        ("the New York Post notes", "New York Post"),
        ("Suddeutsche Zeitung", "Süddeutsche Zeitung"),
        ("Sueddeutsche Zeitung", "Süddeutsche Zeitung"),
        ("L’Équipe", "L'Équipe"),
        ("WaPo:", "The Washington Post"),
        ("a new york minute", ""),
        ("Newyorker", ""),
    ],
)
def test_spellings(text: str, name: str) -> None:
    assert [found for found, _ in names(text)] == ([name] if name else [])


def test_the_longest_name_wins() -> None:
    assert names("The Times of Israel and The Times") == [
        ("The Times of Israel", "The Times of Israel"),
        ("The Times", "The Times"),
    ]


def test_an_article_belongs_to_the_name_only_where_the_outlet_has_it() -> None:
    assert names("Die Welt, die Berliner Zeitung, the Financial Times") == [
        ("Die Welt", "Die Welt"),
        ("Berliner Zeitung", "Berliner Zeitung"),
        ("Financial Times", "Financial Times"),
    ]


def test_common_words_are_ambiguous_unless_written_in_full_or_in_another_script() -> None:
    assert find("Welt schreibt").is_ambiguous
    assert not find("Die Welt schreibt").is_ambiguous
    assert find("Das Bild zeigt").is_ambiguous
    assert not find("издание Bild пишет").is_ambiguous


def test_within_takes_whole_mentions_only() -> None:
    text = "Reuters and Bloomberg and Politico"
    mentions = locate(tokenize(text, Spelling(text)), registry().names(text))
    assert [m.outlet.name for m in within(mentions, 4, 30)] == ["Bloomberg"]
    assert [m.outlet.name for m in within(mentions, 0, len(text))] == ["Reuters", "Bloomberg", "Politico"]


@pytest.mark.parametrize("name", ["Işıklık", "IŞIKLIK", "ISIKLIK", "IŞIKLIKU", "Işiklik"])
def test_a_dotless_i_may_have_a_dot(name: str) -> None:
    registry = OutletRegistry([OutletEntry(id="lamp", name="Işıklık")])
    assert [found.outlet.id for found in registry.names(spell(f"The {name} says").text)] == ["lamp"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("𝗥𝗲𝘂𝘁𝗲𝗿𝘀 reports", "𝗥𝗲𝘂𝘁𝗲𝗿𝘀"),
        ("Ｒｅｕｔｅｒｓ reports", "Ｒｅｕｔｅｒｓ"),
        ("ʀᴇᴜᴛᴇʀs reports", "ʀᴇᴜᴛᴇʀs"),
        ("🆁🅴🆄🆃🅴🆁🆂 reports", "🆁🅴🆄🆃🅴🆁🆂"),
        ("as R̶e̶u̶t̶e̶r̶s̶ reports", "R̶e̶u̶t̶e̶r̶s̶"),
        ("пишет Ре́йтер", "Ре́йтер"),
    ],
)
def test_a_name_is_found_in_any_style_at_its_place(text: str, written: str) -> None:
    spelling = spell(text)
    (name,) = registry().names(spelling.text)
    assert name.outlet.name == "Reuters"
    assert text[spelling.at(name.start) : spelling.at(name.end)] == written


def test_a_name_has_one_spelling_on_both_sides() -> None:
    registry = OutletRegistry(
        [
            OutletEntry(id="news", name="Ştirile"),
            OutletEntry(id="fifth", name="П'ятий"),
            OutletEntry(id="star", name="Звёзды"),
        ]
    )
    text = "Știrile, Пʼятий, Звезды, ЗВЁЗДЫ"
    assert [name.outlet.id for name in registry.names(spell(text).text)] == ["news", "fifth", "star", "star"]


def test_a_first_word_inside_of_other_words_is_passed_over() -> None:
    registry = OutletRegistry([OutletEntry(id=name.lower(), name=name) for name in ("Bay", "iNews", "xNews", "lib")])
    text = "eBay, Bayern, Bay and iNews, News, aiNews, Baym, Bay, xNews, lib"
    found = [(name.start, name.outlet.id) for name in registry.names(text)]
    assert found == [(14, "bay"), (22, "inews"), (49, "bay"), (54, "xnews"), (61, "lib")]


KINDS = [
    "Reuters сообщает, что порт закрыт",
    "«СNN» и Рeuters: порт закрыт",
    "Το Βήμα γράφει, ο Guardian όχι",
    "据新华社报道，港口关闭",
    "연합뉴스는 항구가 닫혔다고 전했다",
    "رويترز: الميناء مغلق",
    "𝐑𝐞𝐮𝐭𝐞𝐫𝐬 writes, İstanbul'da",
    "taz und iNews schreiben",
    "порт закрыт",
    "",
]


def test_what_a_text_names_does_not_depend_on_what_is_known_of_its_letters() -> None:
    known = name_all(registry(), KINDS, letters_of_each(KINDS))
    one_by_one = [name_all(registry(), [text])[0] for text in KINDS]
    assert [named.names for named in known] == [named.names for named in one_by_one]
    assert [bool(named.names) for named in known] == [True] * 8 + [False] * 2


def test_texts_are_spelled_as_one_by_one_whatever_is_known_of_their_letters() -> None:
    spelled = spell_all(KINDS, letters_of_each(KINDS))
    assert [(one.text, one.offsets) for one in spelled] == [(spell(t).text, spell(t).offsets) for t in KINDS]
