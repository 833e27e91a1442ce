"""Nothing is lost and nothing is made up, whatever fails."""

from pathlib import Path

import pytest

from tests.support.collector_sim.simulation import Simulation


@pytest.mark.parametrize("seed", range(24))
def test_no_seed_loses_a_post(seed: int, tmp_path: Path) -> None:
    simulation = Simulation(seed, tmp_path, backfill=seed % 3 == 0, max_queue=(15, 400)[seed % 2])
    simulation.run()
    assert simulation.judge() == []
