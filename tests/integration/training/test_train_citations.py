"""Training of the model of citations: the same data give the same bytes, and wrong data are named."""

import hashlib
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from processors.core.linear_model import Weights
from processors.core.weights_file import WeightsError, text_of_weights, weights_of_text
from training.citations.__main__ import main

OUTLETS = ("Reuters", "Le Monde", "Bloomberg", "Politico")


def post(number: int, text: str, outlet: str | None) -> dict[str, object]:
    citation: dict[str, object] = {
        "outlet": outlet,
        "outlet_text": outlet,
        "start": 0,
        "end": len(text),
        "kind": "report",
        "cited": [],
    }
    return {
        "uid": str(number),
        "lang": "en",
        "source": f"channel-{number % 5}",
        "text": text,
        "citations": [] if outlet is None else [citation],
    }


def data(folder: Path) -> Path:
    folder.mkdir()
    posts = []
    for number in range(40):
        outlet = OUTLETS[number % len(OUTLETS)]
        if number % 2:
            posts.append(post(number, f"The bridge stays closed for {number} days, {outlet} reports.", outlet))
        else:
            posts.append(post(number, f"She left {outlet} after {number} years and moved away.", None))
    lines = "\n".join(json.dumps(one) for one in posts)
    (folder / "citations_invented.jsonl").write_text(lines + "\n", encoding="utf-8")
    return folder


def train(folder: Path, output: Path) -> bytes:
    assert main(["--data", str(folder), "--output", str(output)]) == 0
    return output.read_bytes()


@dataclass(frozen=True)
class Trained:
    folder: Path
    """Of the data."""
    weights: bytes
    report: str


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = data(tmp_path_factory.mktemp("training") / "data")
    with redirect_stdout(io.StringIO()) as report:
        weights = train(folder, folder.with_name("first.txt"))
    return Trained(folder, weights, report.getvalue())


def test_the_same_data_give_the_same_bytes(trained: Trained, tmp_path: Path) -> None:
    assert train(trained.folder, tmp_path / "second.txt") == trained.weights


def test_the_weights_name_each_input_by_its_digest(trained: Trained) -> None:
    digest = hashlib.sha256((trained.folder / "citations_invented.jsonl").read_bytes()).hexdigest()
    assert f"# input: citations_invented.jsonl sha256 {digest}\n" in trained.weights.decode()


def test_what_was_trained_decides(trained: Trained) -> None:
    weights = weights_of_text(trained.weights.decode())
    assert weights.probability(["verb after", "comma before subject"]) > weights.probability(["no cue"])
    assert "channels left out           F1 1.000" in trained.report


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", "citations_a.jsonl:1: lang: "),
        ('{"lang": "en", "source": "a", "text": 7, "citations": []}', "citations_a.jsonl:1: text: "),
        ("no json", "citations_a.jsonl:1: "),
    ],
)
def test_a_line_that_does_not_fit_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    (tmp_path / "citations_a.jsonl").write_text(line + "\n", encoding="utf-8")
    assert main(["--data", str(tmp_path), "--output", str(tmp_path / "weights.txt")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "weights.txt").exists()


def test_a_folder_without_labelled_posts_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert f"{tmp_path}: holds no citations_*.jsonl" in capsys.readouterr().err


def test_weights_are_read_as_they_were_written() -> None:
    weights = Weights(-1.25, {"verb after": 1.5, "no cue": -0.75}, (("trained-by", "a test"),))
    assert weights_of_text(text_of_weights(weights)) == weights


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+1.00  bias\nmany\n", "line 2: neither a weight and a fact nor a line of the head"),
        ("+1.00  bias\n+1.00  a\n+2.00  a\n", "line 3: the fact 'a' is there twice"),
        ("+1.00  a\n", "no line gives the bias"),
    ],
)
def test_a_file_of_weights_that_cannot_be_read_is_named_by_line(text: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        weights_of_text(text)
