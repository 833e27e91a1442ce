"""Where settings and state are found, from whatever folder a command is run."""

import os
from pathlib import Path

import pytest
from platformdirs import user_config_path, user_state_path

from runtime.errors import ConfigurationError
from runtime.settings.loading import load_settings
from runtime.settings.places import default_state_dir, find_config


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, two below one of a project."""
    for name in list(os.environ):
        if name.upper().startswith(("TGWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)
    below = tmp_path / "project" / "one" / "two"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return tmp_path / "project"


def write(path: Path, text: str = "[worker]\nbatch_size = 7\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_nearest_file_above_is_used(folder: Path) -> None:
    write(folder / "tgwire.toml", "[worker]\nbatch_size = 1\n")
    assert load_settings().worker.batch_size == 1
    write(folder / "one" / "tgwire.toml", "[worker]\nbatch_size = 2\n")
    assert load_settings().worker.batch_size == 2
    write(Path("tgwire.toml"), "[worker]\nbatch_size = 3\n")
    assert load_settings().worker.batch_size == 3


def test_the_users_file_is_used_where_no_other_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = write(user_config_path("tgwire") / "tgwire.toml")
    assert load_settings().worker.batch_size == 7
    found = find_config()
    assert found is not None
    assert (found.path, found.reason) == (usual, "in the user's configuration folder")
    write(folder / "tgwire.toml", "[worker]\nbatch_size = 1\n")
    assert load_settings().worker.batch_size == 1
    monkeypatch.setenv("TGWIRE_CONFIG", str(write(folder / "named.toml", "[worker]\nbatch_size = 2\n")))
    assert load_settings().worker.batch_size == 2
    assert load_settings(write(folder / "given.toml", "[worker]\nbatch_size = 3\n")).worker.batch_size == 3


def test_paths_of_a_file_are_taken_from_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        folder / "tgwire.toml",
        '[ingest]\nstate_dir = "state"\n[quotes]\noutlets = "outlets.toml"\n[language]\nprior = "/etc/prior.json"\n'
        '[[telegram.accounts]]\nname = "main"\nsession = "main.session"\n',
    )
    monkeypatch.setenv("TGWIRE_COLLECT__MEDIA_DIR", "media")
    settings = load_settings()
    assert settings.ingest.state_dir == folder / "state"
    assert settings.worker.data_dir == folder / "state" / "worker"
    assert settings.quotes.outlets == folder / "outlets.toml"
    assert settings.language.prior == Path("/etc/prior.json")
    assert settings.telegram.accounts[0].session == folder / "main.session"
    assert settings.collect.channels == folder / "channels.toml"
    assert settings.collect.media_dir == Path("media")


def test_a_home_is_written_as_a_tilde(folder: Path) -> None:
    write(folder / "tgwire.toml", '[ingest]\nstate_dir = "~/tgwire-state"\n')
    assert load_settings().ingest.state_dir == Path.home() / "tgwire-state"


def test_state_is_in_the_users_state_folder() -> None:
    usual, settings = user_state_path("tgwire"), load_settings()
    assert settings.ingest.state_dir == usual
    assert (settings.worker.data_dir, settings.collect.media_dir) == (usual / "worker", usual / "media")


def test_the_state_of_an_earlier_version_goes_on_being_used() -> None:
    write(Path(".tgwire/ledger.sqlite3"), "")
    settings = load_settings()
    assert settings.ingest.state_dir == Path(".tgwire")
    assert settings.worker.data_dir == Path(".tgwire/worker")
    assert "of an earlier version" in default_state_dir(None).reason


def test_the_state_beside_the_file_of_settings_is_used_in_folders_below(folder: Path) -> None:
    write(folder / "tgwire.toml")
    write(folder / ".tgwire" / "sessions" / "main.session", "")
    assert load_settings().ingest.state_dir == folder / ".tgwire"


def test_the_output_of_a_demo_is_no_state() -> None:
    write(Path(".tgwire/demo/posts.normalized.jsonl"), "")
    write(Path(".tgwire/kafka/broker.log"), "")
    assert load_settings().ingest.state_dir == user_state_path("tgwire")


def test_a_setting_wins_over_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(".tgwire/ledger.sqlite3"), "")
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", "own")
    assert load_settings().ingest.state_dir == Path("own")
    assert load_settings().worker.data_dir == Path("own/worker")


def test_a_file_above_that_another_user_put_there_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder / "tgwire.toml")
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    monkeypatch.setattr(Path, "stat", _owned_by(path.stat().st_uid or 12345))
    with pytest.raises(ConfigurationError, match="belongs to another user: name it with --config"):
        load_settings()


def _owned_by(user: int) -> object:
    real = Path.stat

    def stat(self: Path, *, follow_symlinks: bool = True) -> object:
        found = real(self, follow_symlinks=follow_symlinks)
        fields = list(found)
        fields[4] = user
        return os.stat_result(fields)

    return stat
