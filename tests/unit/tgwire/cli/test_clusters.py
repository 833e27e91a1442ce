"""``tgwire clusters`` over what a run has written."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tgwire.cli.app import app
from tgwire.errors import RecordFileError

STORY = "The port of Lindhaven reopens after the storm, the harbour master said, and {} ferries left at dawn on Monday."
OTHER = "A lighthouse keeper found a bottle with a letter from another century on the beach below the old tower."


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def clusters(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("clusters", "--json", *paths).splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Posts of which the first of each story arrives last, written as a replay writes them."""
    posts = [
        (2, 20, "2026-03-01T10:19:00Z", STORY.format("two")),
        (3, 30, "2026-03-01T12:00:00Z", STORY.format("two") + "\n\nSubscribe: @three"),
        (1, 10, "2026-03-01T10:00:00Z", STORY.format("two")),
        (5, 50, "2026-03-03T10:00:00Z", OTHER),
        (4, 40, "2026-03-01T10:00:00Z", OTHER),
        (6, 60, "2026-03-01T10:00:00Z", "Something else entirely, of which nobody has taken any notice yet."),
    ]
    keys = ("channel_id", "message_id", "date", "text")
    source = tmp_path / "posts.jsonl"
    source.write_text("".join(json.dumps(dict(zip(keys, post, strict=True))) + "\n" for post in posts))
    out = tmp_path / "out"
    run("replay", source, "--direct", out)
    return out


def test_the_largest_cluster_comes_first_with_its_first_sender_and_the_lags(folder: Path) -> None:
    large, small = clusters(folder)
    assert (large["size"], large["first"]) == (3, "tg:1:10")
    assert [member["lag_s"] for member in large["members"]] == [0, 19 * 60, 2 * 3600]
    assert [member["duplicate"] is None for member in large["members"]] == [True, False, False]
    assert [member["key"] for member in small["members"]] == ["tg:4:40", "tg:5:50"]


def test_people_get_tables(folder: Path) -> None:
    shown = run("clusters", "--top", "1", folder)
    assert "19 min" in shown
    assert "2 clusters with 5 posts" in shown
    assert "tg:5:50" not in shown


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """One story in 30 channels, and a pair."""
    posts = [(number, 7, f"2026-03-01T10:{number:02}:00Z", STORY.format("two")) for number in range(1, 31)]
    posts += [(number, 7, f"2026-03-01T11:{number:02}:00Z", OTHER) for number in (41, 42)]
    keys = ("channel_id", "message_id", "date", "text")
    source = tmp_path / "many.jsonl"
    source.write_text("".join(json.dumps(dict(zip(keys, post, strict=True))) + "\n" for post in posts))
    run("replay", source, "--direct", tmp_path / "out")
    return tmp_path / "out"


def test_a_large_cluster_shows_its_first_members_and_counts_the_others(many: Path) -> None:
    shown = run("clusters", many)
    assert [number for number in range(1, 31) if f"tg:{number}:7" in shown] == list(range(1, 11))
    assert "and 20 more" in shown
    assert "tg:41:7" in shown
    assert "2 clusters with 32 posts" in shown


def test_as_many_members_are_shown_as_are_asked_for(many: Path) -> None:
    assert "and 27 more" in run("clusters", many, "--members", "3")
    assert "more" not in run("clusters", many, "--members", "0")


def test_json_holds_all_members_unless_a_number_is_asked_for(many: Path) -> None:
    whole = clusters(many)[0]
    assert (whole["size"], len(whole["members"]), whole["members_left_out"]) == (30, 30, 0)
    cut = json.loads(run("clusters", "--json", "--members", "4", many).splitlines()[0])
    assert (cut["size"], len(cut["members"]), cut["members_left_out"]) == (30, 4, 26)


def test_an_origin_that_was_not_collected_comes_first(folder: Path) -> None:
    link = {"of": "tg:9:90", "kind": "forward", "similarity": 1.0}
    with (folder / "posts.duplicates.jsonl").open("a") as file:
        file.write(json.dumps({"type": "duplicate", "revision": "r", "key": "tg:6:60", "duplicate": link}) + "\n")
    (found,) = (cluster for cluster in clusters(folder) if cluster["first"] == "tg:9:90")
    assert [(member["key"], member["is_collected"], member["lag_s"]) for member in found["members"]] == [
        ("tg:9:90", False, None),
        ("tg:6:60", True, None),
    ]


def test_a_withdrawn_link_joins_nothing(folder: Path) -> None:
    with (folder / "posts.duplicates.jsonl").open("a") as file:
        file.write(json.dumps({"type": "duplicate", "revision": "r", "key": "tg:5:50", "duplicate": None}) + "\n")
    assert [cluster["size"] for cluster in clusters(folder)] == [3]


def test_links_in_a_circle_do_no_harm(folder: Path) -> None:
    for key, of in (("tg:4:40", "tg:5:50"), ("tg:5:50", "tg:4:40")):
        link = {"of": of, "kind": "forward", "similarity": 1.0}
        with (folder / "posts.duplicates.jsonl").open("a") as file:
            file.write(json.dumps({"type": "duplicate", "revision": "r", "key": key, "duplicate": link}) + "\n")
    assert clusters(folder)[1]["size"] == 2


def test_a_line_that_is_no_record_is_named(folder: Path) -> None:
    with (folder / "posts.duplicates.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(RecordFileError, match=r"posts\.duplicates\.jsonl:\d+"):
        run("clusters", folder)


def test_one_cluster_is_counted_as_one(tmp_path: Path) -> None:
    lines = [{"channel_id": 1, "message_id": number, "text": STORY.format("two")} for number in (1, 2)]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run("replay", tmp_path / "posts.jsonl", "--direct", tmp_path / "out")
    assert run("clusters", tmp_path / "out").splitlines()[-1] == "1 cluster with 2 posts"
