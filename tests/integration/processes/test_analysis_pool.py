"""Analysis in several processes gives the files that one gives, byte for byte."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from ingest.sources import Rejected, json_lines_source
from processors.core.pipeline import Analyzer
from processors.errors import LanguageSettingError
from processors.loading import load_analyzer
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import Channel, Lane, PostSource, RawPost
from tests.support.patience import DEADLINE_S
from tgwire.processes.analysis_pool import AnalysisPool
from tgwire.processes.analysis_process import AnalysisProcess, AnalysisProcessLostError
from tgwire.processes.direct_replay import replay_direct
from tgwire.processes.packed_analysis import analyzed, decode

LINES = [
    {"channel_id": 7 + n % 3, "message_id": n + 1, "text": f"The harbour was closed in storm {n // 2}: ferries wait."}
    for n in range(1500)
]


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


@pytest.fixture(scope="module")
def pool() -> Iterator[AnalysisPool]:
    with AnalysisPool([_process() for _ in range(2)]) as pool:
        for process in pool.others:
            process.wait_until_ready()
        yield pool


def test_the_files_are_those_of_one_process(analyzer: Analyzer, pool: AnalysisPool, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps(line) for line in LINES]
    lines[5] = "{broken"
    lines.append(json.dumps({"channel_id": 7, "message_id": 1, "is_deleted": True}))
    path.write_text("\n".join(lines) + "\n")
    written = []
    for name, others in (("one", None), ("three", pool)):
        rejected: list[Rejected] = []
        source = json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)
        summary = replay_direct([source], analyzer, tmp_path / name, pool=others, on_rejected=rejected.append)
        assert (summary.published, summary.rejected, len(rejected)) == (len(LINES), 1, 1)
        written.append({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert written[0]["posts.duplicates.jsonl"].count(b'"kind"') > 100


@pytest.mark.parametrize("is_ready", [True, False])
def test_the_order_stays_wherever_slices_are_analyzed(analyzer: Analyzer, pool: AnalysisPool, is_ready: bool) -> None:
    slices = [[_post(10 * number + n) for n in range(2)] for number in range(12)]
    given = ((number, posts, [post.to_json() for post in posts]) for number, posts in enumerate(slices))
    with nullcontext(pool) if is_ready else AnalysisPool([_process()]) as used:
        done = list(used.outcomes(given, partial(analyzed, analyzer), lambda: True))
    assert [number for number, _ in done] == list(range(12))
    assert isinstance(done[0][1], bytes) is is_ready, "while others load, nothing waits for them"
    assert [decode(outcomes) if isinstance(outcomes, bytes) else outcomes for _, outcomes in done] == [
        analyzed(analyzer, posts) for posts in slices
    ]


def test_a_process_that_was_killed_is_an_error_and_leaves_no_file(analyzer: Analyzer, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    others = set(active_children())
    with AnalysisPool([_process()]) as pool:
        (process,) = set(active_children()) - others
        pool.others[0].wait_until_ready()
        process.kill()
        with pytest.raises(AnalysisProcessLostError, match="fewer jobs"):
            replay_direct(
                [json_lines_source(path, "news/in.jsonl", Lane.BACKFILL)], analyzer, tmp_path / "out", pool=pool
            )
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_process_cannot_load_is_the_error_of_the_replay(analyzer: Analyzer) -> None:
    with (
        AnalysisPool([AnalysisProcess(LanguageSettings(languages=("tlh",)), QuoteSettings())]) as pool,
        pytest.raises(LanguageSettingError, match=r"language\.languages: no model knows tlh"),
    ):
        pool.others[0].wait_until_ready()


SCRIPT = """
import time
from multiprocessing import active_children
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from tgwire.processes.analysis_process import AnalysisProcess

if __name__ == "__main__":
    process = AnalysisProcess(LanguageSettings(), QuoteSettings())
    process.wait_until_ready()
    process.assign([])
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


def _process() -> AnalysisProcess:
    return AnalysisProcess(LanguageSettings(), QuoteSettings())


def _post(number: int) -> RawPost:
    text = f"Ferry {number} waits for the storm to pass."
    return RawPost(channel=Channel(id=7), message_id=number + 1, text=text, source=PostSource(kind="test"))


def _is_running(number: int) -> bool:
    try:
        return "spawn" in Path(f"/proc/{number}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
