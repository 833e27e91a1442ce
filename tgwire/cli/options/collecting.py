"""Options of the commands that collect: the history, its bounds, and files."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ingest.collector.recovery.backfill_bounds import EVERYTHING, BackfillBounds

Backfill = Annotated[bool, typer.Option("--backfill", help="Also collect older posts; live posts go first.")]
Takeout = Annotated[
    bool, typer.Option("--takeout", help="Backfill in an export session of Telegram's, with milder limits.")
]
BackfillSince = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN", help="Backfill posts from this date or time on, e.g. 2026-01-31 or 2026-01-31T12:00Z."
    ),
]
BackfillUntil = Annotated[str | None, typer.Option(metavar="WHEN", help="Backfill posts before this date or time.")]
BackfillFromId = Annotated[int | None, typer.Option(min=1, help="Backfill posts from this message id on.")]
MediaOption = Annotated[bool, typer.Option("--media", help="Also store media files, in collect.media_dir.")]


def backfill_bounds(
    since: str | None, until: str | None, from_id: int | None, *, is_wanted: bool, goes_with: str = "--backfill"
) -> BackfillBounds:
    """The bounds as they are written; BadParameter for what cannot be, and for bounds of nothing that is requested."""
    bounds = BackfillBounds(from_id or 1, _moment("--since", since), _moment("--until", until))
    if bounds.since is not None and bounds.until is not None and bounds.since >= bounds.until:
        raise typer.BadParameter("--since is not before --until: nothing lies between them")
    if bounds != EVERYTHING and not is_wanted:
        raise typer.BadParameter(f"--since, --until and --from-id go with {goes_with}")
    return bounds


def _moment(option: str, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given.strip().upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{option} {given!r} is no date or time, e.g. 2026-01-31 or 2026-01-31T12:00Z"
        ) from None
