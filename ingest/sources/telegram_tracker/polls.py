"""A poll, of which telegram-tracker keeps the results as Python or JSON writes them."""

import ast
from collections.abc import Iterator

from ingest.sources.context import ReadContext
from ingest.sources.csv_table.known_columns import CsvRow
from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.mapping import counts
from ingest.sources.table import cells
from ingest.utf16 import readable
from schemas import Poll, PollAnswer

_MAX_LITERAL = 20_000


def poll_of(row: CsvRow, context: ReadContext) -> Poll | None:
    """The poll; answers only as far as the results name them."""
    question = cells.known(row.get("poll_question"))
    if not isinstance(question, str):
        return None
    answers = tuple(_answers(_parsed(row.get("poll_results") or ""), context))
    voters = counts.count(context, cells.known(row.get("poll_total_voters")), "poll_total_voters")
    return Poll(question=readable(question), answers=answers, voters=voters)


def _answers(results: object, context: ReadContext) -> Iterator[PollAnswer]:
    for each in results if isinstance(results, list) else ():
        if isinstance(each, dict):
            text = each.get("answer", each.get("text", each.get("option")))
            voters = each.get("voters", each.get("votes"))
            if isinstance(text, str):  # the tool itself keeps numbers of options, without their texts
                yield PollAnswer(text=readable(text), voters=counts.count(context, voters, "poll_results"))


def _parsed(written: str) -> object:
    if written[:1] != "[" or len(written) > _MAX_LITERAL:
        return None
    try:
        return parse_json(written.encode("utf-8", "replace"))
    except InvalidRecordError:
        pass  # as Python writes it, then
    try:
        found: object = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found
