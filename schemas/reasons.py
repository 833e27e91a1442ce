"""What pydantic finds wrong, in the words that a person is shown."""

from pydantic_core import ErrorDetails


def reason_of(detail: ErrorDetails) -> str:
    """The message of a fault, without pydantic's word for the kind of exception that a validator of ours raised."""
    return detail["msg"].removeprefix("Value error, ")
