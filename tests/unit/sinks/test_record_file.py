from pathlib import Path

import pytest

from schemas import DuplicateRecord
from sinks.record_file import RecordFile


def test_records_are_one_to_a_line_in_the_order_written(tmp_path: Path) -> None:
    path = tmp_path / "out" / "duplicates.jsonl"
    records = [DuplicateRecord(key=f"tg:1:{n}", revision="r", duplicate=None) for n in (2, 1)]

    with RecordFile(path) as sink:
        for record in records:
            sink.write(record)

    assert [DuplicateRecord.model_validate_json(line) for line in path.read_bytes().splitlines()] == records


def test_a_file_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "duplicates.jsonl"
    path.write_text("an earlier run\n")

    with RecordFile(path) as sink:
        sink.write(DuplicateRecord(key="tg:1:1", revision="r", duplicate=None))
        assert path.read_text() == "an earlier run\n"

    assert DuplicateRecord.model_validate_json(path.read_bytes()).key == "tg:1:1"
    assert list(tmp_path.iterdir()) == [path]


def _break_off(path: Path, error: type[BaseException]) -> None:
    with RecordFile(path) as sink:
        sink.write(DuplicateRecord(key="tg:1:1", revision="r", duplicate=None))
        raise error


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_run_that_breaks_off_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "duplicates.jsonl"
    path.write_text("an earlier run\n")

    with pytest.raises(error):
        _break_off(path, error)

    assert path.read_text() == "an earlier run\n"
    assert list(tmp_path.iterdir()) == [path]
