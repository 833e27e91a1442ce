"""The long set: ``python -m tests.chaos.collector --seeds 20 --seed 1``. Exit code 0 when every promise held."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from tests.chaos.collector.faults import FAULTS
from tests.chaos.collector.process import shortened_waits
from tests.chaos.collector.scenario import Plan, Report, run, table


def main() -> int:
    """Run scenarios from the command line."""
    defaults = Plan(1)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.collector", description="Faults against live collection."
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many scenarios")
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--faults", type=int, default=defaults.faults, help="in each scenario")
    parser.add_argument("--at-once", type=int, default=3, help="scenarios at a time")
    parser.add_argument("--kinds", default=",".join(FAULTS), help="faults, comma-separated")
    parser.add_argument("--verbose", action="store_true", help="show the collector's log")
    chosen = parser.parse_args()
    if not chosen.verbose:
        _be_quiet()
    seeds = range(chosen.seed, chosen.seed + chosen.seeds)
    plans = [Plan(seed, faults=chosen.faults, kinds=tuple(chosen.kinds.split(","))) for seed in seeds]
    with tempfile.TemporaryDirectory(prefix="tgwire-collecting-") as folder, shortened_waits():
        reports = asyncio.run(_run_all(plans, Path(folder), chosen.at_once))
    _say("\n".join(table(reports)))
    return 0 if all(report.is_good for report in reports) else 1


async def _run_all(plans: Sequence[Plan], folder: Path, at_once: int) -> list[Report]:
    slots = asyncio.Semaphore(at_once)

    async def run_one(plan: Plan) -> Report:
        async with slots:
            report = await run(plan, folder / str(plan.seed))
        _say(f"seed {plan.seed}: {' '.join(due.name for due in plan.schedule())}")
        if not report.is_good:
            _say(f"  {report.findings} {report.server_errors}")
        return report

    return await asyncio.gather(*map(run_one, plans))


def _be_quiet() -> None:
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
