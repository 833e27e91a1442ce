"""Citations: which statements of a post are attributed to an outlet, and to which."""

from pathlib import Path

import pytest

from processors.core.citations import CitationFinder, load_finder
from processors.core.quotes import QuoteSplitter, load_splitter
from schemas import Channel, Citation, CitationKind, EntityKind, TextEntity

NOBODY = Channel(id=7)


@pytest.fixture(scope="module")
def splitter() -> QuoteSplitter:
    return load_splitter()


@pytest.fixture(scope="module")
def finder(splitter: QuoteSplitter) -> CitationFinder:
    return load_finder(splitter.registry)


def found(
    splitter: QuoteSplitter,
    finder: CitationFinder,
    text: str,
    *entities: TextEntity,
    channel: Channel = NOBODY,
) -> list[Citation]:
    (named,) = splitter.name_all([text])
    (lists,) = splitter.split_all([(text, entities, "tg:7:1")], [named])
    citations = finder.citations(named, entities, channel, "tg:7:1", lists)
    for citation in citations:
        assert citation.text == text[citation.start : citation.end]
    return list(citations)


def only(splitter: QuoteSplitter, finder: CitationFinder, text: str, *entities: TextEntity) -> Citation:
    citations = found(splitter, finder, text, *entities)
    assert len(citations) == 1, [(one.text, [outlet.name for outlet in one.outlets]) for one in citations]
    return citations[0]


@pytest.mark.parametrize(
    ("text", "outlet", "cue", "kind"),
    [
        ("The bridge will stay closed until June, Reuters reports.", "Reuters", "reports", "report"),
        ("According to Le Monde, the two ministers met in secret in March.", "Le Monde", "According to", "report"),
        ("Порт закроют на две недели, сообщает Reuters.", "Reuters", "сообщает", "report"),
        ("По данным Bloomberg, завод остановят уже весной этого года.", "Bloomberg", "По данным", "report"),
        ("Selon Le Figaro, le pont restera fermé jusqu'en juin prochain.", "Le Figaro", "Selon", "report"),
        ("Laut Bild soll die Brücke erst im nächsten Jahr wieder öffnen.", "Bild", "Laut", "report"),
        ("Enligt Aftonbladet har bron varit stängd sedan i fredags morse.", "Aftonbladet", "Enligt", "report"),
        ("Мост закрыт до июня — Reuters", "Reuters", None, "credit"),
        (
            "The bridge will stay closed until June, the mayor announced today. (AFP)",
            "Agence France-Presse",
            None,
            "credit",
        ),
        ("CNN: The bridge will stay closed until the end of June", "CNN", None, "headline"),
        ("“We shall not open the bridge before June”, the mayor told CNN.", "CNN", "told", "interview"),
        ("Мост откроют только в июне, сообщили РИА Новости в мэрии города.", "RIA Novosti", "сообщили", "interview"),
        ("Мост откроют только в июне, рассказал РБК представитель мэрии.", "RBC", "рассказал", "interview"),
        ("«Мы откроем этот мост не раньше июня», — пишет Financial Times.", "Financial Times", "пишет", "quote"),
    ],
)
def test_a_statement_with_its_outlet_cue_and_kind(
    splitter: QuoteSplitter, finder: CitationFinder, text: str, outlet: str, cue: str | None, kind: str
) -> None:
    citation = only(splitter, finder, text)
    assert [one.name for one in citation.outlets] == [outlet]
    assert (citation.cue.text if citation.cue else None) == cue
    assert citation.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Фото: РИА Новости",
        "Видео: ТАСС",
        "📷 Reuters",
        "Russia blocks the website of the German newspaper Die Welt after a new ruling.",
        "He left Fox News two years ago and has been travelling ever since.",
        "Ein Bild sagt mehr als tausend Worte, und dieses hier ist besonders schön.",
        "Сегодня отмечается День защиты детей, поздравляем всех родителей.",
        "Звезда сериала попала в больницу с переломом ноги после съёмок.",
        "CBS: You promised a vote. SMITH: I never did. CBS: It is on tape.",
        "Подписывайтесь на ТАСС",
        "Автор пишет CI-систему с нуля и покажет её через неделю на встрече.",
        "4 место - Лондон (78)",
        "My op-ed for the Washington Post is finally online, enjoy reading!",
    ],
)
def test_a_name_that_nothing_is_attributed_to(splitter: QuoteSplitter, finder: CitationFinder, text: str) -> None:
    assert found(splitter, finder, text) == []


