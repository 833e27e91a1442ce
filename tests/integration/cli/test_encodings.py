"""Output that is not UTF-8: nothing ends in the middle, and JSON stays JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import DEADLINE_S

RUN = """
import json, os, sys
from contextlib import suppress
from tgwire.cli import main
from tgwire.cli.output.console import out
for kind, *arguments in json.loads(sys.argv[1]):
    out._force_terminal = kind == "terminal"
    sys.argv = ["tgwire", *(os.fsdecode(each.encode()) for each in arguments)]
    with suppress(SystemExit):
        main()
    print("=" * 9, flush=True)
    print("=" * 9, file=sys.stderr, flush=True)
"""
TEXT = "Порт Линдхафена открыт — сказал капитан… 港口 👍"
LIST = "Зарубежные СМИ о шторме:\n\n" + "\n".join(
    f"- {outlet} пишет, что порт закрыт." for outlet in ("The Guardian", "Le Figaro", "Politico")
)
PARTS = "=========\n"
TITLES = {
    "ascii": r"\u041f\u043e\u0440\u0442 \xe9",
    "latin-1": r"\u041f\u043e\u0440\u0442 é",
    "cp1251": r"Порт \xe9",
}
Outputs = tuple[str, list[bytes], list[str]]
"""The encoding, and what each command wrote to stdout and to stderr."""


def ran(folder: Path, encoding: str, *commands: list[str]) -> tuple[list[bytes], list[str]]:
    """What each command wrote to stdout and to stderr; the first word of each is the kind of its stdout."""
    posts = [
        {"channel": {"id": number, "title": "Порт é 港口"}, "message_id": number, "text": text}
        for number, text in ((1, TEXT), (2, TEXT), (3, LIST))
    ]
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts) + "порт\n", encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON", "COL"))}
    env |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    process = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(commands)],
        cwd=folder, env=env, capture_output=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert b"Traceback" not in process.stderr, process.stderr
    assert b"UnicodeEncodeError" not in process.stderr
    return process.stdout.split(PARTS.encode())[:-1], process.stderr.decode(encoding).split(PARTS)[:-1]


@pytest.fixture(scope="module", params=["ascii", "latin-1", "cp1251"])
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """What commands write in one encoding, to a terminal and to a pipe; one process for both, as it loads models."""
    at_a_terminal = [
        ["parse", "posts.jsonl"], ["parse", "--explain", "posts.jsonl"], ["clusters", "out/posts.normalized.jsonl"],
        ["schema"], ["parse", "--help"],
    ]  # fmt: skip
    piped = [["parse", "--json", "posts.jsonl"], ["replay", "posts.jsonl", "--direct", "out"], ["clusters", "out"]]
    commands = [["terminal", *each] for each in at_a_terminal] + [["pipe", *each] for each in piped]
    return request.param, *ran(tmp_path_factory.mktemp("encodings"), request.param, *commands)


def test_tables_write_out_what_cannot_be_shown(outputs: Outputs) -> None:
    encoding, (table, explained, clusters, schema, helped, *_), stderr = outputs
    title, said = TITLES[encoding], "".join(stderr[:5])
    assert title in table.decode(encoding)
    assert "The Guardian" in explained.decode(encoding)
    assert "introduces it" in explained.decode(encoding)
    assert "posts.raw.live" in schema.decode(encoding)
    assert "--explain" in helped.decode(encoding)
    assert "line 4" in said
    assert "does not exist" in said
    assert clusters == b""


def test_a_pipe_gets_json_in_utf_8_and_tables_as_they_can_be(outputs: Outputs) -> None:
    encoding, (*_, lines, _, clusters), _ = outputs
    records = [json.loads(line) for line in lines.decode("utf-8").splitlines()]
    assert [record.get("text") for record in records] == [TEXT, TEXT, LIST, None]
    assert "2 posts" in clusters.decode(encoding)
    assert "tg:1:1" in clusters.decode(encoding)


def test_texts_and_names_are_read_as_utf_8_in_any_locale(tmp_path: Path) -> None:
    folder = tmp_path / "порт"
    folder.mkdir()
    (folder / "пост.txt").write_text(TEXT, encoding="utf-8")
    (given, read), _ = ran(tmp_path, "ascii", ["pipe", "parse", "--text", TEXT], ["pipe", "parse", "порт"])
    assert json.loads(given)["text"] == TEXT
    post = json.loads(read)
    assert (post["text"], post["channel"]["title"], post["provenance"]["source"]["name"]) == (
        TEXT, "порт", "порт/пост.txt",
    )  # fmt: skip


def test_a_name_that_is_no_utf_8_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in (b"\xff.txt", b"\xfe.jsonl"):
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_bytes(b'{"text": "Rain."}\nno\n')
    (lines,), (said,) = ran(tmp_path, "utf-8", ["pipe", "parse", "in"])
    records = [json.loads(line) for line in lines.decode("utf-8").splitlines()]
    assert [record["type"] for record in records] == ["post", "rejected", "post"]
    assert "in/\ufffd.jsonl, line 2" in said
