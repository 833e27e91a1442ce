"""What is due in ``quotes``: the items of every list that was built."""

from collections.abc import Iterator

from schemas import QuoteRecord
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_parts import Parts


def _place_of(record: QuoteRecord) -> tuple[int, str]:
    return record.quote.position, record.quote.key


def _count(issued: Issued) -> int:
    return len(issued.quotes.items) if issued.quotes else 0


def _comparison(record: QuoteRecord, issued: Issued) -> Iterator[tuple[str, bool]]:
    quotes, quote, post = issued.quotes, record.quote, issued.post
    assert quotes is not None
    item, start = quotes.items[quote.position], quotes.starts()[quote.position]
    yield "outlets", [(outlet.id, outlet.name) for outlet in quote.outlets] == [(item.outlet_id, item.outlet_name)]
    yield "outlet_text", [span.text for span in quote.outlet_text] == [item.outlet]
    yield "text", quote.text == item.text
    yield "offsets", (quote.start, quote.end) == (start, start + len(item.text))
    yield "marker", quote.marker == quotes.marker
    yield "lead_in", record.lead_in is not None and record.lead_in.text == quotes.lead_in
    yield "language", record.language == issued.language
    yield "channel", record.channel == post.channel
    yield "posted_at", record.posted_at == post.posted_at


QUOTE_PARTS = Parts("quotes", "quote", QuoteRecord, _place_of, _count, _comparison)
