"""Topics on the cluster: created where missing, compared with what tgwire needs."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType

from runtime.kafka.admin import admin_client
from runtime.kafka.errors import ClusterRequestError, ClusterUnreachableError, NotPermittedError
from runtime.settings.kafka import KafkaSettings
from runtime.settings.worker import DedupSettings
from schemas.topics import ALL_TOPICS, FLAT_TOPICS, RAW_LIVE, RETIRED, TOPICS, Retention, Topic

_DEDUP = DedupSettings()
RETRY_S = 0.2
_FENCED = "fenced"
"""In Kafka's message when no broker may take partitions: it has no error code of its own."""
TopicState = Literal["ok", "missing", "differs", "not checked", "left over"]


@dataclass(frozen=True)
class Created:
    """Topics that ``create_topics`` made, and those that it found; full names, with the prefix."""

    created: tuple[str, ...]
    existing: tuple[str, ...]


@dataclass(frozen=True)
class Drift:
    """One setting of a topic that is not as tgwire needs it."""

    setting: str
    """``partitions``, or the name of a topic setting such as ``retention.ms``."""
    expected: str
    found: str


@dataclass(frozen=True)
class TopicCheck:
    """How a topic on the cluster compares with the one tgwire needs."""

    name: str
    topic: Topic | None
    """None: it is no topic of this version."""
    exists: bool
    drifts: tuple[Drift, ...] = ()
    not_checked: tuple[str, ...] = ()
    """Settings that the cluster does not report."""

    @property
    def state(self) -> TopicState:
        """The worst finding about the topic."""
        if self.topic is None:
            return "left over"
        if not self.exists:
            return "missing"
        if self.drifts:
            return "differs"
        return "not checked" if self.not_checked else "ok"


def create_topics(settings: KafkaSettings, dedup: DedupSettings = _DEDUP, *, flat: bool = False) -> Created:
    """Create the topics that are missing, with ``flat`` the flat ones as well, and wait until they can be used. Those
    that exist stay as they are.

    Those of channels get as many partitions as the raw topics have.
    """
    retention = _retention(settings, dedup)
    names = _names(settings, flat=flat)
    live = settings.topic_prefix + RAW_LIVE.name
    deadline = time.monotonic() + settings.request_timeout_s
    created: set[str] = set()
    with admin_client(settings) as admin:
        found = _partitions(admin, names)
        if live not in found:
            # Alone: the broker that answered may not know it yet, and the others get as many partitions as it has.
            created |= _create(admin, {live: _creation(RAW_LIVE, settings, retention, found)}, deadline)

            def is_shown() -> bool:
                found.update(_partitions(admin, [live]))
                return live in found

            _wait(settings, deadline, live, is_shown)
        # A user that may not create topics can still check that all of them exist.
        if missing := [name for name in names if name not in found]:
            wanted = {name: _creation(names[name], settings, retention, found) for name in missing}
            created |= _create(admin, wanted, deadline)
        admin.wait_for_topics(list(names))
    return Created(
        tuple(name for name in names if name in created), tuple(name for name in names if name not in created)
    )


def delete_topics(settings: KafkaSettings) -> None:
    """Delete all topics under the prefix of the settings, with everything in them."""
    names = [settings.topic_prefix + topic.name for topic in TOPICS]
    with admin_client(settings) as admin:
        admin.delete_topics(
            [*names, *_partitions(admin, [settings.topic_prefix + topic.name for topic in FLAT_TOPICS])]
        )


def recreate_topic(settings: KafkaSettings, topic: Topic, like: Topic) -> None:
    """Delete a topic with everything in it, and create it with as many partitions as it had; one that is missing gets
    as many as another has. Returns when the cluster no longer shows the old one.
    """
    name, other = settings.topic_prefix + topic.name, settings.topic_prefix + like.name
    deadline = time.monotonic() + settings.request_timeout_s
    with admin_client(settings) as admin:
        found = _partitions(admin, (name, other))
        old_id = _id(admin, name)
        creation = _creation(topic, settings, _retention(settings, _DEDUP), found) | {
            "num_partitions": found.get(name) or found.get(other, topic.partitions)
        }
        if name in found:
            admin.delete_topics([name])
            _wait(settings, deadline, name, lambda: name not in _partitions(admin, [name]))
        _wait(settings, deadline, name, lambda: name in _create(admin, {name: creation}, deadline))
        _wait(settings, deadline, name, lambda: old_id is None or _id(admin, name) not in (None, old_id))
        admin.wait_for_topics([name])


def _id(admin: Any, name: str) -> str | None:  # noqa: ANN401
    """Id of a topic; None when it does not exist, or the cluster has no ids."""
    (described,) = admin.describe_topics([name])
    found = described.get("topic_id")
    return None if found is None else str(found)


def _wait(settings: KafkaSettings, deadline: float, name: str, is_done: Callable[[], bool]) -> None:
    """The cluster deletes and creates behind its answers, and a broker may still show what was before."""
    while not is_done():
        if not _is_ahead(deadline):
            raise ClusterUnreachableError(
                f"{settings.bootstrap_servers} did not create topic {name} within {settings.request_timeout_s:g} s"
            )
        time.sleep(RETRY_S)


