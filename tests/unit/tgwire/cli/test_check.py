"""What `tgwire check` finds without a cluster."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from platformdirs import user_state_path
from typer.testing import CliRunner

from runtime.private_files import make_private_file
from tgwire.cli.app import app

APPLICATION = '[telegram]\napi_id = 1\napi_hash = "x"\n'


@pytest.mark.parametrize(
    ("lines", "is_good", "detail"),
    [
        ("", True, "can be used"),
        ('ssl_cafile = "gone.pem"', False, "kafka.ssl_cafile: no such file"),
    ],
)
def test_certificates_are_tried(tmp_path: Path, lines: str, is_good: bool, detail: str) -> None:
    config = tmp_path / "tgwire.toml"
    config.write_text(f'[kafka]\nbootstrap_servers = "a:1"\nsecurity_protocol = "SSL"\n{lines}\n')
    result = CliRunner().invoke(app, ["-c", str(config), "check", "--json"])
    findings = {finding["what"]: finding for finding in json.loads(result.stdout)}
    assert findings["TLS"]["is_good"] is is_good
    assert detail in findings["TLS"]["detail"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; its state folder is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1")
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def found(*arguments: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    done = CliRunner().invoke(app, ["check", "--json", *arguments])
    findings = json.loads(done.stdout)
    return done.exit_code, {each["what"]: (each["is_good"], each["detail"]) for each in findings}


def session(path: Path, key: bytes | None = b"k" * 256) -> None:
    """A session file as Telethon writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    make_private_file(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE sessions (dc_id INTEGER PRIMARY KEY, auth_key BLOB)")
        database.execute("INSERT INTO sessions VALUES (2, ?)", (key,))
        database.commit()


def channels(folder: Path, *rows: str) -> None:
    (folder / "channels.toml").write_text("".join(f"[[channel]]\n{row}\n" for row in rows))


def test_the_file_of_settings_and_the_folder_of_state_are_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TGWIRE_INGEST__STATE_DIR")
    (folder / "tgwire.toml").write_text("")
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    code, findings = found()
    assert code == 0
    assert findings["configuration"] == (True, f"{folder / 'tgwire.toml'} (in a folder above): valid")
    assert findings["ingest.state_dir"] == (True, f"{user_state_path('tgwire')} (the user's state folder)")


def test_state_of_an_earlier_version_that_is_not_used_is_named(folder: Path) -> None:
    (folder / ".tgwire").mkdir()
    (folder / ".tgwire" / "ledger.sqlite3").touch()
    _, findings = found()
    assert findings["ingest.state_dir"] == (True, f"{folder / 'state'} (set)")
    assert "has state as well, and is not used" in findings["state"][1]
    assert str(folder / ".tgwire") in findings["state"][1]


def test_who_collects_nothing_misses_no_account(folder: Path) -> None:
    code, findings = found()
    assert code == 0
    assert findings["channels"][0]
    assert not any(what.startswith("account") for what in findings)


def test_what_is_missing_to_collect_is_named(folder: Path) -> None:
    channels(folder, 'name = "@alpha"')
    code, findings = found()
    assert code == 1
    assert "telegram.api_id and telegram.api_hash not set" in findings["telegram"][1]
    assert findings["account main"] == (
        False,
        f"{folder / 'state/sessions/main.session'}: no session. Sign in: tgwire login --account main",
    )


def test_all_is_well(folder: Path) -> None:
    (folder / "tgwire.toml").write_text(APPLICATION)
    channels(folder, 'name = "@alpha"', 'name = "@beta"')
    session(folder / "state/sessions/main.session")
    code, findings = found()
    assert code == 0
    assert findings["channels"] == (True, "channels.toml: 2 by account, 0 by preview")
    assert findings["account main"] == (True, f"{folder / 'state/sessions/main.session'}: session is there")
    assert {path.name for path in (folder / "state/sessions").iterdir()} == {"main.session"}


@pytest.mark.parametrize(
    ("row", "what", "words"),
    [
        ('name = "@alpha"\naccount = "second"', "@alpha", "there is no account 'second'; known: main"),
        ('name = "@alpha"\ntiers = 1', "channels", "channels.toml:3: channel.tiers: no such field"),
        ('name = "1234567"\nsource = "preview"', "1234567", "a preview is found by name only"),
        ('name = "@alpha"\nsource = "preview"', "preview", "set preview.enabled"),
    ],
)
def test_entries_that_cannot_be_collected_are_named(folder: Path, row: str, what: str, words: str) -> None:
    (folder / "tgwire.toml").write_text(APPLICATION)
    session(folder / "state/sessions/main.session")
    channels(folder, row)
    code, findings = found()
    assert code == 1
    assert not findings[what][0]
    assert words in findings[what][1]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no usable session file"), (b"not a database, but longer than its head" * 9, "no usable session file")],
)
def test_a_session_file_that_is_none_is_named(folder: Path, content: bytes, words: str) -> None:
    (folder / "tgwire.toml").write_text(APPLICATION)
    path = folder / "state/sessions/main.session"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    code, findings = found()
    assert code == 1
    assert words in findings["account main"][1]


@pytest.mark.parametrize(
    ("key", "mode", "words"), [(None, 0o600, "not signed in"), (b"k", 0o644, "others may read it")]
)
def test_a_session_that_is_not_usable_or_not_private_is_named(
    folder: Path, key: bytes | None, mode: int, words: str
) -> None:
    (folder / "tgwire.toml").write_text(APPLICATION)
    path = folder / "state/sessions/main.session"
    session(path, key)
    path.chmod(mode)
    code, findings = found()
    assert code == 1
    assert words in findings["account main"][1]
