"""A worker that is killed while it writes states leaves a table that goes on from its log."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from processors.stream.state.state_table import LogPosition, StateRow, StateTable
from tests.support.patience import DEADLINE_S

WRITER = """
import sys
from pathlib import Path
from processors.stream.state.state_table import LogPosition, StateRow, StateTable
table = StateTable(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    rows = {(channel, number): StateRow(5, number.to_bytes(8)) for channel in range(1, 301)}
    table.write(rows, LogPosition("normalized", "states", number, b"digest"))
    if number == 20:
        print("writing", flush=True)
"""


def test_rows_and_position_are_kept_together(tmp_path: Path) -> None:
    path = tmp_path / "0.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=DEADLINE_S)
    table = StateTable(path)
    offset = table.position.offset
    assert offset >= 20
    assert len(table) == 300 * offset
    table.write({(1, 1): None}, LogPosition("normalized", "states", offset + 1, b"next"))
    assert len(table) == 300 * offset - 1
    table.close()


def test_the_journal_is_brought_into_the_file_at_work(tmp_path: Path) -> None:
    path = tmp_path / "0.sqlite"
    table = StateTable(path)
    deadline = time.monotonic() + DEADLINE_S
    number = 0
    while path.stat().st_size < 500_000 and time.monotonic() < deadline:
        rows = {(channel, number): StateRow(5, bytes(29)) for channel in range(1, 1001)}
        table.write(rows, LogPosition("normalized", "states", number))
        number += 1
    assert path.stat().st_size >= 500_000
    table.close()
    assert not path.with_name("0.sqlite-wal").exists()
    with sqlite3.connect(path) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
    db.close()
