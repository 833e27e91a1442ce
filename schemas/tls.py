"""TLS to the cluster, the same for all clients."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.config import KafkaSettings


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """The context that the settings ask for; None without TLS. Raises ValueError, which names setting and file."""
    if not settings.security_protocol.endswith("SSL"):
        return None
    with _blaming(f"kafka.ssl_cafile ({settings.ssl_cafile})"):
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
    if settings.ssl_certfile is not None:
        key = f" with ssl_keyfile ({settings.ssl_keyfile})" if settings.ssl_keyfile is not None else ""
        with _blaming(f"kafka.ssl_certfile ({settings.ssl_certfile}){key}"):
            # With a password, or OpenSSL asks the terminal for that of an encrypted key.
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile, password="")
    elif settings.ssl_keyfile is not None:
        raise ValueError("kafka.ssl_keyfile is set without kafka.ssl_certfile")
    return context


def certificate_hint(settings: KafkaSettings) -> str:
    """What may be missing where a connection is dropped: under TLS 1.3 a listener that asks for a certificate drops it
    after the handshake, without a word. Empty where that cannot be.
    """
    is_missing = settings.security_protocol.endswith("SSL") and settings.ssl_certfile is None
    return " It may ask for a client certificate: kafka.ssl_certfile." if is_missing else ""


@contextmanager
def _blaming(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise ValueError(f"{what}: no such file") from None
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"{what} cannot be used: {error.strerror or error}") from error
