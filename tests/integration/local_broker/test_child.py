"""Child processes of the local broker."""

from pathlib import Path

import pytest

from tests.support.mtproto_server.waiting import until
from tgwire.local_broker.child import Child


async def test_a_child_does_not_get_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_TELEGRAM__API_HASH", "top-secret")
    child = Child(["/bin/sh", "-c", "env"], tmp_path / "log", environment={"GIVEN": "value"})
    await until(lambda: child.exit_code is not None, "the end of the child")
    child.stop()
    output = (tmp_path / "log").read_text()
    assert "GIVEN=value" in output
    assert "PATH=" in output
    assert "top-secret" not in output
