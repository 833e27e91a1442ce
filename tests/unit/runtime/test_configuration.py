"""Settings: what wins over what, and that every problem names its place and no secret."""

import os
from pathlib import Path

import pytest

from runtime.errors import ConfigurationError
from runtime.settings.kafka import KafkaSettings
from runtime.settings.loading import load_settings
from runtime.settings.tree import Settings

SASL = 'security_protocol = "SASL_SSL"\nusername = "u"\n'


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("TGWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "tgwire.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    return caught.value.problems


def test_without_file_and_environment_all_defaults_hold() -> None:
    assert load_settings() == Settings()


def test_a_file_in_the_working_folder_is_read() -> None:
    write("[worker]\nbatch_size = 7\n")
    assert load_settings().worker.batch_size == 7


def test_the_named_file_is_read_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[worker]\nbatch_size = 7\n")
    write("[worker]\nbatch_size = 8\n", "named.toml")
    write("[worker]\nbatch_size = 9\n", "given.toml")
    monkeypatch.setenv("TGWIRE_CONFIG", "named.toml")
    assert load_settings().worker.batch_size == 8
    assert load_settings(Path("given.toml")).worker.batch_size == 9


def test_environment_wins_over_the_file_setting_by_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[kafka]\ntopic_prefix = "file."\nreplication_factor = 3\n[log]\nlevel = "debug"\n')
    monkeypatch.setenv("TGWIRE_KAFKA__TOPIC_PREFIX", "env.")
    monkeypatch.setenv("TGWIRE_KAFKA__IDEMPOTENT", "false")
    settings = load_settings()
    assert settings.kafka == KafkaSettings(topic_prefix="env.", replication_factor=3, idempotent=False)
    assert settings.log.level == "debug"


@pytest.mark.parametrize(
    ("file", "usual", "own", "expected"),
    [
        ("f:1", None, None, "f:1"),
        ("f:1", "k:2", None, "k:2"),
        ("f:1", "k:2", "t:3", "t:3"),
        ("f:1", "", None, "f:1"),
    ],
)
def test_brokers_come_from_the_nearest_source(
    file: str, usual: str | None, own: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f'[kafka]\nbootstrap_servers = "{file}"\n')
    if usual is not None:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", usual)
    if own is not None:
        monkeypatch.setenv("TGWIRE_KAFKA__BOOTSTRAP_SERVERS", own)
    assert load_settings().kafka.bootstrap_servers == expected


def test_a_wrong_value_names_file_line_and_field() -> None:
    write('# cluster\n[kafka]\n\nsecurity_protocol = "TLS"\n')
    assert problems() == (
        "tgwire.toml:4: kafka.security_protocol: expected 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'",
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("worker.batch_size = 0\n", "tgwire.toml:1: worker.batch_size"),
        ("\n\nworker = { batch_wait_s = 1, batch_size = 0 }\n", "tgwire.toml:3: worker.batch_size"),
        ('[log]\nlevel = """\ninfo\n"""\n[worker]\nbatch_size = 0\n', "tgwire.toml:2: log.level"),
        ('[http]\nhost = """\nbatch_size = 5\n"""\n[worker]\n"batch_size" = 0\n', "tgwire.toml:6: worker.batch_size"),
        ("[worker]\r\n# note\r\nbatch_size = [\r\n 0,\r\n]\r\n", "tgwire.toml:3: worker.batch_size"),
        ("worker = 3\n", "tgwire.toml:1: worker"),
    ],
)
def test_the_line_is_found_however_it_is_written(text: str, place: str) -> None:
    write(text)
    assert any(problem.startswith(place + ": ") for problem in problems())


def test_a_wrong_variable_names_itself_even_where_the_file_sets_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[worker]\nbatch_size = 5\n")
    monkeypatch.setenv("TGWIRE_WORKER__BATCH_SIZE", "many")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost")
    assert problems() == (
        "KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap_servers: expected host:port, or several with commas between",
        "TGWIRE_WORKER__BATCH_SIZE: worker.batch_size: expected a whole number",
    )


def test_typos_are_reported_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[kafka]\ntopic_prefx = "a"\n[wroker]\n')
    monkeypatch.setenv("TGWIRE_KAFAK__TOPIC_PREFIX", "x")
    monkeypatch.setenv("TGWIRE_KAFKA__PASSWROD", "x")
    monkeypatch.setenv("TGWIRE_KAFKA", "{")
    monkeypatch.setenv("tgwire_log__level", "shout")
    assert problems() == (
        "TGWIRE_KAFAK__TOPIC_PREFIX: no such setting; did you mean TGWIRE_KAFKA__TOPIC_PREFIX?",
        "TGWIRE_KAFKA: no such setting; did you mean TGWIRE_KAFKA__USERNAME?",
        "TGWIRE_KAFKA__PASSWROD: no such setting; did you mean TGWIRE_KAFKA__PASSWORD?",
        "tgwire_log__level: no such setting; did you mean TGWIRE_LOG__LEVEL?",
        "tgwire.toml:2: kafka.topic_prefx: no such setting; did you mean kafka.topic_prefix?",
        "tgwire.toml:3: wroker: no such setting; did you mean worker?",
    )


def test_a_typo_alone_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_HTPT__PORT", "1")
    assert problems() == ("TGWIRE_HTPT__PORT: no such setting; did you mean TGWIRE_HTTP__PORT?",)


def test_a_rule_between_fields_names_the_table_that_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "kafka: security_protocol SASL_SSL needs username and password"
    write("[log]\n\n[kafka]\n" + SASL)
    assert problems() == (f"tgwire.toml:3: {message}",)
    write("")
    monkeypatch.setenv("TGWIRE_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    assert problems() == (f"TGWIRE_KAFKA__SECURITY_PROTOCOL: {message}",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[kafka]\ntopic_prefix = \n", "tgwire.toml:2: Invalid value (column 16)"),
        (b'[kafka]\ntopic_prefix = "a', "tgwire.toml:2: "),
        (b"[log]\n[log]\n", "tgwire.toml:2: "),
        (b'[kafka]\nusername = "\xff"\n', "tgwire.toml:2: not UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_names_the_line(content: bytes, problem: str) -> None:
    Path("tgwire.toml").write_bytes(content)
    assert problems()[0].startswith(problem)


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(Path("none.toml")) == ("none.toml: cannot be read: No such file or directory",)
    assert problems(Path()) == (".: cannot be read: Is a directory",)
    monkeypatch.setenv("TGWIRE_CONFIG", "gone.toml")
    assert problems() == ("gone.toml: cannot be read (TGWIRE_CONFIG names it): No such file or directory",)


@pytest.mark.parametrize(
    "text",
    [
        '[kafka]\npassword = "hunter2"\nsecurity_protocol = "SASL_SSL"\n',
        '[kafka]\nusername = ["hunter2"]\n',
        '[kafka]\npassword = { value = "hunter2" }\n',
        '[kafka]\nsecurity_protocol = "hunter2"\n',
        '[kafka]\npasswrod = "hunter2"\n',
        'kafka = "hunter2"\n',
        '[kafka]\npassword = "hunter2\n',
        "[kafka]\npassword = hunter2\n",
    ],
)
def test_problems_never_show_a_value(text: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_is_kept_but_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[kafka]\n" + SASL)
    monkeypatch.setenv("TGWIRE_KAFKA__PASSWORD", "hunter2")
    settings = load_settings()
    assert settings.kafka.password is not None
    assert settings.kafka.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
