"""A replay without Kafka that was killed goes on where its analysis was."""

import json
from collections.abc import Sequence
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from ingest.sources import Source, json_lines_source
from processors.core.outcomes import Analyzed, Deleted
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from runtime.errors import StateLockedError
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import Lane, RawPost
from tgwire.processes.analysis_journal import NAME, AnalysisJournal
from tgwire.processes.direct_replay import ANALYZED_TOGETHER, replay_direct

LINES: list[dict[str, Any]] = [
    {"channel_id": 7 + n % 3, "message_id": n + 1, "text": f"The harbour was closed in storm {n // 2}: ferries wait."}
    for n in range(2 * ANALYZED_TOGETHER + 50)
]
LINES.append({"channel_id": 7, "message_id": 1, "is_deleted": True})


class CountingAnalyzer:
    """The real one, which counts posts and is killed after some."""

    def __init__(self, analyzer: Analyzer, dies_after: int | None = None) -> None:
        self.posts, self._analyzer, self._dies_after = 0, analyzer, dies_after

    def analyze_all(self, raws: Sequence[RawPost]) -> list[Analyzed | Deleted]:
        if self._dies_after is not None and self.posts >= self._dies_after:
            raise KeyboardInterrupt
        self.posts += len(raws)
        return list(self._analyzer.analyze_all(raws))


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


def _written(path: Path) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return _written(tmp_path / "in.jsonl")


def _source(path: Path) -> Source:
    return json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)


def _run(path: Path, folder: Path, analyzer: CountingAnalyzer, language: LanguageSettings | None = None) -> None:
    journal = AnalysisJournal(folder, language or LanguageSettings(), QuoteSettings())
    is_done = False
    try:
        replay_direct([_source(path)], analyzer, folder, journal=journal)  # type: ignore[arg-type]
        is_done = True
    finally:
        journal.close(is_done=is_done)


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(analyzer: Analyzer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a replay that nothing ended."""
    folder = tmp_path_factory.mktemp("whole")
    replay_direct([_source(_written(folder / "in.jsonl"))], analyzer, folder / "out")
    return _files(folder / "out")


@pytest.fixture(scope="module")
def ended(analyzer: Analyzer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one left that was ended after two slices of posts. To be copied."""
    folder = tmp_path_factory.mktemp("ended")
    with pytest.raises(KeyboardInterrupt):
        _run(
            _written(folder / "in.jsonl"), folder / "out", CountingAnalyzer(analyzer, dies_after=2 * ANALYZED_TOGETHER)
        )
    assert list(_files(folder / "out")) == [NAME]
    return folder / "out"


def test_what_was_analyzed_is_not_analyzed_again_and_the_files_are_the_same(
    analyzer: Analyzer, whole: dict[str, bytes], ended: Path, path: Path, tmp_path: Path
) -> None:
    copytree(ended, tmp_path / "out")
    again = CountingAnalyzer(analyzer)
    _run(path, tmp_path / "out", again)
    assert again.posts == len(LINES) - 2 * ANALYZED_TOGETHER
    assert _files(tmp_path / "out") == whole


@pytest.mark.parametrize("cut", [1, 9, 5000])
def test_a_journal_that_was_cut_off_or_spoilt_is_used_up_to_there(
    analyzer: Analyzer, whole: dict[str, bytes], ended: Path, path: Path, tmp_path: Path, cut: int
) -> None:
    copytree(ended, tmp_path / "out")
    journal = tmp_path / "out" / NAME
    content = journal.read_bytes()
    journal.write_bytes(content[:-cut] + b"\0" * (cut // 2))
    again = CountingAnalyzer(analyzer)
    _run(path, tmp_path / "out", again)
    assert again.posts == len(LINES) - ANALYZED_TOGETHER
    assert _files(tmp_path / "out") == whole


def test_other_posts_or_settings_are_analyzed_from_the_start(
    analyzer: Analyzer, ended: Path, path: Path, tmp_path: Path
) -> None:
    copytree(ended, tmp_path / "a")
    copytree(ended, tmp_path / "b")
    again = CountingAnalyzer(analyzer)
    _run(path, tmp_path / "a", again, LanguageSettings(languages=("en",)))
    assert again.posts == len(LINES)
    path.write_text(path.read_text().replace("harbour", "airport"))
    again = CountingAnalyzer(analyzer)
    _run(path, tmp_path / "b", again)
    assert again.posts == len(LINES)


def test_one_replay_at_a_time_writes_to_a_folder(tmp_path: Path) -> None:
    def journal() -> AnalysisJournal:
        return AnalysisJournal(tmp_path, LanguageSettings(), QuoteSettings())

    first = journal()
    with pytest.raises(StateLockedError, match="another replay writes to it"):
        journal()
    first.close(is_done=True)
    journal().close(is_done=False)
    assert list(tmp_path.iterdir()) == [], "a replay that is refused leaves nothing"
