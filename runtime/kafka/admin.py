"""Clients of the cluster, whose errors explain what an operator has to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import kafka
from kafka import errors

from runtime.errors import TgwireError
from runtime.kafka.connection import connect
from runtime.kafka.errors import ClusterRequestError, ClusterUnreachableError, NotPermittedError, TopicMissingError
from runtime.settings.kafka import KafkaSettings


@contextmanager
def admin_client(settings: KafkaSettings) -> Iterator[Any]:
    """A ``kafka.KafkaAdminClient``, closed at the end.

    Raises what ``runtime.kafka.connection.connect`` does, and what the cluster refuses as in ``cluster_errors``.
    """
    with cluster_errors(settings):
        admin = connect(kafka.KafkaAdminClient, settings)
        try:
            yield admin
        finally:
            admin.close()


@contextmanager
def cluster_errors(settings: KafkaSettings) -> Iterator[None]:
    """Translate errors of kafka-python into those of ``runtime.kafka.errors``."""
    servers = settings.bootstrap_servers
    try:
        yield
    except errors.AuthorizationError as error:
        raise NotPermittedError(f"user {settings.username!r} may not do this on {servers}: {error}") from error
    except errors.UnknownTopicOrPartitionError as error:
        raise TopicMissingError(f"{servers} lacks a topic ({error}): run tgwire topics create") from error
    except errors.RetriableError as error:
        raise ClusterUnreachableError(f"{servers} did not answer in time: {error}") from error
    except errors.KafkaError as error:
        raise ClusterRequestError(f"{servers}: {error}") from error


def described_cluster(settings: KafkaSettings) -> Mapping[str, Any] | None:
    """``cluster_id`` and ``brokers`` of the cluster that answers; None when none does."""
    try:
        admin = connect(kafka.KafkaAdminClient, settings)
    except TgwireError:
        return None
    try:
        cluster: Mapping[str, Any] = admin.describe_cluster()
    except errors.KafkaError:
        return None
    finally:
        admin.close()
    return cluster
