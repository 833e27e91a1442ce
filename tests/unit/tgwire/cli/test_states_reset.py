"""``tgwire states reset``, before it reaches a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_state_path
from typer.testing import CliRunner

from runtime.run_files import run_file
from runtime.settings.tree import Settings
from tgwire.cli.app import app
from tgwire.errors import WorkersRunningError
from tgwire.states_reset import reset_states


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The cluster's list of its groups."""
    found: list[dict[str, str]] = []

    class Admin:
        def list_groups(self) -> list[dict[str, str]]:
            return found

    @contextmanager
    def client(_settings: object) -> Iterator[Any]:
        yield Admin()

    monkeypatch.setattr("tgwire.states_reset.admin_client", client)
    return found


@pytest.fixture
def recreated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr("tgwire.states_reset.recreate_topic", lambda _settings, topic, like: names.append(topic.name))
    return names


def test_nothing_is_reset_without_a_yes() -> None:
    done = CliRunner().invoke(app, ["states", "reset"], env={"KAFKA_BOOTSTRAP_SERVERS": "localhost:9"})
    assert done.exit_code == 2
    assert "give --yes" in done.stderr


@pytest.mark.parametrize("state", ["Stable", "PreparingRebalance", "CompletingRebalance", "Assigning"])
def test_a_group_with_members_is_named(groups: list[dict[str, str]], recreated: list[str], state: str) -> None:
    groups += [{"group_id": "other", "group_state": "Empty"}, {"group_id": "tgwire", "group_state": state}]
    with pytest.raises(
        WorkersRunningError, match=rf"workers of group tgwire run \({state}\): stop them on every machine"
    ):
        reset_states(Settings())
    assert recreated == []


@pytest.mark.parametrize("found", [[], [{"group_id": "tgwire", "group_state": "Empty"}],
                                   [{"group_id": "other", "group_state": "Stable"}]])  # fmt: skip
def test_posts_states_is_made_again_when_no_worker_runs(
    groups: list[dict[str, str]], recreated: list[str], found: list[dict[str, str]]
) -> None:
    groups += found
    assert reset_states(Settings()) == "posts.states"
    assert recreated == ["posts.states"]


def test_a_worker_on_this_machine_is_seen_where_the_cluster_lists_no_groups(
    groups: list[dict[str, str]], recreated: list[str]
) -> None:
    assert groups == []
    with (
        run_file(user_state_path("tgwire"), "worker", None),
        pytest.raises(WorkersRunningError, match="on this machine"),
    ):
        reset_states(Settings())
    assert recreated == []
