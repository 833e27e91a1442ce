"""The level at which aiokafka compresses by LZ4, for which it has no option.

Its ``lz4_encode`` takes a level, but what builds a record batch calls it without one, and so gets 9, the slowest: of a
worker's records 70 to 105 us of CPU a post instead of 11 to 29, for 5 to 13 % fewer bytes.
"""

import sys
from functools import partial

import structlog
from aiokafka.codec import lz4_encode
from aiokafka.record.default_records import DefaultRecordBatchBuilder

LZ4_LEVEL = 1
"""Fast, as kafka-python and Kafka's own clients compress."""
_NAME = "lz4_encode"

_log = structlog.stdlib.get_logger(__name__)


def compress_fast() -> None:
    """Let all producers of this process compress by LZ4 at ``LZ4_LEVEL``. Every call after the first changes nothing.

    The builder, in C or in Python, finds the function by its name in its own module, at each batch.
    """
    module = sys.modules[DefaultRecordBatchBuilder.__module__]
    if not hasattr(module, _NAME):
        _log.warning("aiokafka has changed: it compresses at a level of its own", module=module.__name__)
        return
    setattr(module, _NAME, partial(lz4_encode, level=LZ4_LEVEL))
