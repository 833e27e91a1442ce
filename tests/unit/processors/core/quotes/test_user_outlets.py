"""A registry file of a user's: what it adds, and how its faults are named."""

from pathlib import Path

import pytest

from processors.core.quotes import QuoteDataError, load_splitter
from processors.core.quotes.registry_files import load_registry


def test_a_users_file_adds_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "outlets.toml"
    path.write_text(
        '[[outlet]]\nid = "harbour-lamp"\nname = "Harbour Lamp"\ncountry = "NO"\naliases = ["Портовая лампа"]\n'
        '[[outlet]]\nid = "reuters"\nname = "Reuters News"\naliases = ["Reuters"]\n',
        encoding="utf-8",
    )
    lead = "Foreign media write:"
    text = f"{lead}\n\nHarbour Lamp: it is closed.\nReuters: it is open.\nВ «Портовой лампе» пишут о порте."
    (quotes,) = load_splitter(path).split(text, (), "tg:1:1")
    outlets = [item.outlets[0] for item in quotes.items]
    assert [outlet.name for outlet in outlets] == ["Harbour Lamp", "Reuters News", "Harbour Lamp"]
    assert [outlet.id for outlet in outlets] == ["harbour-lamp", "reuters", "harbour-lamp"]
    assert outlets[0].country == "NO"
    assert all(outlet.is_known for outlet in outlets)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[[outlet]]\nid = "Not Kebab"\nname = "A"\n', "outlet.0.id"),
        ('[[outlet]]\nid = "a"\nname = "A"\ncountry = "Norway"\n', "outlet.0.country"),
        ('[[outlet]]\nid = "a"\nname = "A"\nurl = "x"\n', "outlet.0.url"),
        ('[[outlet]]\nid = "a"\nname = "A"\n[[outlet]]\nid = "a"\nname = "B"\n', "is there twice"),
        ("[[outlet", "outlets.toml"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "outlets.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuoteDataError, match=complaint.replace(".", r"\.")):
        load_splitter(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuoteDataError, match="absent"):
        load_splitter(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[[outlet]]\nid = "a"\nname = "A"\n\n[[outlet]]\nid = "b"\nname = "   "\n', "line 7: outlet.1.name: "),
        ('# own\n[[outlet]]\nname = "A"\n', "line 2: outlet.0.id: missing"),
        (
            '[[outlet]]\nid = "a"\nname = "A"\naliases = ["B", "..."]\n',
            "line 4: outlet.0.aliases.1: expected text of the form",
        ),
        (
            '[[outlet]]\nid = "a"\nname = "A"\nlanguages = ["en", "xx"]\n',
            "line 4: outlet.0.languages: expected ISO 639-1 codes",
        ),
        ('[[outlet]]\nid = "a"\nname = "A"\nkind = "blog"\n', "line 4: outlet.0.kind: expected 'agency', "),
        ('[[outlet]]\nid = "a"\nname = "A"\nchannels = ["@a b"]\n', "line 4: outlet.0.channels.0: expected text"),
        ('[[outlet]]\nid = "a"\nname = "A"\nparent = "nobody"\n', "line 4: outlet.0.parent: no outlet has the id"),
        (
            '[[outlet]]\nid = "a"\nname = "A"\nparent = "b"\n[[outlet]]\nid = "b"\nname = "B"\nparent = "a"\n',
            "line 4: outlet.0.parent: it is its own parent: a -> b -> a",
        ),
        ('[[outlet]]\nid = "a"\nname = "A"\nparent = "a"\n', "it is its own parent: a -> a"),
        (
            '[[outlet]]\nid = "a"\nname = "A"\n[[outlet]]\nid = "a"\nname = "B"\n',
            "line 5: outlet.1.id: outlet id 'a' is there twice",
        ),
        (
            '[[outlet]]\nid = "a"\nname = "A"\nformer = ["?x"]\n[[outlet]]\nid = "b"\nname = "B"\nformer = ["?x"]\n',
            "line 4: outlet.0.former: '?x' is a former id of 'b', too",
        ),
        (
            '[[outlet]]\nid = "a"\nname = "A"\nformer = ["reuters"]\n',
            "line 4: outlet.0.former: 'reuters' is the id of an outlet of the registry",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "outlets.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuoteDataError) as caught:
        load_registry(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert complaint in str(caught.value)


def test_a_users_outlet_may_be_an_edition_of_ours_and_own_channels(tmp_path: Path) -> None:
    path = tmp_path / "outlets.toml"
    path.write_text(
        '[[outlet]]\nid = "reuters-oslo"\nname = "Reuters Oslo"\nparent = "reuters"\n'
        'channels = ["oslo_wire", "-1001234"]\n'
        'former = ["?reuters oslo desk"]\nkind = "agency"\nlanguages = ["nb"]\ndomains = ["oslo.example"]\n',
        encoding="utf-8",
    )
    registry = load_registry(path)
    entry = registry.entry("?reuters oslo desk")
    assert entry is not None
    assert (entry.id, entry.parent, entry.kind, entry.languages) == ("reuters-oslo", "reuters", "agency", ["nb"])
    for found in (
        registry.of_channel("Oslo_Wire"),
        registry.of_channel(None, 1001234),
        registry.of_host("news.oslo.example"),
    ):
        assert found is not None
        assert found.id == "reuters-oslo"
