"""A look at a cluster: which one answers, and with which brokers."""

from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from runtime.errors import TgwireError
from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings


def described_cluster(settings: KafkaSettings) -> Mapping[str, Any] | None:
    """``cluster_id`` and ``brokers`` of the cluster that answers; None when none does."""
    try:
        admin = connect(KafkaAdminClient, settings)
    except TgwireError:
        return None
    try:
        cluster: Mapping[str, Any] = admin.describe_cluster()
    except KafkaError:
        return None
    finally:
        admin.close()
    return cluster
