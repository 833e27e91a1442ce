"""Reviews of the press by local outlets that no registry has, and what has their form and is none."""

import pytest

from processors.core.quotes import QuoteSplitter
from tests.support.quotes import outlets_of


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
    assert outlets_of(splitter, text) == []


def test_headlines_that_ask_are_a_list(splitter: QuoteSplitter) -> None:
    text = (
        'What the papers ask:\n\n- The Guardian: "Who sold the crane?"\n- The Times: "Who pays for the bridge?"\n'
        '- Daily Mirror: "Where is the ferry?"'
    )
    assert outlets_of(splitter, text) == ["The Guardian", "The Times", "Daily Mirror"]


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
    assert outlets_of(splitter, text) == []


def test_bodies_whose_acronym_means_the_press_elsewhere_are_no_outlets(splitter: QuoteSplitter) -> None:
    text = (
        'Köprü zammı sonrası kim ne dedi?\n\n▪️ Liman-İş Başkanı: "Bu zam haksız"\n▪️ TİSK: "İşveren de zorda"\n'
        '▪️ Ulaştırma Bakanı: "Köprü bedava olmaz"\n▪️ DİSK: "Alanlardayız, vazgeçmeyiz"'
    )
    assert outlets_of(splitter, text) == []


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
    assert outlets_of(splitter, text) == expected


def test_the_name_behind_a_quotation_needs_no_known_verb(splitter: QuoteSplitter) -> None:
    text = (
        "Ledarsidorna i dag\n\nDagens Nyheter anser att bron måste lagas.\n\n"
        '"Ett haveri", skriver Borås Tidning om färjan.\n\n'
        '"Skamligt", fräser Fyrbygdens Folkblad om kranen.'
    )
    assert outlets_of(splitter, text) == ["Dagens Nyheter", "Borås Tidning", "Fyrbygdens Folkblad"]


def test_a_name_in_capitals_among_others_in_capitals_is_an_outlets(splitter: QuoteSplitter) -> None:
    text = (
        "Pressestimmen zur Brücke\n\n▪️ Die RHEINPFALZ schreibt: „Das Stückwerk geht weiter.“\n"
        "▪️ Anders liest es sich im LEUCHTTURM-ANZEIGER: „Endlich Bewegung.“\n"
        "▪️ „Zu spät“, urteilt die SÜDWEST PRESSE aus Ulm."
    )
    assert "LEUCHTTURM-ANZEIGER" in outlets_of(splitter, text)


def test_short_lines_of_chinese_are_statements(splitter: QuoteSplitter) -> None:
    text = (
        "📰【早報】香港各報頭版\n\n▪️《明報》頭條：渡輪停航三日\n▪️《燈塔報》指，起重機已售出\n"
        "▪️《星島日報》：大橋維修再延\n"
        "▪️《東方日報》踢爆碼頭積水逾月無人理\n\n早晨"
    )
    assert outlets_of(splitter, text) == ["Ming Pao", "燈塔報", "Sing Tao Daily", "Oriental Daily News"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "오늘 아침 신문 1면\n▲조선: 등대 폐쇄 1년, 아직 제자리\n"
            "▲중앙: 항만 크레인 매각 여야 합의\n▲한겨레: 나룻배 사공의 하루",
            ["The Chosun Ilbo", "JoongAng Ilbo", "Hankyoreh"],
        ),
        (
            "[조간신문 머릿기사]\n◈조선《등대 폐쇄 1년 '제자리'》\n배는 뜨지 않았다\n"
            "◈중앙《크레인 매각 합의》\n값은 비공개\n◈동아《다리 보수 또 연기》\n"
            "◈경향《나룻배 사공의 하루, 몇 걸음 더》",
            ["The Chosun Ilbo", "JoongAng Ilbo", "Dong-A Ilbo", "Kyunghyang Shinmun"],
        ),
    ],
)
def test_labels_of_korean_papers_leave_out_the_word_for_a_newspaper(
    splitter: QuoteSplitter, text: str, expected: list[str]
) -> None:
    assert outlets_of(splitter, text) == expected


def test_small_words_and_verbs_around_an_arabic_label_are_no_part_of_the_name(splitter: QuoteSplitter) -> None:
    text = (
        "عناوين الصحف اللبنانية\n\n- النهار: الجسر مغلق حتى الربيع\n- أما الديار فعنونت: الرافعة بيعت سراً\n"
        "- وفي الجمهورية: العبّارة لا تغادر المرفأ"
    )
    assert outlets_of(splitter, text) == ["An-Nahar", "Ad-Diyar", "Al Joumhouria"]


