"""The name of a store as a destination of posts, by which ledger and cursors know what it has.

A store that was put back from a backup is another destination: what went into the one before it is not in there.
"""

STORES = "store:"
"""What the destinations of all stores begin with."""


def destination_prefix(store_id: str, epoch: str | None = None) -> str:
    """The beginning of the names of a store's destinations, of one of its epochs or of all; the lane ends them."""
    return f"{STORES}{store_id}:" if epoch is None else f"{STORES}{store_id}:{epoch}:"
