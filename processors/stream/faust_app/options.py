"""The settings of the cluster as options of Faust."""

from typing import Any

import faust

from runtime.kafka.aiokafka_options import has_sasl, sasl_password, servers, ssl_context_of
from runtime.settings.kafka import KafkaSettings


def faust_options(settings: KafkaSettings) -> dict[str, Any]:
    """Options of ``faust.App`` for the connection. Holds the password: never log it."""
    context = ssl_context_of(settings)
    credentials: Any = None
    if has_sasl(settings):
        credentials = faust.SASLCredentials(
            username=settings.username,
            password=sasl_password(settings),
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    elif context is not None:
        credentials = faust.SSLCredentials(context)
    return {"broker": [f"kafka://{server}" for server in servers(settings)], "broker_credentials": credentials}
