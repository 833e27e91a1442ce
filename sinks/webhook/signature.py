"""Headers of a request by the Standard Webhooks specification 1.0, which receivers have libraries for."""

import base64
import binascii
import hashlib
import hmac

from sinks.errors import SinkSettingError

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
MIN_SECRET_BYTES = 24
"""The least that the specification allows."""


def key_of(secret: str) -> bytes:
    """Bytes of a secret: ``whsec_`` and base64, or any text; SinkSettingError for one that is too short."""
    try:
        key = (
            base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
            if secret.startswith(SECRET_PREFIX)
            else secret.encode()
        )
    except binascii.Error as error:
        raise SinkSettingError(f"sink.webhook.secret: no base64 behind {SECRET_PREFIX}") from error
    if len(key) < MIN_SECRET_BYTES:
        raise SinkSettingError(f"sink.webhook.secret: {len(key)} bytes, but {MIN_SECRET_BYTES} are the least")
    return key


def signed_headers(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``: HMAC-SHA256 of id, time and body."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{signature}",
    }
