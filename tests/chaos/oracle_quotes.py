"""The judge of ``quotes``: the items of every list that was built, against the records that came out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from processors.core.identity import revision_of
from schemas import NormalizedPost, QuoteRecord, Tombstone
from tests.chaos.invention import Issued
from tgwire.reading import StoredRecord


def judge_quotes(
    revisions: Mapping[str, Sequence[Issued]],
    last: Mapping[str, NormalizedPost | Tombstone],
    records: Iterable[StoredRecord],
) -> Iterator[tuple[str, str]]:
    """Kind of each fault, and where.

    A record must be an item of a revision that was issued, under the key of its post, revision and position, and the
    last revision of a post must have all of its items. Items of earlier revisions, and of a deleted post, stay.
    """
    lists = {key: _lists(history) for key, history in revisions.items()}
    found: dict[str, set[int]] = defaultdict(set)
    for stored in records:
        where = f"quotes/{stored.partition} offset {stored.offset}"
        try:
            record = QuoteRecord.model_validate_json(stored.value or b"")
        except ValidationError:
            yield "unreadable", where
            continue
        key, position = _key(record), record.quote.position
        history = lists.get(record.post_key, {}).get(record.revision, ())
        issued = next((issued for issued in history if position < len(_items(issued))), None)
        if issued is None:
            yield "phantom quote", f"{key}, {where}"
            continue
        found[key].add(stored.partition)
        if stored.key != key.encode() or record.quote.key != key:
            yield "double quote", f"{key} under another key, {where}"
        wrong = [name for name, is_right in _comparison(record, issued) if not is_right]
        if wrong:
            yield "wrong quote", f"{key} in {', '.join(wrong)}, {where}"
    yield from (("double quote", f"{key} in several partitions") for key, places in found.items() if len(places) > 1)
    for post in last.values():
        if isinstance(post, NormalizedPost):
            history = lists.get(post.key, {}).get(post.revision, ())
            due = {f"{post.key}:{post.revision}:{n}" for issued in history for n in range(len(_items(issued)))}
            yield from (("lost quote", key) for key in sorted(due - found.keys()))


def _lists(history: Sequence[Issued]) -> dict[str, list[Issued]]:
    """Revision -> what was issued under it."""
    found: dict[str, list[Issued]] = defaultdict(list)
    for issued in history:
        if not issued.post.is_deleted:
            found[revision_of(issued.post)].append(issued)
    return found


def _items(issued: Issued) -> Sequence[object]:
    return issued.quotes.items if issued.quotes else ()


def _key(record: QuoteRecord) -> str:
    return f"{record.post_key}:{record.revision}:{record.quote.position}"


def _comparison(record: QuoteRecord, issued: Issued) -> Iterator[tuple[str, bool]]:
    """Field -> whether it is as the list was built."""
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
