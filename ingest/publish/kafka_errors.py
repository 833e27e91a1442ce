"""What a failed send means, in words for an operator."""

from kafka import errors as kafka_errors

from ingest.errors import DeliveryRefusedError, DeliveryTimeoutError, UnexpectedDeliveryError
from runtime.kafka.errors import PublishError, PublishTopicMissingError


def delivery_error(error: BaseException, key: str, topic: str) -> PublishError:
    """The error of a post that kafka-python could not deliver; ``key`` is the post's."""
    match error:
        case kafka_errors.MessageSizeTooLargeError() | kafka_errors.RecordListTooLargeError():
            return DeliveryRefusedError(
                f"{key}: {topic} takes no record of this size. Raise its max.message.bytes: "
                "`tgwire topics verify` shows by how much it is too low."
            )
        case kafka_errors.AuthorizationError():
            return DeliveryRefusedError(f"{key}: the user may not write to {topic}. Grant WRITE and IDEMPOTENT_WRITE.")
        case kafka_errors.UnknownTopicOrPartitionError():
            return missing_topic(topic)
        case kafka_errors.RetriableError():
            return DeliveryTimeoutError(
                f"{key}: {topic} did not acknowledge it in time ({error}). Check the broker, then replay again: "
                "it resumes at this post."
            )
        case _:
            return UnexpectedDeliveryError(
                f"{key}: could not be sent to {topic} ({error}). Replay again to resume at it."
            )


def missing_topic(topic: str) -> PublishTopicMissingError:
    """The error of a topic that does not exist."""
    return PublishTopicMissingError(f"Topic {topic} does not exist. Create it with `tgwire topics create`.")
