"""Flink SQL in a process of its own: statements in, the rows of each SELECT out."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.contract.engines import flink_ddl
from tests.integration.engines.artifacts import FLINK, jars
from tgwire.local_broker.engine import find_java

_PROGRAM = Path(__file__).parent / "RunSql.java"
_TIMEOUT_S = 900
_OPENED = ("java.base/java.util", "java.base/java.lang", "java.base/java.time", "java.base/java.nio")
"""Flink reaches into these by reflection."""


def run_sql(folder: Path, bootstrap_servers: str, selects: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The rows of each SELECT over the flat tables, as of the end of the topics now."""
    ddl = flink_ddl().replace("localhost:9092", bootstrap_servers)
    bounded = ddl.replace("'connector' =", "'scan.bounded.mode' = 'latest-offset',\n    'connector' =")
    script = folder / "script.sql"
    script.write_text(bounded + "".join(f"\n{select};\n" for select in selects))
    options = [option for name in _OPENED for option in ("--add-opens", f"{name}=ALL-UNNAMED")]
    options += ["-Xmx1g", "-XX:TieredStopAtLevel=1", f"-Djava.io.tmpdir={folder}"]
    run = subprocess.run(
        [find_java(), *options, "-cp", f"{jars(FLINK)}/*", _PROGRAM, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-4000:]
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[")]
