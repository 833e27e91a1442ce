"""TLS to the cluster, the same for all clients."""

import ssl

from runtime.settings.kafka import KafkaSettings


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """The context that the settings ask for; None without TLS. Raises ValueError, which names setting and file."""
    if not settings.has_tls:
        return None
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            raise ValueError(f"kafka.{name}: no such file: {path}")
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"kafka.ssl_cafile: {settings.ssl_cafile} holds no certificate ({error})") from error
    if settings.ssl_certfile is not None:
        try:
            # With a password, or OpenSSL asks the terminal for that of an encrypted key.
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile, password="")
        except OSError as error:
            raise ValueError(
                f"kafka.ssl_certfile: {settings.ssl_certfile} and the key in {settings.ssl_keyfile or 'it'} "
                f"cannot be used ({error}): one is missing there, they are no pair, or the key is encrypted"
            ) from error
    return context


def certificate_hint(settings: KafkaSettings) -> str:
    """What may be wrong where a connection is dropped: under TLS 1.3 a listener that does not like the client's
    certificate drops it after the handshake, without a word. Empty without TLS.
    """
    if not settings.has_tls:
        return ""
    if settings.ssl_certfile is None:
        return " It may ask for a client certificate: kafka.ssl_certfile."
    return " It may not trust the client certificate in kafka.ssl_certfile."
