"""What people write today: JSON, a few patterns, langdetect and datasketch, one message at a time.

It does less than the core: no structure, no quotes, no revisions, no links that change later. langdetect takes most of
its time; with ``--no-langdetect`` every post is of an undecided language.
"""

import json
import re
import sys
from itertools import pairwise
from typing import Any

from datasketch import MinHash, MinHashLSH
from kafka import KafkaConsumer, KafkaProducer
from langdetect import DetectorFactory, detect
from langdetect.lang_detect_exception import LangDetectException

from runtime.kafka.connection import connect
from runtime.settings.tree import Settings
from schemas import post_key
from schemas.topics import NORMALIZED, RAW_BACKFILL, RAW_LIVE

PERMUTATIONS = 128
THRESHOLD = 0.5

_ADDRESS = re.compile(r"https?://\S+|@\w+")
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_HASHTAG = re.compile(r"#\w+")


def run(settings: Settings, *, has_language: bool) -> None:
    """Run until the process is ended."""
    DetectorFactory.seed = 0
    prefix = settings.kafka.topic_prefix
    consumer: Any = connect(KafkaConsumer, settings.kafka, group_id=settings.worker.group, auto_offset_reset="earliest")
    consumer.subscribe([prefix + RAW_LIVE.name, prefix + RAW_BACKFILL.name])
    producer: Any = connect(KafkaProducer, settings.kafka, linger_ms=20, compression_type="lz4")
    seen: MinHashLSH = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    for message in consumer:
        post = json.loads(message.value)
        key = post_key(post["channel"]["id"], post["message_id"])
        record = _record(post, key, seen, has_language=has_language)
        producer.send(prefix + NORMALIZED.name, json.dumps(record, ensure_ascii=False).encode(), key.encode())


def _record(post: dict[str, Any], key: str, seen: MinHashLSH, *, has_language: bool) -> dict[str, Any]:
    text = _BLANK.sub(" ", post["text"]).strip()
    words = _WORD.findall(_ADDRESS.sub(" ", text).lower())
    sketch = MinHash(num_perm=PERMUTATIONS)
    sketch.update_batch([f"{one} {two}".encode() for one, two in pairwise(words)])
    repeats = seen.query(sketch)
    if key not in seen:
        seen.insert(key, sketch)
    return {
        "key": key,
        "text": text,
        "language": _language(" ".join(words)) if has_language else "und",
        "hashtags": _HASHTAG.findall(text),
        "links": _ADDRESS.findall(text),
        "duplicate": repeats[0] if repeats else None,
        "posted_at": post["posted_at"],
    }


def _language(text: str) -> str:
    try:
        return str(detect(text))
    except LangDetectException:
        return "und"


if __name__ == "__main__":
    run(Settings(), has_language="--no-langdetect" not in sys.argv)
