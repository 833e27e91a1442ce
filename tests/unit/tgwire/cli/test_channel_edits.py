"""``tgwire channels remove`` and ``set``: the file is changed, and what else a person wrote into it stays."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tgwire.cli.app import app
from tgwire.cli.subscriptions import numbers_of

FILE = """\
# What we watch
[[channel]]
name = "@alpha"
tier = "high"  # the news first

# Read without an account
[[channel]]
name = "https://t.me/Beta"
source = "preview"

# By id
[[channel]]
name = "1234567890"
backfill = true
"""


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "channels.toml").write_text(FILE)
    return tmp_path / "channels.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["channels", *arguments])


def listed() -> dict[str, dict[str, object]]:
    return {entry["name"]: entry for entry in json.loads(run("list", "--json").stdout)}


def test_a_channel_is_removed_and_comments_stay(path: Path) -> None:
    done = run("remove", "@beta")
    assert (done.exit_code, "removed 1" in done.stderr) == (0, True)
    assert list(listed()) == ["@alpha", "1234567890"]
    text = path.read_text()
    for comment in ("# What we watch", "# the news first", "# Read without an account", "# By id"):
        assert comment in text


@pytest.mark.parametrize("name", ["@ALPHA", "https://t.me/alpha", "t.me/s/alpha"])
def test_all_spellings_of_a_name_are_understood(name: str) -> None:
    assert run("remove", name, "--", "-1001234567890").exit_code == 0
    assert list(listed()) == ["@Beta"]


def test_all_channels_can_be_removed_and_one_added_again(path: Path) -> None:
    assert run("remove", "@alpha", "@beta", "1234567890").exit_code == 0
    assert listed() == {}
    assert path.read_text().startswith("# What we watch")
    assert run("add", "@gamma").exit_code == 0
    assert list(listed()) == ["@gamma"]


def test_a_channel_that_is_not_there_is_named_and_the_others_are_removed() -> None:
    done = run("remove", "@nobody", "@alpha", "not a name")
    assert done.exit_code == 1
    assert "@nobody is not in the file" in done.stderr
    assert "argument 3: 'not a name'" in done.stderr
    assert list(listed()) == ["@Beta", "1234567890"]


def test_rows_in_one_line_are_removed_and_changed(path: Path) -> None:
    path.write_text('channel = [{name = "@alpha"}, {name = "@beta"}]\n')
    assert run("set", "@beta", "--tier", "low").exit_code == 0
    assert run("remove", "@alpha").exit_code == 0
    assert [(name, entry["tier"]) for name, entry in listed().items()] == [("@beta", "low")]


def test_fields_are_set_and_taken_back(path: Path) -> None:
    assert (
        run("set", "@beta", "1234567890", "--tier", "low", "--no-preview", "--comments", "--no-backfill").exit_code == 0
    )
    for name in ("@Beta", "1234567890"):
        entry = listed()[name]
        assert (entry["tier"], entry["source"], entry["comments"], entry["backfill"]) == (
            "low",
            "telegram",
            True,
            False,
        )
    assert listed()["@alpha"]["tier"] == "high"
    assert "# By id" in path.read_text()
    assert run("set", "@alpha", "--account", "main").exit_code == 0
    assert listed()["@alpha"]["account"] == "main"
    assert run("set", "@alpha", "--account", "").exit_code == 0
    assert listed()["@alpha"]["account"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["set", "@alpha"], "give what to change"),
        (["set", "@alpha", "--account", "nobody"], "there is no account 'nobody'; known: main"),
        (["set", "@alpha", "--tier", "urgent"], "urgent"),
        (["import"], "give a file or --from-account"),
        (["import", "list.txt", "--from-account"], "give a file or --from-account"),
        (["import", "list.txt", "--all"], "go with --from-account"),
        (["import", "--from-account", "--preview"], "--preview reads without an account"),
    ],
)
def test_a_wrong_command_changes_nothing(path: Path, arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert path.read_text() == FILE


@pytest.mark.parametrize("command", [["remove", "@alpha"], ["set", "@alpha", "--tier", "low"]])
def test_a_file_that_is_wrong_is_left_alone(path: Path, command: list[str]) -> None:
    path.write_text(FILE + "tiers = 3\n")
    done = run(*command)
    assert done.exit_code != 0
    assert path.read_text() == FILE + "tiers = 3\n"


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [("all", [1, 2, 3, 4]), ("none", []), ("2", [2]), ("1,3-4", [1, 3, 4]), (" 4 1 ", [1, 4]), ("1-2,2-3", [1, 2, 3])],
)
def test_numbers_are_chosen(answer: str, numbers: list[int]) -> None:
    assert numbers_of(answer, 4) == numbers


@pytest.mark.parametrize("answer", ["0", "5", "3-2", "x", "1-", "2-9999999999999", "-1"])
def test_numbers_that_are_none_are_refused(answer: str) -> None:
    with pytest.raises(ValueError, match=r"number|within"):
        numbers_of(answer, 4)


def test_marked_ids_are_given_as_they_are(path: Path) -> None:
    assert run("add", "-1000000000777", "--tier", "high", "-1000000000778").exit_code == 0
    assert [row["name"] for row in json.loads(run("list", "--json").stdout)][-2:] == ["777", "778"]
    assert run("set", "-1001234567890", "--no-backfill").exit_code == 0
    assert run("remove", "-1000000000777", "-1000000000778").exit_code == 0
    assert "backfill = false" in path.read_text()
    assert "77" not in path.read_text()
    done = run("add", "-5")
    assert (done.exit_code, "argument 1: '-5': not the id of a channel" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", ["add", "remove", "set"])
@pytest.mark.parametrize(
    ("option", "complaint"),
    [("-x", "No such option: -x"), ("-1001x", "No such option: -1"), ("--confg", "No such option: --confg")],
)
def test_other_unknown_options_are_refused(path: Path, command: str, option: str, complaint: str) -> None:
    done = run(command, "-1001234567890", option)
    assert (done.exit_code, complaint in done.stderr) == (2, True)
    assert path.read_text() == FILE
