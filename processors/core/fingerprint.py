"""What duplicate detection compares."""

import xxhash

from schemas import Fingerprint


def fingerprint(folded: str) -> Fingerprint:
    """Fingerprint of a folded text."""
    return Fingerprint(exact=xxhash.xxh3_128_hexdigest(folded.encode()) if folded else None)
