"""The digest of a record, by which it is known again whoever fetched it."""

from hashlib import blake2b

DIGEST_BYTES = 8


def record_digest(timestamp_ms: int | None, key: bytes | None, value: bytes | None) -> str:
    """BLAKE2b of a record's broker time (milliseconds since 1970), key and value, as 16 hexadecimal digits.

    The time distinguishes equal posts; None leaves it out.
    """
    digest = blake2b(repr((timestamp_ms, key)).encode(), digest_size=DIGEST_BYTES)
    digest.update(value or b"")
    return digest.hexdigest()