def test_a_descriptor_may_stand_between_cue_and_name(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    citation = only(splitter, finder, "Мост закрыли на ремонт, передаёт корреспондент РИА Новости.")
    assert (citation.outlet_text[0].text, citation.cue and citation.cue.text) == ("РИА Новости", "передаёт")
    assert (
        only(splitter, finder, "Мост закроют в июне, сообщило в пятницу немецкое издание Bild.").outlets[0].name
        == "Bild"
    )


def test_a_pointer_takes_the_sentences_before_it(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "Мост закроют на две недели. Об этом сообщает Reuters.\n\nОстальное движение не изменится."
    assert only(splitter, finder, text).text == "Мост закроют на две недели. Об этом сообщает Reuters."


def test_a_pointer_in_a_paragraph_of_its_own_takes_the_paragraph_before(
    splitter: QuoteSplitter, finder: CitationFinder
) -> None:
    text = "Мост закроют на две недели.\n\nОб этом сообщает Reuters."
    assert only(splitter, finder, text).text == text


def test_a_credit_in_parentheses_takes_the_sentence_before_it(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "The port is quiet. The bridge will stay closed until June, says the mayor. (Reuters)"
    assert only(splitter, finder, text).text.endswith("says the mayor. (Reuters)")


def test_a_label_alone_on_its_line_takes_what_follows_up_to_the_footer(
    splitter: QuoteSplitter, finder: CitationFinder
) -> None:
    text = "Reuters:\n\nМост закроют на две недели.\nПаром пойдёт чаще.\n\nПодписаться: @harbour"
    assert only(splitter, finder, text).text == "Reuters:\n\nМост закроют на две недели.\nПаром пойдёт чаще."


def test_what_the_outlet_cites_gets_no_citation(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "Мост закроют на две недели, пишет Politico со ссылкой на Reuters. Паром пойдёт чаще."
    citation = only(splitter, finder, text)
    assert [one.name for one in citation.outlets] == ["Politico"]
    assert [one.text for one in citation.cited] == ["Reuters"]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The bridge will stay closed, Reuters reports, citing a harbour official.", "a harbour official"),
        ("Мост закроют в июне, сообщает Reuters со ссылкой на два источника.", "два источника"),
        ("Мост закроют, говорится в письме мэрии — РБК", "письме мэрии"),
    ],
)
def test_sources_that_the_outlet_cites(splitter: QuoteSplitter, finder: CitationFinder, text: str, cited: str) -> None:
    assert [one.text for one in only(splitter, finder, text).cited] == [cited]


def test_one_statement_of_two_outlets_is_one_citation(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    citation = only(splitter, finder, "Мост закроют на две недели, сообщают Reuters и Politico.")
    assert [one.name for one in citation.outlets] == ["Reuters", "Politico"]
    assert [one.text for one in citation.outlet_text] == ["Reuters", "Politico"]


def test_two_statements_have_positions_and_keys_of_one_number(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "Мост закроют, сообщает Reuters. По данным Bloomberg, паром пойдёт чаще."
    citations = found(splitter, finder, text)
    assert [(one.key, one.position) for one in citations] == [("tg:7:1:0", 0), ("tg:7:1:1", 1)]
    assert [one.text for one in citations] == [
        "Мост закроют, сообщает Reuters.",
        "По данным Bloomberg, паром пойдёт чаще.",
    ]


def test_an_outlet_that_the_registry_lacks_has_an_id_of_its_folded_name(
    splitter: QuoteSplitter, finder: CitationFinder
) -> None:
    (outlet,) = only(splitter, finder, "Мост закроют на две недели, сообщает местное издание Harbour Lamp.").outlets
    assert (outlet.id, outlet.name, outlet.is_known) == ("?harbour lamp", "Harbour Lamp", False)


def test_a_longer_unknown_name_takes_a_known_one_in_it(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    (outlet,) = only(splitter, finder, "Мост закроют на две недели, сообщает издание Harbour Express.").outlets
    assert outlet.name == "Harbour Express"


def test_markdown_does_not_hide_a_cue(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "**Мост закроют на две недели**, [пишет](https://example.org/a) «Коммерсантъ». Паром пойдёт чаще."
    citation = only(splitter, finder, text)
    assert citation.cue is not None
    assert (citation.cue.text, citation.outlets[0].name) == ("пишет", "Kommersant")
    assert citation.outlets[0].text == citation.outlet_text[0].text == "Коммерсантъ"


def test_a_channel_that_is_cited_by_a_link_is_linked(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "Как сообщает Harbour Live, мост закроют на две недели из-за ремонта."
    start = text.index("Harbour Live")
    link = TextEntity(
        kind=EntityKind.TEXT_LINK, start=start, end=start + len("Harbour Live"), url="https://t.me/harbourlive/12"
    )
    (outlet,) = only(splitter, finder, text, link).outlets
    assert (outlet.name, outlet.channel_username) == ("Harbour Live", "harbourlive")


def test_a_channel_that_is_cited_by_its_username(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    (outlet,) = only(splitter, finder, "Мост закроют на две недели, сообщает @harbour_live").outlets
    assert (outlet.id, outlet.channel_username) == ("?harbour live", "harbour_live")


def test_a_channel_of_the_outlet_is_its_own_by_name(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "Мост закроют на две недели, сообщили ТАСС в мэрии города."
    (citation,) = found(splitter, finder, text, channel=Channel(id=9, title="ТАСС", username="tass_agency"))
    assert (citation.is_own, citation.outlets[0].channel_id) == (True, 9)
    (other,) = found(splitter, finder, text, channel=Channel(id=9, title="Новости порта", username="harbour"))
    assert not other.is_own


def test_a_channel_of_the_outlet_is_its_own_by_the_registry(tmp_path: Path) -> None:
    own = tmp_path / "outlets.toml"
    own.write_text('[[outlet]]\nid = "harbour-lamp"\nname = "Harbour Lamp"\nchannels = ["lampposts", "1234567890"]\n')
    splitter = load_splitter(own)
    finder = load_finder(splitter.registry)
    text = "Мост закроют на две недели, сообщает Harbour Lamp."
    (citation,) = found(splitter, finder, text, channel=Channel(id=9, title="Огни порта", username="lampposts"))
    assert (citation.is_own, citation.outlets[0].channel_id) == (True, 9)
    (other,) = found(splitter, finder, text)
    outlet = other.outlets[0]
    assert (other.is_own, outlet.channel_id, outlet.channel_username) == (False, 1234567890, "lampposts")


@pytest.mark.parametrize("signature", ["— Reuters", "| Reuters", "(Reuters)", "Reuters"])
def test_a_channel_signs_with_its_own_name(splitter: QuoteSplitter, finder: CitationFinder, signature: str) -> None:
    text = f"Мост закроют на две недели из-за ремонта {signature}"
    assert found(splitter, finder, text, channel=Channel(id=9, title="Reuters", username="reuters_ru")) == []


def test_items_of_a_media_quote_list_are_not_repeated(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = (
        "Western press on the bridge:\n\n"
        "🔹 Financial Times: “The bridge will need weeks of repair.”\n"
        "🔹 Le Monde: “Nobody in the town believes the mayor.”\n"
        "🔹 Die Welt: “The ferry is the only way across.”"
    )
    assert found(splitter, finder, text) == []


def test_names_of_a_list_do_not_count_among_those_that_are_read(
    splitter: QuoteSplitter, finder: CitationFinder
) -> None:
    items = "🔹 Le Monde: “Weeks of repair.”\n🔹 Die Welt: “The ferry is the only way.”\n" * 30
    other = "The council met and talked about the harbour for two hours.\n" * 5
    text = f"Western press on the bridge:\n\n{items}\n{other}The ferry will stay closed until June, Reuters reports."
    assert [one.outlets[0].id for one in found(splitter, finder, text)] == ["reuters"]


def test_no_more_names_are_read_than_a_person_would_read(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "".join(f"Мост номер {number} закроют, сообщает Reuters.\n" for number in range(80))
    assert len(found(splitter, finder, text)) == 50


def test_explain_gives_the_weight_of_each_fact(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    text = "The bridge will stay closed until June, Reuters reports. He left CNN in May."
    (named,) = splitter.name_all([text])
    reasons = finder.explain(named, (), NOBODY)
    assert [reason.finding.value for reason in reasons] == ["citation", "not-cited"]
    assert [text[reason.start : reason.end] for reason in reasons] == ["Reuters", "CNN"]
    assert "verb after" in reasons[0].message
    assert "bias" in reasons[0].message


def test_explain_says_that_a_channel_signs(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    (named,) = splitter.name_all(["Мост закроют на две недели — Reuters"])
    (reason,) = finder.explain(named, (), Channel(id=9, title="Reuters"))
    assert reason.message == "Reuters: the channel's own name, with which it signs"


def test_kinds_of_the_contract(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    assert {kind.value for kind in CitationKind} == {"quote", "report", "interview", "headline", "credit"}


def test_several_posts_have_the_citations_that_each_has_alone(splitter: QuoteSplitter, finder: CitationFinder) -> None:
    texts = [
        "Reuters reports that the port is closed.",
        "The port is closed.",
        "The bridge is open, the BBC reports, citing the harbour office. The BBC is a broadcaster.",
    ]
    posts = [(named, (), NOBODY, f"tg:7:{number}", ()) for number, named in enumerate(splitter.name_all(texts))]
    found_together = finder.citations_all(posts)
    assert [len(own) for own in found_together] == [1, 0, 1]
    assert found_together == [finder.citations(*post) for post in posts]
