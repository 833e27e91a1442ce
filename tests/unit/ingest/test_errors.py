"""The errors of ingest: each shows whether to retry, to set aside or to stop, and what an operator does."""

from typing import get_args

import pytest

from ingest import errors
from runtime.errors import FatalError, PoisonError, TgwireError, TransientError
from runtime.kafka import errors as kafka_errors
from runtime.kafka.errors import PublishError, PublishErrorKind

LEAVES = [
    value
    for value in {**vars(errors), **vars(kafka_errors)}.values()
    if isinstance(value, type)
    and (issubclass(value, PublishError) or (issubclass(value, TgwireError) and value.__module__ == errors.__name__))
    and value is not PublishError
]


@pytest.mark.parametrize("error", LEAVES)
def test_each_error_is_of_one_class_and_explains_what_to_do(error: type[TgwireError]) -> None:
    classes = (TransientError, PoisonError, FatalError)
    assert sum(issubclass(error, parent) for parent in classes) == 1
    assert "Operator:" in (error.__doc__ or "")


@pytest.mark.parametrize("error", [error for error in LEAVES if issubclass(error, PublishError)])
def test_publish_errors_have_a_label_of_the_metric(error: type[PublishError]) -> None:
    assert error.kind in get_args(PublishErrorKind)
