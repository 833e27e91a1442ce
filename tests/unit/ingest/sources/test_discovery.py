"""From a path to sources."""

import gzip
import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from ingest.errors import NothingToReadError, SourceNotFoundError, SourceUnreadableError
from ingest.sources import Discovery, ReadOptions, Source, open_sources
from ingest.sources.containers import disk_file
from schemas import RawPost, synthetic_id

UNKNOWN = "of no known format"


def _find(path: str | Path) -> Discovery:
    return open_sources(path, ReadOptions(), io.BytesIO(b'{"text": "piped"}\n'))


def _open(path: str | Path) -> list[Source]:
    return _find(path).sources


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
        path.write_text('{"text": "a"}\n' if "json" in path.suffix else "" if path.suffix == ".toml" else "a")
    return seeds


def test_a_folder_is_walked_in_order(seeds: Path) -> None:
    names = [source.name for source in _open(seeds)]
    assert names == ["seeds/a.txt", "seeds/b.txt", "seeds/c.jsonl", "seeds/d.ndjson", "seeds/sub/x.txt"]


def test_every_file_that_is_left_out_is_named_with_its_reason(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (seeds / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(seeds / "pipe.jsonl")
    for name in ("old.jsonl.gz", "old.jsonl.1", "result.json", "lonely.toml"):
        (seeds / name).touch()

    assert {skipped.name: skipped.reason for skipped in _find(seeds).skipped} == {
        "seeds/.git/": "hidden folder",
        "seeds/.hidden.txt": "hidden file",
        "seeds/README.md": UNKNOWN,
        "seeds/linked/": "a link to a folder; give the folder itself",
        "seeds/lonely.toml": "empty",
        "seeds/old.jsonl.1": "empty",
        "seeds/old.jsonl.gz": "empty",
        "seeds/pipe.jsonl": "not a regular file",
        "seeds/result.json": "empty",
    }


def test_nothing_below_is_both_read_and_left_out_or_neither(seeds: Path) -> None:
    found = _find(seeds)
    names = sorted([*(source.name for source in found.sources), *(skipped.name for skipped in found.skipped)])
    below = [path for path in seeds.rglob("*") if path.is_file() and ".git" not in path.parts and path.name != "a.toml"]
    assert names == sorted([*(f"seeds/{path.relative_to(seeds)}" for path in below), "seeds/.git/"])


def test_endings_in_capitals_are_known(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("a")
    (tmp_path / "B.JSONL").write_text('{"text": "b"}\n')
    assert [source.kind for source in _open(tmp_path)] == ["text", "jsonl"]


def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.jsonl")
    with pytest.raises(SourceNotFoundError, match=r"not a regular file\. - reads stdin"):
        _open(tmp_path / "p.jsonl")


@pytest.mark.parametrize("name", ["a.txt", "c.jsonl"])
def test_a_file_that_became_a_pipe_since_is_not_waited_for(seeds: Path, name: str) -> None:
    (source,) = _open(seeds / name)
    (seeds / name).unlink()
    os.mkfifo(seeds / name)
    with pytest.raises(SourceUnreadableError, match="not a regular file"):
        list(source.read())


def test_a_file_alone_gives_the_posts_that_its_folder_gives(seeds: Path) -> None:
    for name in ("a.txt", "c.jsonl"):
        (alone,) = _open(seeds / name)
        (among,) = [source for source in _open(seeds) if source.name == alone.name]
        assert list(alone.read()) == list(among.read())
        assert alone.identity == among.identity


def test_a_text_has_the_same_keys_whichever_folder_above_it_is_read(seeds: Path) -> None:
    for path in (seeds, seeds / "sub", seeds / "sub" / "x.txt"):
        (item,) = _open(path)[-1].read()
        assert isinstance(item.entry, RawPost)
        assert item.entry.channel.id == synthetic_id("sub")
        assert item.entry.message_id == synthetic_id("sub/x")


def test_of_texts_that_would_be_one_post_the_others_are_left_out(tmp_path: Path) -> None:
    for place, text in (("2023/news/a", "one"), ("2024/news/a", "two"), ("2024/news/b", "three"), ("2024/wire/a", "4")):
        path = tmp_path / f"{place}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    name = tmp_path.name
    found = _find(tmp_path)
    assert [source.name for source in found.sources] == [
        f"{name}/{place}.txt" for place in ("2023/news/a", "2024/news/b", "2024/wire/a")
    ]
    (left_out,) = found.skipped
    assert left_out.name == f"{name}/2024/news/a.txt"
    assert left_out.reason == f"its folder and name are those of {name}/2023/news/a.txt; give it ids in a header"
    assert not left_out.is_expected

    (tmp_path / "2024/news/a.toml").write_text("channel_id = 5\nmessage_id = 7\n")
    assert len(_open(tmp_path)) == 4


def test_the_working_folder_has_its_name(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(seeds / "sub")
    for path in (".", "x.txt", "../sub", str(seeds / "sub")):
        assert [source.name for source in _open(path)] == ["sub/x.txt"]


@pytest.mark.parametrize("target", ["a.jsonl", "nowhere.jsonl"])
def test_a_link_that_leads_to_no_file_is_bad_input(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.jsonl").symlink_to(target)
    with pytest.raises(NothingToReadError, match="a link that leads nowhere, or in a circle"):
        _open(tmp_path / "a.jsonl")


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
        ("seeds/README.md", "of no known format"),
        ("empty", "holds no archive"),
    ],
)
def test_what_cannot_be_opened_is_reported(path: str, message: str, seeds: Path) -> None:
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


def test_each_file_is_opened_once_to_be_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.jsonl", "c.jsonl.gz"):
        content = b'{"text": "a"}\n'
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    opened: list[str] = []
    before = disk_file.open_regular  # type: ignore[attr-defined]

    def counted(path: Path) -> BinaryIO:
        opened.append(path.name)
        file: BinaryIO = before(path)
        return file

    monkeypatch.setattr(disk_file, "open_regular", counted)
    _open(tmp_path)
    assert opened == ["a.txt", "b.jsonl", "c.jsonl.gz", "c.jsonl.gz"], "a packed file is unpacked for its first bytes"
