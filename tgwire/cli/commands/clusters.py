"""``tgwire clusters``: who copied whom."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.plurals import counted
from tgwire.cli.output.console import out, write_json
from tgwire.cli.output.tables import shorten, table
from tgwire.duplicate_clusters import DuplicateCluster, Member, read_collection

MAX_MEMBERS = 10
_TITLE_CELLS = 60
_TEXT_CELLS = 80


def clusters(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, help="Folders or files that replay --direct, demo or parse --jsonl has written."),
    ],
    top: Annotated[int, typer.Option(min=1, help="Number of clusters to show, largest first.")] = 10,
    members: Annotated[
        int | None,
        typer.Option(
            min=0,
            show_default="10 in tables, all in JSON",
            help="Members of each cluster to show, earliest first; 0 shows all. The others are counted.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one for each cluster.")] = False,
) -> None:
    """Show the largest clusters of duplicates: the first sender, and who repeated it how much later.

    Examples: tgwire clusters out/; tgwire clusters --top 3 --members 100 out/; tgwire clusters --json out/ | jq .size
    """
    found = read_collection(paths).clusters()
    for cluster in found[:top]:
        if as_json:
            write_json(_as_json(cluster, members or 0))
        else:
            _show(cluster, MAX_MEMBERS if members is None else members)
    if not as_json:
        posts = sum(len(cluster.members) for cluster in found)
        out.print(f"{counted(len(found), 'cluster')} with {counted(posts, 'post')}")


def _show(cluster: DuplicateCluster, most: int) -> None:
    first = cluster.first
    table(
        f"{counted(len(cluster.members), 'post')} — {shorten(first.opening, _TITLE_CELLS) or first.key}",
        ("post", "channel", "posted (UTC)", "lag", "how", "text"),
        (
            (
                member.key,
                member.channel,
                _moment(member),
                "first" if member is first else _duration(cluster.lag_s(member)),
                member.link and f"{member.link.kind} {member.link.similarity:.2f}",
                shorten(member.opening, _TEXT_CELLS),
            )
            for member in cluster.members
        ),
        text="text",
        most=most,
    )


def _moment(member: Member) -> str:
    if not member.is_collected:
        return "not collected"
    return "unknown" if member.posted_at is None else f"{member.posted_at:%Y-%m-%d %H:%M:%S}"


def _duration(seconds: float | None) -> str:
    """A lag in a readable form, e.g. 19 min."""
    if seconds is None:
        return "unknown"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _as_json(cluster: DuplicateCluster, most: int) -> dict[str, object]:
    shown = cluster.members[:most] if most else cluster.members
    return {
        "size": len(cluster.members),
        "first": cluster.first.key,
        "members": [
            {
                "key": member.key,
                "channel": member.channel,
                "posted_at": member.posted_at,
                "lag_s": cluster.lag_s(member),
                "duplicate": None if member.link is None else member.link.model_dump(mode="json"),
                "is_collected": member.is_collected,
            }
            for member in shown
        ],
        "members_left_out": len(cluster.members) - len(shown),
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clusters)