def test_all_paragraphs_between_two_names_alone_belong_to_the_first(splitter: QuoteSplitter) -> None:
    text = (
        "Il ponte, il traghetto e la Rai. La rassegna stampa\n\nCORRIERE DELLA SERA\n\n"
        "“Il ponte resta chiuso”, apre il quotidiano.\n\n"
        "“La gru venduta”, si legge nel taglio alto.\n\n"
        "Nel fondo spicca il faro (“Quella luce spenta”).\n\nLA REPUBBLICA\n\n"
        "“Addio al traghetto”, titola in apertura.\n\nTema che torna a pagina tre.\n\nLA STAMPA\n\n"
        "“Il guardiano racconta la notte”"
    )
    (quotes,) = splitter.split(text, (), "tg:7:8")
    assert [item.outlets[0].name for item in quotes.items] == ["Corriere della Sera", "La Repubblica", "La Stampa"]
    assert quotes.items[0].text.endswith("(“Quella luce spenta”).")
    assert quotes.items[1].text.endswith("a pagina tre.")


def test_a_small_elided_article_belongs_to_the_name(splitter: QuoteSplitter) -> None:
    text = (
        "Tour de presse de ce matin :\n\n« Le phare s'éteint », écrit l'Express.\n\n"
        "« Qui paiera le pont ? », se demande l'Humanité.\n\n« Grue à vendre », titre Ouest-France."
    )
    assert outlets_of(splitter, text) == ["L'Express", "L'Humanité", "Ouest-France"]


def test_a_line_with_et_is_no_call_to_subscribe(splitter: QuoteSplitter) -> None:
    text = (
        "Dagens ledere\n\nPolitiken mener, at broen skal lukkes.\n\n"
        '"Et svigt", tordner Fyrbakkens Folkeblad om færgen.\n\n'
        "Berlingske advarer mod nye afgifter."
    )
    assert outlets_of(splitter, text) == ["Politiken", "Fyrbakkens Folkeblad", "Berlingske"]


def test_a_headline_behind_a_known_outlet_is_no_name(splitter: QuoteSplitter) -> None:
    text = (
        'Bugünkü gazetelerin manşetleri:\n\nSabah gazetesi "Köprü kazandı" manşetiyle çıktı.\n\n'
        'Yeni Şafak gazetesi "Fenere veda" manşetiyle yayımlandı.'
    )
    assert outlets_of(splitter, text) == ["Sabah", "Yeni Şafak"]


def test_a_name_shows_an_outlet_whatever_verb_follows(splitter: QuoteSplitter) -> None:
    text = (
        "What Scotland's papers say today\n\nThe Scotsman splashes on the ferry fiasco.\n\n"
        "The Herald hears that ministers knew in May.\n\n"
        "And the Skerry Lantern has a picture of the last keeper."
    )
    assert outlets_of(splitter, text) == ["The Scotsman", "The Herald", "Skerry Lantern"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Repaso a la prensa comarcal\n\n• El Eco de la Bahía destaca que el puente sigue cerrado\n"
            "• El Correo del Puerto denuncia el precio de la grúa\n• Diario de la Barca entrevista al barquero",
            ["El Eco de la Bahía", "El Correo del Puerto", "Diario de la Barca"],
        ),
        (
            "Så skriver lokaltidningarna\n\nFyrbygdens Tidning skriver om den stängda bron.\n\n"
            'Hamnkuriren frågar vem som betalar färjan.\n\n"En dyr kran", anser Skärgårdsbladet.',
            ["Fyrbygdens Tidning", "Hamnkuriren", "Skärgårdsbladet"],
        ),
    ],
)
def test_reviews_whose_outlets_are_all_unknown_need_no_labels(
    splitter: QuoteSplitter, text: str, expected: list[str]
) -> None:
    assert outlets_of(splitter, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Morning headlines\n\n- Apple says the new phone ships in May\n- Royal Mail reports a loss of £200m\n"
        "- Harbour Energy announces 300 job cuts\n- Tesla denies the recall",
        "Les titres du matin\n\n• La Poste annonce la fermeture de 40 bureaux\n• Total dit vouloir quitter Lacq\n"
        "• Radio France prévoit une grève\n• Air France confirme le retard",
    ],
)
def test_what_firms_say_below_a_word_for_headlines_is_no_list(splitter: QuoteSplitter, text: str) -> None:
    assert outlets_of(splitter, text) == []


def test_a_remark_about_an_outlet_below_a_list_is_no_item(splitter: QuoteSplitter) -> None:
    text = (
        "新聞各紙の朝刊一面\n朝日新聞「灯台、来春に廃止」\n読売新聞「橋の補修、予算倍増」\n産経新聞「港のクレーン売却」\n\n"
        "産経新聞は駅では売り切れだったので、午後に買いに行きました"
    )
    assert outlets_of(splitter, text) == ["The Asahi Shimbun", "The Yomiuri Shimbun", "Sankei Shimbun"]
