"""What is packed by accident or in bad faith."""

import bz2
import gzip
import io
import lzma
import os
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.errors import SourceNotFoundError
from ingest.sources import Discovery, ReadOptions, open_sources
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.tdesktop_html.format import FORMAT as DESKTOP_HTML
from tests.contract.sources.source_contract import posts, rejections
from tests.contract.sources.test_packed_source import LINES, TDL, tarred, zipped

LINE = b'{"text": "a"}\n'


def _find(path: Path, stdin: bytes = b"") -> Discovery:
    return open_sources(path, ReadOptions(), io.BytesIO(stdin))


def _reasons(found: Discovery) -> dict[str, str]:
    return {each.name: each.reason for each in found.skipped}


def test_members_that_climb_out_are_left_out_and_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["../../evil.jsonl", "/etc/evil.jsonl", "..\\evil.jsonl", "C:/evil.jsonl", "a/../../evil.jsonl", "ok.jsonl"]
    for name, packed in (("a.zip", zipped), ("a.tar", tarred)):
        (folder / name).write_bytes(packed(dict.fromkeys(names, LINE)))
        before = sorted(tmp_path.rglob("*"))
        found = _find(folder / name)
        assert [source.name for source in found.sources] == [f"in/{name}/ok.jsonl"]
        assert list(_reasons(found).values()) == ["its name leads out of the container"] * 5
        assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_of_zeros_behind_good_posts_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(LINE) + gzip.compress(bytes(96 << 20), 9))
    tracemalloc.start()
    (source,) = _find(path).sources
    items = list(source.read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(posts(items)) == 1
    assert "of this bomb" in rejections(items)[0].message
    assert peak < 40 << 20


def test_a_bomb_in_a_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.jsonl": LINE + bytes(96 << 20)}))
    (source,) = _find(path).sources
    items = list(source.read())
    assert len(posts(items)) == 1
    assert "bomb" in rejections(items)[-1].message


@pytest.mark.parametrize(
    ("blanks", "reason"), [(100_000, "are blanks"), (90 << 20, "unpacks to more than 500 times"), (0, "a.json")]
)
def test_blanks_before_an_export_are_named(blanks: int, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b" " * blanks + (TDL if blanks else b"{}")))
    (tmp_path / "a.tar").write_bytes(tarred({"a.json": b" " * 70_000, "b.json": TDL}))
    with pytest.raises(SourceNotFoundError, match=reason):
        _find(tmp_path / "a.json.gz")
    assert _reasons(_find(tmp_path / "a.tar")) == {f"{tmp_path.name}/a.tar/a.json": "empty"}


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000 + LINE,
        b"[" * 100_000,
        b"[" * 1_000 + b"]" * 1_000,
        b'{"a":' * 100_000,
        b'{"messages": [' + b'{"a": [' * 500,
    ],
)
def test_json_without_bottom_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SourceNotFoundError, match="nested too deeply"):
        _find(tmp_path / "a.json")


@pytest.mark.parametrize("content", [b"[[]]" * 60_000, b'{"a": "' + b"[" * 500 + b'"}', b"[] {} " * 200])
def test_brackets_side_by_side_or_in_a_string_are_not_deep(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SourceNotFoundError) as error:
        _find(tmp_path / "a.json")
    assert "nested" not in str(error.value)


def test_containers_within_containers_end_somewhere(tmp_path: Path) -> None:
    content = LINE
    name = "a.jsonl"
    for depth in range(6):
        content, name = zipped({name: content}), f"{depth}.zip"
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(SourceNotFoundError, match="packed more than 4 times"):
        _find(tmp_path / "a.zip")


