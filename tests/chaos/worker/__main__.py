"""The long set: ``python -m tests.chaos.worker --rounds 50 --seed 1``. Exit code 0 when every promise held, 2 when the
schedule cannot run here.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.worker.faults import all_kinds, cannot_run
from tests.chaos.worker.report import Plan
from tests.chaos.worker.trial import run_trial
from tgwire.local_broker import missing


def main() -> int:
    """Run a plan from the command line."""
    defaults = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.worker", description="Faults against a real pipeline.")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--kinds", help="faults, comma-separated; default: all that so many brokers are enough for")
    parser.add_argument("--brokers", type=int, choices=range(1, 10), default=defaults.brokers, help="node_kill needs 3")
    parser.add_argument("--workers", type=int, default=defaults.workers)
    parser.add_argument(
        "--partitions", type=int, default=defaults.partitions, help="of each topic; 1, 6 and 12 are tried"
    )
    parser.add_argument("--rate", type=float, default=defaults.rate, help="posts a second")
    parser.add_argument("--session-timeout", type=float, default=defaults.session_timeout_s, metavar="SECONDS")
    parser.add_argument("--max-minutes", type=float, default=120.0, help="begin no round after so long")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    chosen = parser.parse_args()
    kinds = chosen.kinds.split(",") if chosen.kinds else all_kinds(chosen.brokers)
    if reason := missing("apache") or cannot_run(kinds, chosen.brokers):
        sys.stderr.write(f"this schedule cannot run here: {reason}\n")
        return 2
    plan = Plan(
        seed=chosen.seed,
        rounds=chosen.rounds,
        kinds=tuple(kinds),
        brokers=chosen.brokers,
        workers=chosen.workers,
        partitions=chosen.partitions,
        rate=chosen.rate,
        session_timeout_s=chosen.session_timeout,
        max_s=60 * chosen.max_minutes,
    )
    report = run_trial(plan, Path(tempfile.mkdtemp(prefix="tgwire-chaos-")), _say)
    _say(report.table())
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return 0 if report.is_good else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
