"""From a path to sources."""

import io
from pathlib import Path

import pytest

from ingest.errors import SourceNotFoundError, SourceUnreadableError
from ingest.sources import Source, open_sources
from schemas import Lane, RawPost, synthetic_id


def _open(path: str | Path) -> list[Source]:
    return open_sources(path, Lane.BACKFILL, io.BytesIO(b'{"text": "piped"}\n'))


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    seeds = tmp_path / "seeds"
    for name in (
        "b.txt",
        "a.txt",
        "c.jsonl",
        "d.ndjson",
        "a.toml",
        "README.md",
        ".hidden.txt",
        "sub/x.txt",
        ".git/y.txt",
    ):
        path = seeds / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "a"}\n' if "json" in path.suffix else "")
    return seeds


def test_a_folder_is_walked_in_order(seeds: Path) -> None:
    names = [source.name for source in _open(seeds)]
    assert names == ["seeds/a.txt", "seeds/b.txt", "seeds/c.jsonl", "seeds/d.ndjson", "seeds/sub/x.txt"]


def test_a_file_alone_gives_the_posts_that_its_folder_gives(seeds: Path) -> None:
    for name in ("a.txt", "c.jsonl"):
        (alone,) = _open(seeds / name)
        (among,) = [source for source in _open(seeds) if source.name == alone.name]
        assert list(alone.read()) == list(among.read())
        assert alone.identity == among.identity


def test_folders_below_are_channels_of_their_own(seeds: Path) -> None:
    (item,) = _open(seeds)[-1].read()
    assert isinstance(item.entry, RawPost)
    assert item.entry.channel.id == synthetic_id("seeds/sub")
    assert item.entry.message_id == synthetic_id("seeds/sub/x")


def test_the_working_folder_has_its_name(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(seeds / "sub")
    for path in (".", "x.txt", "../sub", str(seeds / "sub")):
        assert [source.name for source in _open(path)] == ["sub/x.txt"]


def test_a_link_is_named_by_itself(seeds: Path) -> None:
    (seeds / "l.txt").symlink_to(seeds / ".hidden.txt")
    assert "seeds/l.txt" in [source.name for source in _open(seeds)]


def test_a_dash_is_standard_input() -> None:
    (source,) = _open("-")
    assert (source.name, source.identity, source.total_bytes) == ("stdin", None, None)
    (item,) = source.read()
    assert isinstance(item.entry, RawPost)
    assert item.entry.channel.id == synthetic_id("stdin")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nope.txt", "no such file"),
        ("seeds/README.md", r"unknown kind of file; known are \*\.txt"),
        ("empty", "none of"),
    ],
)
def test_what_cannot_be_opened_is_said(path: str, message: str, seeds: Path) -> None:
    (seeds.parent / "empty").mkdir()
    with pytest.raises(SourceNotFoundError, match=message) as error:
        _open(seeds.parent / path)
    assert path in str(error.value)


def test_a_broken_link_in_a_folder_is_reported_when_it_is_read(seeds: Path) -> None:
    (seeds / "l.txt").symlink_to(seeds / "gone")
    (source,) = [source for source in _open(seeds) if source.name == "seeds/l.txt"]
    with pytest.raises(SourceUnreadableError, match=r"seeds/l\.txt: cannot be read \(No such file"):
        list(source.read())


def test_a_folder_that_cannot_be_listed_is_an_error(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refuse)  # root, under which tests run in containers, may list everything
    with pytest.raises(SourceUnreadableError, match="seeds: cannot be read"):
        _open(seeds)
