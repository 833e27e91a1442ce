"""Training of the weights by which lists are found: deterministic, from any folder of the labelled format."""

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from processors.core.quotes.tagging.list_weights import WeightsFile
from training.labelled import LabelledPost, read_folders
from training.train_quotes import main
from training.variants import variants_of

PLACES = ("harbour", "bridge", "tunnel", "ferry", "market", "castle")
OUTLETS = ("Reuters", "Bloomberg", "Le Monde", "CNN", "Politico", "The Guardian")


def item(name: str, text: str) -> dict[str, object]:
    return {"outlets": [name], "outlet_text": [name], "text": text, "cue": None, "quotes": [], "topic": None}


def labels(place: str, first: str, second: str) -> dict[str, object]:
    texts = [f"{first}: the {place} is closed until spring.", f"{second}: nobody knows when the {place} will open."]
    lead = f"Foreign media on the {place}:"
    lists = [{"lead_in": lead, "items": [item(first, texts[0]), item(second, texts[1])]}]
    return {"uid": f"list/{place}/1", "lang": "en", "text": "\n".join([lead, *texts]), "lists": lists}


def story(place: str, first: str, second: str) -> dict[str, object]:
    text = f"The {place} is closed, {first} reports.\n\nThe mayor said so at noon.\n\n{second} had asked him before."
    return {"uid": f"story/{place}/1", "lang": "en", "text": text, "lists": []}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "labelled"
    place.mkdir()
    for name, make in (("lists.jsonl", labels), ("stories.jsonl", story)):
        posts = [make(word, OUTLETS[number], OUTLETS[number - 1]) for number, word in enumerate(PLACES)]
        (place / name).write_text("".join(json.dumps(post) + "\n" for post in posts))
    return place


def trained(folder: Path, output: Path, *more: str) -> bytes:
    assert main(["--data", str(folder), "--output", str(output), *more]) == 0
    return output.read_bytes()


def test_the_same_data_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = trained(folder, tmp_path / "first.toml", "--seed", "7")
    assert trained(folder, tmp_path / "second.toml", "--seed", "7") == first


def test_the_weights_name_the_sha_256_of_each_input(folder: Path, tmp_path: Path) -> None:
    weights = WeightsFile.model_validate(tomllib.loads(trained(folder, tmp_path / "weights.toml").decode()))
    assert weights.inputs == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("lists.jsonl", "stories.jsonl")
    }
    assert weights.pieces
    assert weights.seed == 1


def test_the_report_is_put_between_its_marks(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "quotes.md"
    marks = (
        "<!-- training report: written by scripts/train-quotes -->",
        "<!-- end of the training report -->",
    )
    document.write_text(f"# Lists\n{marks[0]}\nearlier scores\n{marks[1]}\nAfter.\n")
    trained(folder, tmp_path / "weights.toml", "--report", str(document))
    text = document.read_text()
    assert "earlier scores" not in text
    assert text.endswith(f"{marks[1]}\nAfter.\n")
    assert "| lists.jsonl | 12 |" in text
    assert "| lists.jsonl en | 12 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "no JSON"),
        ('{"uid": "a", "text": "b"}', "lists is missing"),
        ('{"uid": "a", "text": 5, "lists": []}', "text is missing or no str"),
        (
            '{"uid": "a", "text": "b", "lists": [{"items": [{"text": "c", "outlets": ["CNN"]}]}]}',
            "lists[0].items[0].text is not in the post's text",
        ),
        ('{"uid": "a", "text": "b", "lists": [{"lead_in": null}]}', "lists[0].items is missing"),
        ('{"uid": "a", "text": "b", "lists": [{"items": [{"text": "b"}]}]}', "lists[0].items[0].outlets is missing"),
        ("[]", "no JSON object"),
    ],
)
def test_a_wrong_line_is_named_with_its_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, complaint: str
) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(story("harbour", "CNN", "Reuters")) + "\n" + line + "\n")
    assert main(["--data", str(file), "--output", str(tmp_path / "weights.toml")]) == 2
    message = capsys.readouterr().err
    assert f"{file}:2: " in message
    assert complaint in message
    assert not (tmp_path / "weights.toml").exists()


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_posts_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["--data", str(tmp_path / name), "--output", str(tmp_path / "weights.toml")]) == 2
    assert str(tmp_path / name) in capsys.readouterr().err


@pytest.mark.parametrize("make", [labels, story])
def test_folds_without_a_list_to_train_on_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[str, str, str], dict[str, object]]
) -> None:
    file = tmp_path / "one_source.jsonl"
    posts = [make("harbour", OUTLETS[number], OUTLETS[number - 1]) for number in range(3)]
    file.write_text("".join(json.dumps(post) + "\n" for post in posts))
    assert main(["--data", str(file), "--output", str(tmp_path / "weights.toml")]) == 2
    assert "lists of more sources are needed" in capsys.readouterr().err
    assert not (tmp_path / "weights.toml").exists()


def test_variants_keep_the_words_of_every_item(folder: Path) -> None:
    for post in read_folders([folder / "lists.jsonl"]).posts:
        variants = variants_of(post, 1, 20)
        assert len({variant.text for variant in variants}) >= 5
        for variant in variants:
            assert [words(variant, place) for place in range(2)] == [words(post, place) for place in range(2)]


def words(post: LabelledPost, place: int) -> list[str]:
    item = post.items[place]
    found = "".join(c if c.isalnum() else " " for c in post.text[item.start : item.end]).split()
    return sorted(word for word in found if word not in ("Source", "via", "Vía", "Quelle"))
