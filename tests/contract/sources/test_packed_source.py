"""Archives that are compressed or lie within containers."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from ingest.sources.containers.zstd_library import zstd
from tests.contract.sources.source_contract import Case, SourceContract, posts

LINES = b"".join(
    json.dumps({"channel_id": 7, "message_id": n, "text": f"слово {n} 👍" * 20}).encode() + b"\n" for n in range(1, 40)
)


def tdl(given: Iterable[tuple[int, str]]) -> bytes:
    messages = [
        {"id": number, "type": "message", "file": "", "date": 1_780_980_391, "text": text} for number, text in given
    ]
    return json.dumps({"id": 7, "messages": messages}, separators=(",", ":")).encode()


TDL = tdl((number, f"text {number}") for number in range(1, 40))


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return stream.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as opened:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def two_frames(content: bytes) -> bytes:
    half = len(content) // 2
    skippable = bytes.fromhex("502a4d18") + (4).to_bytes(4, "little") + b"note"
    return zstd.compress(content[:half]) + skippable + zstd.compress(content[half:])


class TestPacked(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        ".gz": Case({"a.jsonl.gz": gzip.compress(LINES)}, posts=39),
        ".gz of two parts and zeros": Case(
            {"a.jsonl.gz": gzip.compress(LINES[:99]) + gzip.compress(LINES[99:]) + bytes(512)}, posts=39
        ),
        ".bz2": Case({"a.jsonl.bz2": bz2.compress(LINES)}, posts=39),
        ".xz": Case({"a.jsonl.xz": lzma.compress(LINES)}, posts=39),
        ".zst": Case({"a.jsonl.zst": zstd.compress(LINES)}, posts=39),
        ".zst of two frames": Case({"a.jsonl.zst": two_frames(LINES)}, posts=39),
        ".gz of an archive, without its ending": Case({"export": gzip.compress(TDL)}, posts=39),
        ".gz, cut": Case(
            {"a.json.gz": gzip.compress(TDL, 0)[:-200]}, posts=36, rejected=1, has_open_end=True
        ),
        ".zst, cut": Case(
            {"a.jsonl.zst": zstd.compress(LINES, options={zstd.CompressionParameter.checksum_flag: 1})[:-4]},
            posts=39, rejected=1, has_open_end=True,
        ),
        ".gz with something else behind": Case(
            {"a.jsonl.gz": gzip.compress(LINES) + b"something else"}, posts=39, rejected=1, has_open_end=True
        ),
    }  # fmt: skip

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json.gz": gzip.compress(tdl(given))}


class TestContainers(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        ".zip": Case({"a.zip": zipped({"export/a.json": TDL})}, posts=39),
        ".tar": Case({"a.tar": tarred({"export/a.json": TDL})}, posts=39),
        ".tar.gz": Case({"a.tar.gz": tarred({"export/a.json": TDL}, "w:gz")}, posts=39),
        ".tgz": Case({"a.tgz": tarred({"export/a.json": TDL}, "w:gz")}, posts=39),
        ".tar.zst": Case({"a.tar.zst": zstd.compress(tarred({"export/a.json": TDL}))}, posts=39),
        ".gz in a .zip": Case({"a.zip": zipped({"a.json.gz": gzip.compress(TDL)})}, posts=39),
        ".zip in a .zip": Case({"a.zip": zipped({"b.zip": zipped({"a.json": TDL})})}, posts=39),
        ".zip in a .tar.xz": Case({"a.tar.xz": lzma.compress(tarred({"b.zip": zipped({"a.json": TDL})}))}, posts=39),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.zip": zipped({"export/a.json": tdl(given)})}

    def test_a_file_that_is_gone_is_an_error_that_names_it(self, case: Case, folder: Path) -> None:
        """A container stays open while its members are read."""

    def test_posts_are_those_of_the_unpacked_folder(self, tmp_path: Path) -> None:
        (tmp_path / "news").mkdir()
        (tmp_path / "news" / "sub").mkdir()
        (tmp_path / "news" / "sub" / "a.txt").write_text("a post")
        (tmp_path / "packed" / "x").mkdir(parents=True)
        (tmp_path / "packed" / "x" / "news.zip").write_bytes(zipped({"sub/a.txt": b"a post"}))
        (plain,) = posts(self.items(Case({}, opened="."), tmp_path / "news"))
        (packed,) = posts(self.items(Case({}, opened="news.zip"), tmp_path / "packed" / "x"))
        assert (packed.channel, packed.message_id) == (plain.channel, plain.message_id)
