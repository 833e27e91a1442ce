from pathlib import Path

from schemas import DuplicateRecord
from sinks.jsonl import JsonLinesSink


def test_records_stand_one_to_a_line_in_the_order_written(tmp_path: Path) -> None:
    path = tmp_path / "out" / "duplicates.jsonl"
    records = [DuplicateRecord(key=f"tg:1:{n}", duplicate=None) for n in (2, 1)]

    with JsonLinesSink(path) as sink:
        for record in records:
            sink.write(record)

    assert [DuplicateRecord.model_validate_json(line) for line in path.read_bytes().splitlines()] == records
