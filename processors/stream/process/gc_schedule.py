"""When Python's garbage collector runs."""

import gc

NEW_CONTAINERS = 50_000
"""So many more made than deleted, and it looks through these. 100 posts at work are some 4,000."""


def configure_gc() -> None:
    """For a process that has loaded what it needs, which stays. Posts hold no cycles (only errors do, by their frames),
    and to look through those at work takes 5 to 10 % of the CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_CONTAINERS)
