"""How a client and the server agree on an authorization key: https://core.telegram.org/mtproto/auth_key."""

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any

import rsa
from telethon.crypto import AES, AuthKey
from telethon.crypto import rsa as telegram_rsa
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import functions, types

from tests.support.mtproto_server.errors import ProtocolError
from tests.support.mtproto_server.serialized import parse

PRIVATE_KEY = Path(__file__).with_name("test_server_key.pem")
P, Q = 700_001, 700_027
"""Small, so that clients factor their product in no time; its first bit is 0, since Telethon reads it with a sign."""
GENERATOR = 3
KEY_BYTES = 256
DH_PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F"
    "48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
    "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
    "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754"
    "FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
    "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
"""Telegram's own, published with its API: clients check another one for minutes."""


@cache
def private_key() -> Any:
    """The RSA key that test servers share: making one takes seconds."""
    return rsa.PrivateKey.load_pkcs1(PRIVATE_KEY.read_bytes())


@cache
def public_key() -> str:
    """PEM of the public half, as a client's setting takes it."""
    key = private_key()
    pem: bytes = rsa.PublicKey(key.n, key.e).save_pkcs1()
    return pem.decode()


def big_endian(number: int) -> bytes:
    """Bytes of a number without leading zeros, as TL writes large ones."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


class Handshake:
    """One client's way to a key; hands the key over when the client has its half."""

    def __init__(self, clock: Callable[[], float], agreed: Callable[[Any], None]) -> None:
        self._clock, self._agreed = clock, agreed
        self._server_nonce = int.from_bytes(os.urandom(16), "big", signed=True)
        self._new_nonce = 0
        self._secret = 0
        self._nonce_key: tuple[bytes, bytes] = (b"", b"")

    def answer(self, request: Any) -> Any:
        """The answer to one of the three plain requests."""
        match request:
            case functions.ReqPqMultiRequest() | functions.ReqPqRequest():
                fingerprint = telegram_rsa._compute_fingerprint(private_key())
                return types.ResPQ(request.nonce, self._server_nonce, big_endian(P * Q), [fingerprint])
            case functions.ReqDHParamsRequest():
                return self._offer(request)
            case functions.SetClientDHParamsRequest():
                return self._conclude(request)
        raise ProtocolError(f"{type(request).__name__} without encryption")

    def _offer(self, request: Any) -> Any:
        key = private_key()
        padded = pow(int.from_bytes(request.encrypted_data, "big"), key.d, key.n).to_bytes(256, "big")[1:]
        inner = parse(padded[20:])
        if sha1(inner._bytes()).digest() != padded[:20]:
            raise ProtocolError("the client's nonce has a wrong hash: does it know this server's key?")
        self._new_nonce = inner.new_nonce
        self._secret = int.from_bytes(os.urandom(256), "big")
        self._nonce_key = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        half = types.ServerDHInnerData(
            request.nonce,
            self._server_nonce,
            GENERATOR,
            big_endian(DH_PRIME),
            big_endian(pow(GENERATOR, self._secret, DH_PRIME)),
            int(self._clock()),
        )._bytes()
        plain = sha1(half).digest() + half
        cipher = AES.encrypt_ige(plain + os.urandom(-len(plain) % 16), *self._nonce_key)
        return types.ServerDHParamsOk(request.nonce, self._server_nonce, cipher)

    def _conclude(self, request: Any) -> Any:
        inner = parse(AES.decrypt_ige(request.encrypted_data, *self._nonce_key)[20:])
        shared = pow(int.from_bytes(inner.g_b, "big"), self._secret, DH_PRIME)
        key = AuthKey(shared.to_bytes(KEY_BYTES, "big"))
        self._agreed(key)
        return types.DhGenOk(request.nonce, self._server_nonce, key.calc_new_nonce_hash(self._new_nonce, 1))
