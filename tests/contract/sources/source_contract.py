"""What every source of raw posts does, whatever it reads. Each format has a class of its own with its cases:

class TestTdl(SourceContract):
    CASES = {"plain": Case({"a.json": EXPORT}, posts=3)}
"""

import io
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from ingest.errors import SourceUnreadableError
from ingest.sources import NoPost, NoPostKind, Rejected, Source, SourceItem, open_sources
from ingest.sources.options import ReadOptions
from schemas import Lane, RawPost


@dataclass(frozen=True)
class Case:
    """Files of a folder that are one archive, and what is in them."""

    files: dict[str, bytes]
    """By name; may hold folders."""
    posts: int = 0
    rejected: int = 0
    no_posts: dict[NoPostKind, int] = field(default_factory=dict)
    options: ReadOptions = field(default_factory=ReadOptions)
    opened: str | None = None
    """The file that is opened; None: the first. ``.`` is the folder."""
    open: Callable[[Path], Source] | None = None
    """How it is opened; None: by detection."""
    is_file: bool = True
    has_open_end: bool = False
    """The last record is cut off: it is read again when the file is whole."""
    encodings: tuple[str, ...] = ()
    """Encodings in which the file opened must give the same posts (texts in UTF-8 only)."""


class SourceContract:
    """Subclasses give ``CASES``."""

    CASES: ClassVar[dict[str, Case]] = {}

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        """Files of one archive that holds posts of one channel, id and text, in this order."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each case."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.CASES.values(), ids=self.CASES.keys())

    @pytest.fixture
    def folder(self, case: Case, tmp_path: Path) -> Path:
        folder = tmp_path / "news"
        for name, content in case.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def source(self, case: Case, folder: Path) -> Source:
        if case.open is not None:
            return case.open(folder)
        path = folder / (case.opened or next(iter(case.files)))
        (source,) = open_sources(path, case.options, io.BytesIO()).sources
        return source

    def items(self, case: Case, folder: Path) -> list[SourceItem]:
        return list(self.source(case, folder).read())

    def test_every_record_is_a_post_or_rejected_or_counted(self, case: Case, folder: Path) -> None:
        items = self.items(case, folder)
        assert (len(posts(items)), len(rejections(items))) == (case.posts, case.rejected), rejections(items)
        assert Counter(item.entry.kind for item in items if isinstance(item.entry, NoPost)) == case.no_posts

    def test_every_run_gives_the_same(self, case: Case, folder: Path) -> None:
        assert self.items(case, folder) == self.items(case, folder)

    def test_keys_and_names_do_not_depend_on_where_the_folder_lies(
        self, case: Case, folder: Path, tmp_path: Path
    ) -> None:
        elsewhere = tmp_path / "backup" / "news"
        shutil.copytree(folder, elsewhere)
        assert self.items(case, folder) == self.items(case, elsewhere)

    def test_no_record_and_no_message_holds_an_absolute_path(self, case: Case, folder: Path) -> None:
        source = self.source(case, folder)
        items = list(source.read())
        said = [post.model_dump_json() for post in posts(items)] + [str(rejected) for rejected in rejections(items)]
        assert not [line for line in [*said, source.name, *source.warnings] if str(folder.parent) in line]

    def test_a_record_says_where_it_comes_from(self, case: Case, folder: Path) -> None:
        source = self.source(case, folder)
        for item in source.read():
            if isinstance(item.entry, RawPost):
                assert item.entry.source.kind == source.kind
                assert (item.entry.source.name or "").startswith(source.name.rpartition("/")[0])
                assert item.entry.source.position == item.line
            elif isinstance(item.entry, Rejected):
                assert item.entry.source.startswith(source.name.rpartition("/")[0])
                assert item.entry.message

    def test_every_position_resumes_without_loss_or_repeat(self, case: Case, folder: Path) -> None:
        items = self.items(case, folder)
        for number, item in enumerate(items):
            if item.position is None:
                assert case.has_open_end
                assert number == len(items) - 1
            else:
                assert list(self.source(case, folder).read(item.position)) == items[number + 1 :]

    def test_positions_grow(self, case: Case, folder: Path) -> None:
        offsets = [item.position.offset for item in self.items(case, folder) if item.position is not None]
        assert offsets == sorted(set(offsets))
        assert all(offset > 0 for offset in offsets)

    def test_nothing_is_made_up(self, case: Case, folder: Path) -> None:
        for post in posts(self.items(case, folder)):
            assert post.collected_at is None
            assert post.order is None

    def test_the_lane_is_the_one_asked_for(self, case: Case, folder: Path) -> None:
        if case.open is not None:
            return
        live = Case(case.files, options=ReadOptions(lane=Lane.LIVE), opened=case.opened)
        assert {post.lane for post in posts(self.items(live, folder))} <= {Lane.LIVE}

    def test_a_reader_can_be_left_halfway(self, case: Case, folder: Path) -> None:
        reader = self.source(case, folder).read()
        next(reader, None)
        del reader  # a file left open would be a ResourceWarning, and so an error

    def test_the_identity_differs_between_files_and_is_stable(self, case: Case, folder: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "backup" / "news"
        shutil.copytree(folder, elsewhere)
        first, second, other = (self.source(case, each).identity for each in (folder, folder, elsewhere))
        if case.is_file:
            assert first == second != other
        else:
            assert first is second is other is None

    def test_a_file_that_is_gone_is_an_error_that_names_it(self, case: Case, folder: Path) -> None:
        source = self.source(case, folder)
        shutil.rmtree(folder)
        assert source.total_bytes is None
        if case.is_file:
            with pytest.raises(SourceUnreadableError, match="news/"):
                list(source.read())

    def test_a_post_that_is_there_twice_comes_out_once(self, tmp_path: Path) -> None:
        given = ((21, "first"), (22, "second"), (22, "second"), (23, "third"), (24, "fourth"), (21, "another"))
        case = Case({}, opened=".")
        for name, content in self.archive(*given).items():
            path = tmp_path / "news" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        items = self.items(case, tmp_path / "news")
        assert [(post.message_id, post.text) for post in posts(items)] == [*given[:2], *given[3:5]]
        repeats = rejections(items)
        assert len(repeats) == len(items) - 4 == 2
        for repeat in repeats:
            assert " before it " in repeat.message
            assert repeat.source.startswith("news/")
            assert repeat.line or repeat.record
        for number, item in enumerate(items):
            assert list(self.source(case, tmp_path / "news").read(item.position)) == items[number + 1 :]

    def test_the_same_text_in_another_encoding_gives_the_same_posts(self, case: Case, folder: Path) -> None:
        path = folder / (case.opened or next(iter(case.files)))
        before = posts(self.items(case, folder))
        for encoding in case.encodings:
            path.write_bytes(next(iter(case.files.values())).decode().encode(encoding))
            assert [post.text for post in posts(self.items(case, folder))] == [post.text for post in before]


def posts(items: list[SourceItem]) -> list[RawPost]:
    """The posts among items."""
    return [item.entry for item in items if isinstance(item.entry, RawPost)]


def rejections(items: list[SourceItem]) -> list[Rejected]:
    """The rejections among items."""
    return [item.entry for item in items if isinstance(item.entry, Rejected)]
