"""What can go wrong with a cluster, by what an operator does about it."""

from typing import ClassVar, Literal

from runtime.errors import EXIT_UNAVAILABLE, FatalError, TgwireError, TransientError

PublishErrorKind = Literal["too_large", "timeout", "refused", "other"]


class TopicMissingError(FatalError):
    """A topic does not exist. Operator: ``tgwire topics create``."""

    exit_code = EXIT_UNAVAILABLE


class PublishError(TgwireError):
    """A post was not acknowledged by the broker."""

    kind: ClassVar[PublishErrorKind] = "other"


class BrokerUnavailableError(PublishError, TransientError):
    """No broker answers. Operator: start it, or correct ``kafka.bootstrap_servers``; then replay again."""

    kind = "timeout"


class SignInError(PublishError, FatalError):
    """The broker refuses the user. Operator: correct user, password, mechanism or ``kafka.security_protocol``."""

    kind = "refused"


class PublishTopicMissingError(PublishError, TopicMissingError):
    """A topic that posts are published to does not exist. Operator: ``tgwire topics create``."""

    kind = "refused"


class KafkaSettingsError(PublishError, FatalError):
    """The settings cannot work. Operator: correct the field that the message names."""


class TlsFileError(FatalError):
    """A certificate or key cannot be used; the text names the setting. Correct ``kafka.ssl_...``."""

    exit_code = EXIT_UNAVAILABLE


class ClusterUnreachableError(TransientError):
    """No broker answered in time: check the address, and that the cluster is up."""


class NotPermittedError(FatalError):
    """The user may not do this: have the cluster's operator grant the right that the text names."""


class ClusterRequestError(FatalError):
    """The cluster answered a request with an error: the text holds its words."""


class OffsetGoneError(TransientError):
    """A partition does not hold the offset that is to be read next: the topic was recreated, or records were deleted.

    Whoever reads looks where to go on.
    """
