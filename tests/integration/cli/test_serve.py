"""``tgwire serve`` as its user runs it."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from sinks.store.sqlite.database import SqliteDatabase
from tests.support.command_line import tgwire
from tests.support.patience import DEADLINE_S

COMMAND = [sys.executable, "-m", "tgwire", "serve"]


def refused(*arguments: str) -> str:
    done = tgwire("serve", *arguments)
    assert done.returncode == 4
    (line,) = done.stderr.splitlines()
    return line


def test_it_says_where_it_serves_and_ends_in_order(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path / "tgwire.db").close()
    process = subprocess.Popen(
        [*COMMAND, "--store", str(tmp_path / "tgwire.db"), "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        found = re.search(r"Pages: (http://127\.0\.0\.1:\d+/)", process.stderr.readline())
        assert found is not None
        with urllib.request.urlopen(found[1], timeout=DEADLINE_S) as page:
            assert "No posts yet" in page.read().decode()
        with urllib.request.urlopen(f"{found[1]}live?place=0-0", timeout=DEADLINE_S) as follows:
            assert follows.readline() == b": alive\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_S) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_others_are_not_let_in_without_a_token(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path / "tgwire.db").close()
    line = refused("--store", str(tmp_path / "tgwire.db"), "--host", "0.0.0.0")
    assert "0.0.0.0 can be reached by others: give --token-file FILE, or --user-header NAME" in line


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "there is no store. Collect or replay into it first" in refused("--store", str(tmp_path / "none.db"))


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path / "tgwire.db").close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("--store", str(tmp_path / "tgwire.db"), "--port", str(port))
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; give --port a free one" in line
