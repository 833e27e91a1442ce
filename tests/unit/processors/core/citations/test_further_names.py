"""Names and cues of posts in many languages that earlier rules passed over."""

import pytest

from tests.support.citations import cited


def read(text: str) -> list[tuple[str, str | None, str]]:
    """Name as written, cue and kind of each citation."""
    return [(one.outlet_text[0].text, one.cue.text if one.cue else None, one.kind) for one in cited(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le maire a caché la dette. C'est ce que révèle Le Phare Bleu, documents à l'appui.", "Phare Bleu"),
        ("Le maire a caché la dette. C'est ce qu'affirme Le Phare Bleu, documents à l'appui.", "Phare Bleu"),
        ("O porto fecha em maio. É o que revela Maré Alta, com base em documentos.", "Maré Alta"),
        ("Una inchiesta di Lanterna rivela come i fondi del porto siano spariti.", "Lanterna"),
        ("„Wij hebben niets meer te verliezen”, citeert Vuurbaak een havenarbeider.", "Vuurbaak"),
        ("„Nie mamy już nic do stracenia”, cytuje Latarnik byłego dokera.", "Latarnik"),
        ("لنگرپرس به نقل از یک منبع محلی نوشت بندر از صبح بسته شده است.", "لنگرپرس"),
    ],
)
def test_an_unknown_name_behind_an_attribution(text: str, expected: str) -> None:
    ((name, _, _),) = read(text)
    assert name.endswith(expected)


@pytest.mark.parametrize(
    ("text", "name", "cue", "kind"),
    [
        ("Порт закроют с понедельника, суда ждут на рейде. /ТАСС/", "ТАСС", None, "credit"),
        ("🎙 CNN's Ann Field: “The port closes in May. Nobody told the crews.”", "CNN", None, "headline"),
        ("A Reuters/Ipsos poll published on Monday has support for the port at 44%.", "Reuters", "poll", "report"),
        ("Le Monde chiffre la perte à 35 millions d'euros.", "Le Monde", "chiffre", "report"),
        ("Порт закроют с понедельника. Об этом сообщает ТАСС.", "ТАСС", "сообщает", "report"),
        ("Порт закроют с понедельника. Об этом сообщили ТАСС в мэрии.", "ТАСС", "сообщили", "interview"),
        ("Порт закроют с понедельника. Об этом ТАСС рассказал капитан Иванов.", "ТАСС", "рассказал", "interview"),
        ("Порт закроют с понедельника, заявил мэр в интервью ТАСС.", "ТАСС", "заявил", "interview"),
    ],
)
def test_name_cue_and_kind(text: str, name: str, cue: str | None, kind: str) -> None:
    assert read(text) == [(name, cue, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Землетрясение произошло у побережья. Об этом сообщило метеорологическое агентство Японии.",
        "Im Express nach Köln saß damals kaum jemand, sagt er, und die Zeit verging langsamer.",
        "Un reportaje de Juan Pérez revela cómo entraban los barcos al puerto sin papeles.",
    ],
)
def test_no_outlet(text: str) -> None:
    assert read(text) == []
