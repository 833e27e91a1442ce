"""Nothing is lost and nothing is made up, whatever fails."""

from pathlib import Path

import pytest

from ingest.progress.ledger import Ledger
from tests.live.oracle import judge
from tests.live.simulation import Simulation


def _check(simulation: Simulation) -> None:
    simulation.run()
    with Ledger(simulation.state, "simulated") as ledger:
        assert judge(simulation, ledger) == []


@pytest.mark.parametrize("seed", range(24))
def test_no_seed_loses_a_post(seed: int, tmp_path: Path) -> None:
    _check(Simulation(seed, tmp_path, backfill=seed % 3 == 0, max_queue=(15, 400)[seed % 2]))
