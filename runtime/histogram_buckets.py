"""Buckets of histograms that several processes have, so that their times can be compared."""

from typing import Final

WORK_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds that a piece of work takes."""
AGES_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
"""Seconds since a record came to the broker: up to a day, for a process that was away."""