def verify_topics(settings: KafkaSettings, dedup: DedupSettings = _DEDUP, *, flat: bool = False) -> list[TopicCheck]:
    """Compare every topic with what tgwire needs, with ``flat`` the flat ones as well, in the order of
    ``schemas.topics.ALL_TOPICS``; then topics of earlier versions that are left over.
    """
    retention = _retention(settings, dedup)
    names = _names(settings, flat=flat)
    with admin_client(settings) as admin:
        found = _partitions(admin, names)
        configs = _configs(admin, list(found))
        left_over = sorted(_partitions(admin, [settings.topic_prefix + name for name in RETIRED]))
    return [
        _check(name, topic, found[name], _due_partitions(topic, settings, found), configs.get(name, {}), retention)
        if name in found
        else TopicCheck(name, topic, False)
        for name, topic in names.items()
    ] + [TopicCheck(name, None, True) for name in left_over]


def _names(settings: KafkaSettings, *, flat: bool) -> dict[str, Topic]:
    return {settings.topic_prefix + topic.name: topic for topic in (ALL_TOPICS if flat else TOPICS)}


def _retention(settings: KafkaSettings, dedup: DedupSettings) -> Retention:
    return Retention(settings.raw_retention_days, dedup.kept_days)


def _due_partitions(topic: Topic, settings: KafkaSettings, found: Mapping[str, int]) -> int:
    """Number of partitions that a topic needs, given those of the topics that exist."""
    raw = found.get(settings.topic_prefix + RAW_LIVE.name)
    return raw if raw is not None and topic.is_by_channel and topic is not RAW_LIVE else topic.partitions


def _creation(
    topic: Topic, settings: KafkaSettings, retention: Retention, found: Mapping[str, int]
) -> dict[str, object]:
    return {
        "num_partitions": _due_partitions(topic, settings, found),
        "replication_factor": settings.replication_factor,
        "configs": topic.config(retention),
    }


def _create(admin: Any, wanted: Mapping[str, dict[str, object]], deadline: float) -> set[str]:  # noqa: ANN401
    """Names of those created: somebody else may have created some meanwhile. Brokers that have just started, or got no
    CPU for some seconds, are fenced: until the deadline they are asked again.
    """
    created: set[str] = set()
    left = dict(wanted)
    while left:
        for answer in admin.create_topics(left, raise_errors=False)["topics"]:
            error, detail = errors.for_code(answer["error_code"]), answer.get("error_message")
            if error is errors.InvalidReplicationFactorError and _FENCED in (detail or "") and _is_ahead(deadline):
                continue
            if error is errors.NoError:
                created.add(answer["name"])
            elif issubclass(error, errors.AuthorizationError):
                raise NotPermittedError(f"the user may not create topic {answer['name']}: it needs CREATE on the topic")
            elif error is not errors.TopicAlreadyExistsError:
                raise ClusterRequestError(f"cannot create topic {answer['name']}: {detail or error.__name__}")
            left.pop(answer["name"])
        if left:
            time.sleep(RETRY_S)
    return created


def _is_ahead(deadline: float) -> bool:
    return time.monotonic() < deadline


def _partitions(admin: Any, names: Iterable[str]) -> dict[str, int]:  # noqa: ANN401
    """Number of partitions of those topics that exist."""
    described = {topic["name"]: topic for topic in admin.describe_topics(list(names))}
    return {name: len(topic["partitions"]) for name, topic in described.items() if _exists(topic)}


def _exists(described: dict[str, Any]) -> bool:
    error = errors.for_code(described["error_code"])
    if error is errors.UnknownTopicOrPartitionError:
        return False
    if issubclass(error, errors.AuthorizationError):
        raise NotPermittedError(f"the user may not see topic {described['name']}: it needs DESCRIBE on the topic")
    if error is not errors.NoError:
        raise ClusterRequestError(f"cannot describe topic {described['name']}: {error.__name__}")
    return True


def _configs(admin: Any, names: list[str]) -> Mapping[str, Mapping[str, Any]]:  # noqa: ANN401
    """Settings by topic, as far as the cluster reports them; none from a cluster that refuses."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    try:
        answer = admin.describe_configs(resources, config_filter="all")
    except (errors.AuthorizationError, errors.UnsupportedVersionError):
        return {}
    return dict(answer.get("topic", {}))


def _check(
    name: str, topic: Topic, partitions: int, due_partitions: int, config: Mapping[str, Any], retention: Retention
) -> TopicCheck:
    drifts = []
    if partitions != due_partitions:
        drifts.append(Drift("partitions", str(due_partitions), str(partitions)))
    not_checked = []
    for setting, expected in topic.config(retention).items():
        if setting not in config:
            not_checked.append(setting)
        elif (found := str(config[setting]["value"])) != expected:
            drifts.append(Drift(setting, expected, found))
    return TopicCheck(name, topic, True, tuple(drifts), tuple(not_checked))
