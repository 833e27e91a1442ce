"""Records are compressed by LZ4 at its fast level, which both clients choose themselves.

What a producer would send is compared, byte for byte, with what the compressor makes at either level: a new version of
a client that finds its compressor elsewhere fails here.
"""

import sys
from types import SimpleNamespace

import cramjam
import lz4.frame
import pytest
from kafka import KafkaProducer
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.default_records import DefaultRecordBatchBuilder as PublishedBatchBuilder
from structlog.testing import capture_logs

from ingest.publish.kafka import _producer_options
from processors.stream.delivery.producer import new_producer
from runtime.kafka import lz4_level as compression
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings

HEADER_BYTES = 61
"""Of a record batch: what follows it is compressed."""
SERVERS = KafkaSettings(bootstrap_servers="127.0.0.1:1")
VALUE = b"".join(b"The ministry of %d published its %d reports. " % (n % 7, n * n) for n in range(400))


def at_level(records: bytes, level: int) -> bytes:
    compressor = cramjam.lz4.Compressor(level=level, content_checksum=False, block_linked=False)
    compressor.compress(records)
    return bytes(compressor.finish())


async def test_worker_compresses_at_the_fast_level() -> None:
    producer = new_producer(SERVERS)
    batch = producer.create_batch()
    batch.append(timestamp=1, key=b"1:1", value=VALUE)
    sent = bytes(batch._build())[HEADER_BYTES:]
    producer._closed = True  # it was never started, and would warn at its end that it was not closed
    records = bytes(cramjam.lz4.decompress(sent))
    assert VALUE in records
    assert at_level(records, 1) != at_level(records, 9)
    assert sent == at_level(records, 1)


def test_collector_compresses_at_the_fast_level() -> None:
    options = _producer_options(SERVERS, IngestSettings())
    assert options["compression_type"] == "lz4"
    has_codec, codec = KafkaProducer._COMPRESSORS["lz4"]
    assert has_codec()
    batch = PublishedBatchBuilder(
        2, codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
    )
    batch.append(0, 1, b"1:1", VALUE, [])
    sent = bytes(batch.build())
    assert DefaultRecordBatch(sent).compression_type == codec
    records = lz4.frame.decompress(sent[HEADER_BYTES:])
    assert VALUE in records
    assert sent[HEADER_BYTES:] == lz4.frame.compress(records, compression_level=1, block_linked=False)
    assert sent[HEADER_BYTES:] != lz4.frame.compress(records, compression_level=9, block_linked=False)


def test_an_aiokafka_that_compresses_elsewhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "DefaultRecordBatchBuilder", SimpleNamespace(__module__="elsewhere"))
    monkeypatch.setitem(sys.modules, "elsewhere", SimpleNamespace(__name__="elsewhere"))
    with capture_logs() as logs:
        compression.compress_fast()
    assert [(entry["log_level"], entry["module"]) for entry in logs] == [("warning", "elsewhere")]
    assert not hasattr(sys.modules["elsewhere"], "lz4_encode")
