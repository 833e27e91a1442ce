"""What analysis makes of posts, ready to be written: for another process, or a file."""

from collections.abc import Sequence

import msgspec

from processors.core.decided_state import ArrivedState, arrival_of
from processors.core.dedup.homes import HOMES
from processors.core.outcomes import Analyzed, Deleted
from processors.core.pipeline import Analyzer
from processors.core.routing import post_outputs
from schemas import RawPost
from schemas.topics import CITATIONS, QUOTES


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """An outcome. Its records are JSON already, of which nothing is read again but the report of a deletion."""

    arrival: ArrivedState
    record: bytes
    """The post, or the report of its deletion."""
    quotes: bytes
    """Records of the quotes, one a line."""
    citations: bytes
    """Records of the citations, one a line."""


encode = msgspec.msgpack.Encoder().encode
"""Outcomes as bytes."""
decode = msgspec.msgpack.Decoder(list[Packed]).decode
"""The outcomes that were encoded; ``msgspec.MsgspecError`` for what is none."""


def analyzed(analyzer: Analyzer, raws: Sequence[RawPost]) -> list[Packed]:
    """The outcomes that the analyzer gives for posts, packed."""
    return [_packed(raw, outcome) for raw, outcome in zip(raws, analyzer.analyze_all(raws), strict=True)]


def _packed(raw: RawPost, outcome: Analyzed | Deleted) -> Packed:
    record = outcome.tombstone if isinstance(outcome, Deleted) else outcome.post
    lines = {QUOTES: b"", CITATIONS: b""}
    _, *statements = post_outputs(record)
    for output in statements:
        if output.record is not None:
            lines[output.topic] += output.record.to_json() + b"\n"
    return Packed(arrival_of(raw, outcome, HOMES), record.to_json(), lines[QUOTES], lines[CITATIONS])
