"""``tgwire language-prior``: learn what languages channels write in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from processors.core.language.prior import learned
from schemas import NormalizedPost, Tombstone
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import write_json
from tgwire.duplicate_clusters import record_lines

_RECORD: TypeAdapter[NormalizedPost | Tombstone] = TypeAdapter(NormalizedPost | Tombstone)


def language_prior(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Files of posts.normalized as JSON lines.")
    ],
    max_errors: MaxErrors = MAX_NAMED,
) -> None:
    """Learn a language prior from records: the share of each language among a channel's long posts.

    Write it to a file and set language.prior to it: it decides where the text of a post leaves doubt. The same
    records give the same prior. A line without a record is named and skipped; the exit code is then 1.

    Example: tgwire language-prior out/posts.normalized.jsonl > prior.json
    """
    with Complaints(max_errors) as complaints:
        reader = _PriorReader(complaints)
        write_json(learned(reader.posts(paths)))
    if reader.refused:
        raise typer.Exit(Exit.INCOMPLETE)


class _PriorReader:
    """Reads posts and counts what is none."""

    def __init__(self, complaints: Complaints) -> None:
        self._complaints = complaints
        self.refused = 0

    def posts(self, paths: list[Path]) -> Iterator[NormalizedPost]:
        for path in paths:
            for number, line in enumerate(record_lines(path), start=1):
                yield from self._post(line, f"{path}:{number}")

    def _post(self, line: bytes, place: str) -> Iterator[NormalizedPost]:
        if not line.strip():
            return
        try:
            record = _RECORD.validate_json(line)
        except ValidationError:
            self.refused += 1
            self._complaints.add(
                f"{place}: no record of a post",
                "line that holds no record of a post",
                "lines that hold no record of a post",
            )
            return
        if isinstance(record, NormalizedPost):
            yield record


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(language_prior)
