"""Tables within tables, such as [sink.jsonl]: read, overridden and reported like any other."""

import os
from pathlib import Path

import pytest

from runtime.errors import ConfigurationError
from runtime.settings.example_file import settings_example, settings_template
from runtime.settings.loading import load_settings


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("TGWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    Path("tgwire.toml").write_text(text, encoding="utf-8")


def problems() -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return caught.value.problems


def test_a_variable_wins_over_the_file_setting_by_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[sink.jsonl]\nmax_bytes = 5\nbatch_records = 6\n")
    monkeypatch.setenv("TGWIRE_SINK__JSONL__MAX_BYTES", "7")
    monkeypatch.setenv("TGWIRE_SINK__WEBHOOK__TOPICS", "posts.normalized, quotes")
    sink = load_settings().sink
    assert (sink.jsonl.max_bytes, sink.jsonl.batch_records) == (7, 6)
    assert sink.webhook.topics == ("posts.normalized", "quotes")


def test_a_path_is_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "own.toml").write_text('[sink.jsonl]\nfolder = "out"\n[sink.parquet]\nplace = "tables"\n')
    sink = load_settings(tmp_path / "etc" / "own.toml").sink
    assert sink.jsonl.folder == tmp_path / "etc" / "out"
    assert sink.parquet.place == str(tmp_path / "etc" / "tables")


def test_the_address_of_a_bucket_is_no_path() -> None:
    write('[sink.parquet]\nplace = "s3://news/tgwire"\n')
    assert load_settings().sink.parquet.place == "s3://news/tgwire"


def test_places_that_nobody_has_set_are_in_the_folder_of_state() -> None:
    write('[ingest]\nstate_dir = "/var/lib/news"\n')
    sink = load_settings().sink
    assert sink.jsonl.folder == Path("/var/lib/news/jsonl")
    assert sink.parquet.place == "/var/lib/news/parquet"


def test_a_wrong_value_names_file_line_and_field() -> None:
    write('[sink.jsonl]\n\nmax_bytes = 0\n[sink.webhook]\nurl = "ftp://x"\ntopics = ["nothing"]\n')
    first, second, third = problems()
    assert first.startswith("tgwire.toml:3: sink.jsonl.max_bytes: ")
    assert second.startswith("tgwire.toml:5: sink.webhook.url: ")
    assert "sink.webhook.topics: no such topic: nothing; expected some of posts.normalized, quotes" in third


def test_a_typo_is_reported_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[sink.jsonl]\nmax_byte = 5\n")
    monkeypatch.setenv("TGWIRE_SINK__JSONL__FOLDR", "x")
    variable, file = problems()
    assert variable == "TGWIRE_SINK__JSONL__FOLDR: no such setting; did you mean TGWIRE_SINK__JSONL__FOLDER?"
    assert file.endswith(":2: sink.jsonl.max_byte: no such setting; did you mean sink.jsonl.max_bytes?")


def test_a_table_that_is_none_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[sink]\njsonl = 5\n")
    monkeypatch.setenv("TGWIRE_SINK__JSONL__MAX_BYTES", "7")
    [problem] = problems()
    assert ":2: sink.jsonl: " in problem


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_SINK__WEBHOOK__SECRET", "hunter2")
    assert "hunter2" not in repr(load_settings())


def test_the_example_files_have_each_table_and_its_settings() -> None:
    for text in (settings_example(), settings_template()):
        lines = text.splitlines()
        start = lines.index("[sink.parquet]")
        table = lines[start : lines.index("", start)]
        assert any("compact_interval_s = 3600.0" in line for line in table)
        assert any('place = "/var/lib/tgwire/parquet"' in line for line in table)
