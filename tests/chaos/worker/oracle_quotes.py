"""The judge of ``quotes``: the items of every list that was built, against the records that came out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pydantic import ValidationError

from processors.core.revision import revision_of
from runtime.kafka.reader import StoredRecord
from schemas import QuoteRecord
from tests.chaos.worker.issued import Issued


def judge_quotes(
    states: Mapping[str, Sequence[Issued]], last: Mapping[str, Issued], records: Iterable[StoredRecord]
) -> Iterator[tuple[str, str]]:
    """Kind of each fault, and where. ``last`` is the state of each post that its last record shows.

    A record must be an item of a revision that was issued, under the key of its post and position. In the end each
    position of the post's last state has the item of that very revision, and all others are withdrawn; those of a
    deleted post are, too.
    """
    lists = {key: _lists(history) for key, history in states.items()}
    found: dict[str, str | None] = {}
    places: dict[str, set[int]] = defaultdict(set)
    for stored in records:
        where = f"quotes/{stored.partition} offset {stored.offset}"
        key = (stored.key or b"").decode()
        places[key].add(stored.partition)
        if stored.value is None:
            if key.rpartition(":")[0] not in states:
                yield "phantom quote", f"{key} is withdrawn, {where}"
            found[key] = None
            continue
        record = _record(stored.value)
        if record is None:
            yield "unreadable", where
            continue
        position = record.quote.position
        due, history = f"{record.post_key}:{position}", lists.get(record.post_key, {}).get(record.revision, ())
        issued = next((issued for issued in history if position < len(_items(issued))), None)
        if issued is None:
            yield "phantom quote", f"{due} of {record.revision}, {where}"
            continue
        if key != due or record.quote.key != due:
            yield "double quote", f"{due} under another key, {where}"
            continue
        found[key] = record.revision
        wrong = [name for name, is_right in _comparison(record, issued) if not is_right]
        if wrong:
            yield "wrong quote", f"{key} in {', '.join(wrong)}, {where}"
    yield from (("double quote", f"{key} in several partitions") for key, some in places.items() if len(some) > 1)
    yield from _judge_ends(last, found)


@lru_cache(maxsize=4096)
def _record(value: bytes) -> QuoteRecord | None:
    try:
        return QuoteRecord.model_validate_json(value)
    except ValidationError:
        return None


def _judge_ends(last: Mapping[str, Issued], found: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    due = {
        f"{key}:{position}": "" if issued.post.is_deleted else revision_of(issued.post)
        for key, issued in last.items()
        for position in range(len(_items(issued)))
    }
    for key, revision in due.items():
        own = found.get(key)
        if own is None:
            yield "lost quote", key
        elif own != revision:
            yield "quote of another state", f"{key}: {own} instead of {revision}"
    for key, own in found.items():
        if own is not None and key not in due and key.rpartition(":")[0] in last:
            yield "quote not withdrawn", f"{key} of {own}"


def _lists(history: Sequence[Issued]) -> dict[str, list[Issued]]:
    """Revision -> what was issued under it."""
    found: dict[str, list[Issued]] = defaultdict(list)
    for issued in history:
        if not issued.post.is_deleted:
            found[revision_of(issued.post)].append(issued)
    return found


def _items(issued: Issued) -> Sequence[object]:
    return issued.quotes.items if issued.quotes else ()


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
