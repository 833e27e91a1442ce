"""The server's side of two-step verification: https://core.telegram.org/api/srp."""

from functools import lru_cache
from hashlib import pbkdf2_hmac, sha256
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.handshake import DH_PRIME, GENERATOR, big_endian

ITERATIONS = 100_000
SALT_1, SALT_2 = b"salt of the test server 1", b"salt of the test server 2"
WIDTH = 256
ALGORITHM = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
    SALT_1, SALT_2, GENERATOR, big_endian(DH_PRIME)
)


def public_value(password: str, secret: int) -> bytes:
    """What the server sends of its secret, called B."""
    return _wide((_multiplier() * _verifier(password) + pow(GENERATOR, secret, DH_PRIME)) % DH_PRIME)


def is_proof(password: str, secret: int, check: Any) -> bool:
    """Whether an ``inputCheckPasswordSRP`` proves that the client knows the password."""
    server_value = public_value(password, secret)
    mix = int.from_bytes(_hash(check.A, server_value), "big")
    base = int.from_bytes(check.A, "big") * pow(_verifier(password), mix, DH_PRIME)
    session_key = _hash(_wide(pow(base, secret, DH_PRIME)))
    prime, generator = _hash(_wide(DH_PRIME)), _hash(_wide(GENERATOR))
    mixed = bytes(a ^ b for a, b in zip(prime, generator, strict=True))
    proof: bytes = check.M1
    return proof == _hash(mixed, _hash(SALT_1), _hash(SALT_2), check.A, server_value, session_key)


@lru_cache
def _verifier(password: str) -> int:
    inner = _hash(SALT_2, _hash(SALT_1, password.encode(), SALT_1), SALT_2)
    stretched = pbkdf2_hmac("sha512", inner, SALT_1, ITERATIONS)
    return pow(GENERATOR, int.from_bytes(_hash(SALT_2, stretched, SALT_2), "big"), DH_PRIME)


def _multiplier() -> int:
    return int.from_bytes(_hash(_wide(DH_PRIME), _wide(GENERATOR)), "big")


def _wide(number: int) -> bytes:
    return number.to_bytes(WIDTH, "big")


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()
