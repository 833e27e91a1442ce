"""Whether work grows with its input, by CPU time: a ratio, so that the machine's speed does not count."""

import time
from collections.abc import Callable

MOST = 25
"""Times the work of a tenth of the input; 10 is due, 100 would be quadratic."""
LEAST_S = 0.002
"""Shorter times cannot be measured by the clock."""
ATTEMPTS = 6
"""A busy machine makes each run longer, some more than others: the shortest of both sizes counts."""


def is_linear(small: Callable[[], object], large: Callable[[], object]) -> bool:
    """Whether ``large``, of ten times the input, takes about ten times the CPU time of ``small``."""
    shortest = {small: float("inf"), large: float("inf")}
    for _ in range(ATTEMPTS):
        for work in (small, small, large):
            shortest[work] = min(shortest[work], cpu_s(work))
        if shortest[large] <= MOST * max(LEAST_S, shortest[small]):
            return True
    return False


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began