def test_an_encrypted_member_and_a_broken_container_are_named(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.jsonl": LINE}))
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    (tmp_path / "cut.zip").write_bytes(zipped({"a.jsonl": LINE})[:-10])
    (tmp_path / "cut.tar").write_bytes(tarred({"a.jsonl": LINE, "b.jsonl": LINES})[:4000])
    (tmp_path / "good.jsonl").write_bytes(LINE)
    found = _find(tmp_path)
    reasons = _reasons(found)
    here = tmp_path.name
    assert reasons[f"{here}/locked.zip/a.jsonl"] == "encrypted; unpack it first"
    assert reasons[f"{here}/cut.zip"].startswith("the .zip file is cut")
    assert [source.name for source in found.sources] == [
        f"{here}/cut.tar/a.jsonl",
        f"{here}/cut.tar/b.jsonl",
        f"{here}/cut.zip/a.jsonl",
        f"{here}/good.jsonl",
    ]
    items = list(found.sources[1].read())
    assert len(posts(items)) == 2
    assert "it ends too early" in rejections(items)[-1].message


def test_a_member_with_a_wrong_checksum_is_reported_after_its_posts(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.jsonl": LINES}))
    central = content.find(b"PK\x01\x02")
    content[central + 16] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(content)
    (source,) = _find(tmp_path / "a.zip").sources
    items = list(source.read())
    assert len(posts(items)) >= 38
    assert "the checksum is wrong" in rejections(items)[-1].message


class _NoSeek(io.BytesIO):
    """zipfile writes sizes behind each content, as to a pipe."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("has_descriptors", [False, True])
@pytest.mark.parametrize("is_piped", [False, True])
def test_a_zip_that_is_cut_gives_its_posts_up_to_there(
    method: int, has_descriptors: bool, is_piped: bool, tmp_path: Path
) -> None:
    stream = _NoSeek() if has_descriptors else io.BytesIO()
    count = 699
    lines = b"".join(b'{"channel_id": 7, "message_id": %d, "text": "%x"}\n' % (n, n**99) for n in range(1, count + 1))
    with zipfile.ZipFile(stream, "w", method) as opened:
        for name in ("../out.jsonl", "a.jsonl", "b.jsonl", "c.jsonl"):
            opened.writestr(name, lines)
    whole = stream.getvalue()
    ends_known = method == zipfile.ZIP_DEFLATED or not has_descriptors
    for share in (0.3, 0.6, 0.9, 0.9999):
        cut = whole[: int(len(whole) * share)]
        (tmp_path / "a.zip").write_bytes(cut)
        pipe = io.BufferedReader(io.BytesIO(cut))
        found = open_sources("-" if is_piped else tmp_path / "a.zip", ReadOptions(), pipe) if ends_known else None
        if found is None:
            with pytest.raises(SourceNotFoundError, match="cut or broken"):
                _find(tmp_path / "a.zip")
            continue
        reasons = [each.reason for each in found.skipped if not each.is_expected]
        assert reasons == ["its name leads out of the container", reasons[-1]]
        assert "the .zip file is cut" in reasons[-1]
        counts = []
        for source in found.sources:
            ids = [post.message_id for post in posts(list(source.read()))]
            assert ids == list(range(1, len(ids) + 1))
            counts.append(len(ids))
        assert set(counts[:-1]) <= {count}
        assert sum(counts) > (share - 0.25) * 4 * count * 0.95


def _flipped(packed: bytes, at: int) -> bytes:
    return packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]


CHECKED: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "a.jsonl.gz": (gzip.compress, -6),
    "a.jsonl.bz2": (lambda data: bz2.compress(data, 1), -3),
    "a.jsonl.xz": (lambda data: lzma.compress(data, preset=1), -30),
    "a.jsonl.zst": (lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}), -1),
}


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("copies", [1, 20])
def test_a_wrong_checksum_costs_no_post(copies: int, name: str, tmp_path: Path) -> None:
    line = b'{"channel_id": 7, "message_id": %d, "text": "' + b"word" * copies + b'"}\n'
    lines = b"".join(line % n for n in range(1, 39 * copies + 1))
    pack, at = CHECKED[name]
    packed = pack(lines)
    damaged = _flipped(packed, len(packed) + at)
    (tmp_path / name).write_bytes(damaged)
    (source,) = _find(tmp_path / name).sources
    items = list(source.read())
    assert len(posts(items)) == 39 * copies
    assert f"after {len(lines):,} unpacked bytes" in rejections(items)[-1].message
    assert len(rejections(items)) == 1

    (tmp_path / "a.tar").write_bytes(tarred({name: damaged, "b.jsonl": LINE}))
    first, second = _find(tmp_path / "a.tar").sources
    assert [len(posts(list(each.read()))) for each in (first, second)] == [39 * copies, 1]

    if copies > 1:  # of a pipe 4 kB may be lost
        pipe = io.BufferedReader(io.BytesIO(damaged))
        (source,) = open_sources("-", ReadOptions(), pipe).sources
        items = list(source.read())
        assert 39 * copies - 100 < len(posts(items))
        assert "broken" in rejections(items)[-1].message


@pytest.mark.parametrize("name", CHECKED)
def test_posts_before_a_damaged_place_are_given(name: str, tmp_path: Path) -> None:
    lines = b"".join(b'{"channel_id": 7, "message_id": %d, "text": "%x"}\n' % (n, n**20) for n in range(1, 9_000))
    packed = CHECKED[name][0](lines)
    (tmp_path / name).write_bytes(packed[: len(packed) // 2] + bytes(50) + packed[len(packed) // 2 + 50 :])
    (source,) = _find(tmp_path / name).sources
    items = list(source.read())
    given = [post.message_id for post in posts(items)]
    assert given[:3000] == list(range(1, 3001))  # right before the place a library may unpack nonsense
    assert "broken" in rejections(items)[-1].message


def test_posts_right_before_a_damaged_place_of_a_zip_are_given(tmp_path: Path) -> None:
    lines = b"".join(b'{"channel_id": 7, "message_id": %d, "text": "%x"}\n' % (n, n**20) for n in range(1, 3_000))
    data = zipped({"a.jsonl": lines})
    at = len(data) // 2
    data = data[:at] + bytes(40_000) + data[at + 40_000 :]
    inflate, given = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    with suppress(zlib.error):
        for byte in data[data.index(b"a.jsonl") + len("a.jsonl") :]:
            given += inflate.decompress(bytes((byte,)))
    assert not inflate.eof
    sound = next(at for at, (one, other) in enumerate(zip(lines, given + b"\0", strict=False)) if one != other)
    sound = lines[:sound].count(b"\n")
    (tmp_path / "a.zip").write_bytes(data)
    (source,) = _find(tmp_path / "a.zip").sources
    items = list(source.read())
    assert [post.message_id for post in posts(items)][:sound] == list(range(1, sound + 1))
    assert "broken" in rejections(items)[-1].message


@pytest.mark.parametrize("packed", [TDL, gzip.compress(TDL), zipped({"a.json": TDL}), tarred({"a.json": TDL}, "w:gz")])
def test_stdin_is_unpacked_and_recognised(packed: bytes) -> None:
    (source,) = open_sources("-", ReadOptions(), io.BytesIO(packed)).sources
    assert source.kind == "tdl"
    assert len(posts(list(source.read()))) == 39


def test_a_document_is_not_opened_as_a_container(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(zipped({"word/document.xml": b"<w/>"}))
    (tmp_path / "a.jsonl").write_bytes(LINE)
    assert [each.is_expected for each in _find(tmp_path).skipped] == [True]


def test_media_of_an_export_are_counted_and_no_fault(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(20):
        (tmp_path / "photos" / f"photo_{number}.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "a.json").write_bytes(TDL)
    (tmp_path / "README.txt").write_text("About this data")
    found = _find(tmp_path)
    assert len(found.sources) == 1
    assert all(each.is_expected for each in found.skipped)
    assert f"{tmp_path.name}/photos/ (20 files)" in _reasons(found)


def test_companions_are_no_fault_with_a_format_that_is_given(tmp_path: Path) -> None:
    page = b"<html><title>Exported Data</title><div class='x'><div class=\"page_body list_page\"></div></div></html>"
    files = {
        "photos/a.jpg": b"x",
        "css/style.css": b".page_wrap {}",
        "js/script.js": b"y",
        ".hidden": b"z",
        "lists/contacts.html": page,
        "messages.html": page.replace(b"list_page", b"chat_page"),
    }
    for name, content in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    (tmp_path / "a.zip").write_bytes(zipped(files))
    for path in (tmp_path / "in", tmp_path / "a.zip"):
        found = open_sources(path, ReadOptions(), io.BytesIO(), DESKTOP_HTML)
        assert [source.name.rpartition("/")[2] for source in found.sources] == ["messages.html"]
        assert len(found.skipped) == 5
        assert all(each.is_expected for each in found.skipped), found.skipped


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.jsonl").write_bytes(LINE)
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", refuse)  # root may list everything
    found = _find(tmp_path)
    assert len(found.sources) == 1
    assert _reasons(found) == {f"{tmp_path.name}/closed/": "the folder cannot be read (Permission denied)"}


def test_a_file_that_is_rewritten_while_it_is_read_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE * 5)
    (source,) = _find(path).sources
    items = []
    for item in source.read():
        items.append(item)
        if len(items) == 1:
            path.write_bytes(LINE)
    assert len(posts(items)) == 5  # they were in memory already
    assert "changed while it was read" in rejections(items)[-1].message
    assert items[-1].position is None


def test_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr("a.jsonl", b'{"text": "first"}\n')
        with pytest.warns(UserWarning, match="Duplicate name"):
            opened.writestr("a.jsonl", b'{"text": "second"}\n')
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    found = [post.text for source in _find(tmp_path / "a.zip").sources for post in posts(list(source.read()))]
    assert found == ["first", "second"]
