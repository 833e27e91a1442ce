"""The data folder of a node before its first start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tgwire.errors import BrokerStartError
from tgwire.local_broker.distribution import kafka_home
from tgwire.local_broker.formatting import FEATURES, META, format_folder, new_id

Program = Callable[[str], list[str | Path]]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program in place of Java with Kafka's tool; its runs are counted, and the cache of Kafka is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kafka_home().mkdir(parents=True)

    def program(body: str) -> list[str | Path]:
        path = tmp_path / "tool"
        path.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\n{body}")
        path.chmod(0o755)
        return [path]

    return program


def node(folder: Path) -> Path:
    folder.mkdir()
    return folder / "server.properties"


def writes(folder: Path) -> str:
    return f"mkdir {folder}/data && echo features > {folder}/data/{FEATURES} && echo ids > {folder}/data/{META}\n"


def test_the_tool_of_kafka_runs_for_the_first_node_alone(tmp_path: Path, tool: Program) -> None:
    first, second = node(tmp_path / "1"), node(tmp_path / "2")
    java = tool(writes(first.parent))
    format_folder(java, first, "cluster", 1)
    format_folder(java, second, "-cluster", 2)
    assert (tmp_path / "runs").read_text() == "run\n"
    data = second.parent / "data"
    assert (data / FEATURES).read_text() == "features\n"
    meta = dict(line.split("=", 1) for line in (data / META).read_text().splitlines())
    folder_id = meta.pop("directory.id")
    assert meta == {"version": "1", "cluster.id": "-cluster", "node.id": "2"}
    assert len(folder_id) == 22


def test_a_cache_that_cannot_be_written_hinders_no_start(tmp_path: Path, tool: Program) -> None:
    kafka_home().rmdir()
    for number in (1, 2):
        properties = node(tmp_path / str(number))
        format_folder(tool(writes(properties.parent)), properties, "cluster", number)
        assert (properties.parent / "data" / META).read_text() == "ids\n"
    assert (tmp_path / "runs").read_text() == "run\nrun\n"


def test_what_the_tool_says_is_the_error(tmp_path: Path, tool: Program) -> None:
    properties = node(tmp_path / "1")
    with pytest.raises(BrokerStartError, match=r"could not format .*/1:\nno room"):
        format_folder(tool("echo no room >&2; exit 1\n"), properties, "cluster", 1)


def test_ids_are_as_kafka_makes_them() -> None:
    made = {new_id() for _ in range(200)}
    assert len(made) == 200
    assert all(len(each) == 22 and not each.startswith("-") for each in made)
