"""Reviews of the press by local outlets that no registry has, and what has their form and is none."""

import pytest

from processors.core.quotes import QuoteSplitter, load_splitter


@pytest.fixture(scope="module")
def splitter() -> QuoteSplitter:
    return load_splitter()


def names(splitter: QuoteSplitter, text: str) -> list[str]:
    return [item.outlets[0].name for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]


@pytest.mark.parametrize(
    "text",
    [
        'At the press conference:\n\nThe Guardian: "Who sold the crane?"\n- The mayor.\n\n'
        'Sky News: "When?"\n- In May.\n\n'
        'Daily Mirror: "For how much?"\n- For nothing.',
        "Rueda de prensa:\n\nMarca: «¿Quién vendió la grúa?»\n— El alcalde.\n\nAs: «¿Cuándo?»\n— En mayo pasado.",
        "Συνέντευξη Τύπου:\n\nΚαθημερινή: «Ποιος πούλησε τον γερανό;»\n– Ο δήμαρχος.\n\n"
        "Τα Νέα: «Πότε έγινε αυτό;»\n– Τον Μάιο.",
    ],
)
def test_questions_of_outlets_that_somebody_answers_are_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert names(splitter, text) == []


def test_headlines_that_ask_are_a_list(splitter: QuoteSplitter) -> None:
    text = (
        'What the papers ask:\n\n- The Guardian: "Who sold the crane?"\n- The Times: "Who pays for the bridge?"\n'
        '- Daily Mirror: "Where is the ferry?"'
    )
    assert names(splitter, text) == ["The Guardian", "The Times", "Daily Mirror"]


@pytest.mark.parametrize(
    "text",
    [
        "L'actu des médias en bref\n\n▶️ Le Figaro ferme ses bureaux de Lille\n▶️ Libération déménage en mai\n"
        "▶️ L'Express embauche douze plumes\n▶️ Nice-Matin cède sa vieille presse",
        "Media w skrócie\n\n🔹 Gazeta Wyborcza przenosi się na Wolę\n🔹 Rzeczpospolita zmienia logo\n"
        "🔹 TVN zamyka studio",
    ],
)
def test_what_outlets_do_is_no_list_of_what_they_publish(splitter: QuoteSplitter, text: str) -> None:
    assert names(splitter, text) == []


def test_bodies_whose_acronym_means_the_press_elsewhere_are_no_outlets(splitter: QuoteSplitter) -> None:
    text = (
        'Köprü zammı sonrası kim ne dedi?\n\n▪️ Liman-İş Başkanı: "Bu zam haksız"\n▪️ TİSK: "İşveren de zorda"\n'
        '▪️ Ulaştırma Bakanı: "Köprü bedava olmaz"\n▪️ DİSK: "Alanlardayız, vazgeçmeyiz"'
    )
    assert names(splitter, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Co píší regionální noviny\n\n• Mladá fronta Dnes píše o mostu\n"
            "• Přístavní deník přináší rozhovor s hlídačem\n"
            "• Majákový deník: Přívoz letos nepojede",
            ["Mladá fronta Dnes", "Přístavní deník", "Majákový deník"],
        ),
        (
            "O czym pisze prasa lokalna\n\n▪️ Gazeta Latarniana opisuje spór o most\n"
            "▪️ Kurier Portowy ujawnia cenę dźwigu\n"
            "▪️ Dziennik Bałtycki: Prom nie odpłynie",
            ["Gazeta Latarniana", "Kurier Portowy", "Dziennik Bałtycki"],
        ),
        (
            "Ce scriu ziarele azi\n\n➡️ Libertatea: Podul rămâne închis și marți\n"
            "➡️ Monitorul de Far scrie despre macara\n"
            "➡️ Iar Gazeta Portului titrează: „Bacul nu mai pleacă”",
            ["Libertatea", "Monitorul de Far", "Gazeta Portului"],
        ),
    ],
)
def test_words_for_a_newspaper_belong_to_names_that_have_no_others(
    splitter: QuoteSplitter, text: str, expected: list[str]
) -> None:
    assert names(splitter, text) == expected


def test_the_name_behind_a_quotation_needs_no_known_verb(splitter: QuoteSplitter) -> None:
    text = (
        "Ledarsidorna i dag\n\nDagens Nyheter anser att bron måste lagas.\n\n"
        '"Ett haveri", skriver Borås Tidning om färjan.\n\n'
        '"Skamligt", fräser Fyrbygdens Folkblad om kranen.'
    )
    assert names(splitter, text) == ["Dagens Nyheter", "Borås Tidning", "Fyrbygdens Folkblad"]


def test_a_name_in_capitals_among_others_in_capitals_is_an_outlets(splitter: QuoteSplitter) -> None:
    text = (
        "Pressestimmen zur Brücke\n\n▪️ Die RHEINPFALZ schreibt: „Das Stückwerk geht weiter.“\n"
        "▪️ Anders liest es sich im LEUCHTTURM-ANZEIGER: „Endlich Bewegung.“\n"
        "▪️ „Zu spät“, urteilt die SÜDWEST PRESSE aus Ulm."
    )
    assert "LEUCHTTURM-ANZEIGER" in names(splitter, text)


def test_short_lines_of_chinese_are_statements(splitter: QuoteSplitter) -> None:
    text = (
        "📰【早報】香港各報頭版\n\n▪️《明報》頭條：渡輪停航三日\n▪️《燈塔報》指，起重機已售出\n▪️《星島日報》：大橋維修再延\n"
        "▪️《東方日報》踢爆碼頭積水逾月無人理\n\n早晨"
    )
    assert names(splitter, text) == ["Ming Pao", "燈塔報", "Sing Tao Daily", "Oriental Daily News"]
