"""MTProto 2.0 on the server's side of a connection: https://core.telegram.org/mtproto/description."""

import os
from hashlib import sha256

from telethon.crypto import AES

from tests.support.mtproto_server.errors import ProtocolError

FROM_CLIENT, FROM_SERVER = 0, 8
"""Offsets into the authorization key, for each direction."""
MIN_PADDING = 12


def encrypt(auth_key: bytes, plain: bytes) -> bytes:
    """Message key and cipher text of what the server sends."""
    plain += os.urandom(MIN_PADDING + -(len(plain) + MIN_PADDING) % 16)
    message_key = _message_key(auth_key, plain, FROM_SERVER)
    cipher: bytes = AES.encrypt_ige(plain, *_key_and_iv(auth_key, message_key, FROM_SERVER))
    return message_key + cipher


def decrypt(auth_key: bytes, data: bytes) -> bytes:
    """Plain text, with its padding, of what a client sent; raises `ProtocolError` when the message key is wrong."""
    message_key = data[:16]
    plain: bytes = AES.decrypt_ige(data[16:], *_key_and_iv(auth_key, message_key, FROM_CLIENT))
    if _message_key(auth_key, plain, FROM_CLIENT) != message_key:
        raise ProtocolError("message key does not fit the message")
    return plain


def _message_key(auth_key: bytes, plain: bytes, direction: int) -> bytes:
    return sha256(auth_key[88 + direction : 120 + direction] + plain).digest()[8:24]


def _key_and_iv(auth_key: bytes, message_key: bytes, direction: int) -> tuple[bytes, bytes]:
    a = sha256(message_key + auth_key[direction : direction + 36]).digest()
    b = sha256(auth_key[direction + 40 : direction + 76] + message_key).digest()
    return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]
