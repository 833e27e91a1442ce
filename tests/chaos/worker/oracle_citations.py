"""What is due in ``citations``: the statement of every post that was built with one; the items of lists are none."""

from collections.abc import Iterator

from schemas import CitationRecord
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_parts import Parts


def _place_of(record: CitationRecord) -> tuple[int, str]:
    return record.citation.position, record.citation.key


def _count(issued: Issued) -> int:
    return int(issued.statement is not None)


def _comparison(record: CitationRecord, issued: Issued) -> Iterator[tuple[str, bool]]:
    statement, citation, post = issued.statement, record.citation, issued.post
    assert statement is not None
    start = statement.start_in(issued.story)
    yield "outlets", [outlet.id for outlet in citation.outlets] == [statement.outlet_id]
    yield "outlet_text", [span.text for span in citation.outlet_text] == [statement.outlet]
    yield "text", citation.text == statement.text
    yield "offsets", (citation.start, citation.end) == (start, start + len(statement.text))
    yield "cue", citation.cue is not None and citation.cue.text == statement.cue
    yield "kind", citation.kind == "report"
    yield "is_own", not citation.is_own
    yield "language", record.language == issued.language
    yield "channel", record.channel == post.channel
    yield "posted_at", record.posted_at == post.posted_at


CITATION_PARTS = Parts("citations", "citation", CitationRecord, _place_of, _count, _comparison)
