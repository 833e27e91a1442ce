"""Analysis in several processes gives the files that one gives, byte for byte."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from ingest.sources import Rejected, json_lines_source
from processors.errors import LanguageSettingError
from processors.loading import load_analyzer
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import Lane
from tests.support.patience import DEADLINE_S
from tgwire.processes.analysis_pool import AnalysisPool, AnalysisProcessLostError
from tgwire.processes.direct_replay import replay_direct
from tgwire.processes.packed_analysis import decode

LINES = [
    {"channel_id": 7 + n % 3, "message_id": n + 1, "text": f"The harbour was closed in storm {n // 2}: ferries wait."}
    for n in range(350)
]


@pytest.fixture(scope="module")
def pool() -> Iterator[AnalysisPool]:
    with AnalysisPool(2, LanguageSettings(), QuoteSettings()) as pool:
        yield pool


def test_the_files_are_those_of_one_process(pool: AnalysisPool, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps(line) for line in LINES]
    lines[5] = "{broken"
    lines.append(json.dumps({"channel_id": 7, "message_id": 1, "is_deleted": True}))
    path.write_text("\n".join(lines) + "\n")
    written = []
    for name, analysis in (("one", load_analyzer()), ("two", pool)):
        rejected: list[Rejected] = []
        source = json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)
        summary = replay_direct([source], analysis, tmp_path / name, on_rejected=rejected.append)
        assert (summary.published, summary.rejected, len(rejected)) == (350, 1, 1)
        written.append({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert written[0]["posts.duplicates.jsonl"].count(b'"kind"') > 100


def test_a_process_that_was_killed_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    others = set(active_children())
    with AnalysisPool(2, LanguageSettings(), QuoteSettings()) as pool:
        assert len(set(active_children()) - others) == 2, "a process that starts later can be waited for for ever"
        started: list[tuple[str, list[bytes]]] = [("first", [])]
        assert [decode(outcomes) for _, outcomes in pool.outcomes(iter(started), lambda: True)] == [[]]
        for process in set(active_children()) - others:
            process.kill()
        with pytest.raises(AnalysisProcessLostError, match="fewer jobs"):
            replay_direct([json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)], pool, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_process_cannot_load_is_the_error_of_the_replay(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(LINES[0]) + "\n")
    with (
        AnalysisPool(1, LanguageSettings(languages=("tlh",)), QuoteSettings()) as pool,
        pytest.raises(LanguageSettingError, match=r"language\.languages: no model knows tlh"),
    ):
        replay_direct([json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)], pool, tmp_path / "out")


SCRIPT = """
import time
from multiprocessing import active_children
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from tgwire.processes.analysis_pool import AnalysisPool

if __name__ == "__main__":
    with AnalysisPool(1, LanguageSettings(), QuoteSettings()) as pool:
        list(pool.outcomes(iter([(1, []), (2, []), (3, [])]), lambda: True))
        print(*(child.pid for child in active_children()), flush=True)
        time.sleep(600)
"""


def test_a_parent_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(SCRIPT)
    with subprocess.Popen([sys.executable, tmp_path / "run.py"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        numbers = [int(number) for number in process.stdout.readline().split()]
        process.kill()
    assert numbers
    deadline = time.monotonic() + DEADLINE_S
    while any(_is_running(number) for number in numbers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_running(number: int) -> bool:
    try:
        return "spawn" in Path(f"/proc/{number}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
