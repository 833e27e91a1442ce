"""The document that the project started from: its six quotes."""

from processors.core.quotes import load_splitter
from schemas import QuoteKind
from tests.support.project import ROOT

SEED = ROOT / "seeds" / "000_254cc132243cdf06.txt"


def test_the_seed_document_holds_six_quotes() -> None:
    text = SEED.read_text(encoding="utf-8")
    (quotes,) = load_splitter().split(text, (), "tg:1:2")
    assert quotes.lead_in is not None
    assert quotes.lead_in.text == (
        "Western media are discussing the complete liberation of the Kursk region by Russian troops "
        "and calling it a failure for Kiev:"
    )
    assert [item.outlets[0].name for item in quotes.items] == [
        "The Daily Telegraph",
        "Politico",
        "The New York Times",
        "Berliner Zeitung",
        "New York Post",
        "Financial Times",
    ]
    assert [item.outlet_text[0].text for item in quotes.items] == [
        "Telegraph",
        "Politico",
        "The New York Times",
        "Berliner Zeitung",
        "New York Post",
        "Financial Times",
    ]
    cues = [item.cue.text if item.cue else None for item in quotes.items]
    assert cues == ["came out with the headline", "writes", "believes", "notes", "notes", "notes"]
    assert [item.quotes for item in quotes.items] == [
        ("Putin announces victory in Kursk region",),
        ("complete liberation",),
        ("remove one of the key difficulties",),
        (),
        ("to distract Moscow's attention", "Russia still managed to advance"),
        (),
    ]
    assert {item.marker for item in quotes.items} == {"🔹"}
    assert {item.topic for item in quotes.items} == {None}
    assert quotes.items[0].kind is QuoteKind.HEADLINE
    assert [span.text for span in quotes.items[1].cited] == ["Gerasimov"]
    assert [item.key for item in quotes.items] == [f"tg:1:2:{position}" for position in range(6)]
    assert quotes.items[5].text.startswith("The British Financial Times notes")
    assert quotes.items[5].text.endswith("has failed.")
