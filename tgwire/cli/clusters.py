"""``tgwire clusters``: who copied whom."""

from pathlib import Path
from typing import Annotated

import typer

from tgwire.cli.console import out, table, write_json
from tgwire.cli.views import shorten
from tgwire.clusters import Cluster, Member, read_collection


def clusters(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, help="Folders or files that replay --direct, demo or parse --jsonl has written."),
    ],
    top: Annotated[int, typer.Option(min=1, help="Show so many, the largest first.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one for each cluster.")] = False,
) -> None:
    """Show the largest clusters of duplicates: the first sender, and who repeated it how much later.

    Examples: tgwire clusters out/; tgwire clusters --top 3 --json out/ | jq .size
    """
    found = read_collection(paths).clusters()
    for cluster in found[:top]:
        if as_json:
            write_json(_as_json(cluster))
        else:
            _show(cluster)
    if not as_json:
        posts = sum(len(cluster.members) for cluster in found)
        out.print(f"{len(found)} clusters with {posts} posts", highlight=False)


def _show(cluster: Cluster) -> None:
    first = cluster.first
    table(
        f"{len(cluster.members)} posts — {shorten(first.opening) or first.key}",
        ("post", "channel", "posted (UTC)", "lag", "how", "similarity"),
        (
            (
                member.key,
                member.channel,
                _moment(member),
                "first" if member is first else _duration(cluster.lag_s(member)),
                member.link and member.link.kind,
                member.link and f"{member.link.similarity:.2f}",
            )
            for member in cluster.members
        ),
    )


def _moment(member: Member) -> str:
    if not member.is_collected:
        return "not collected"
    return "unknown" if member.posted_at is None else f"{member.posted_at:%Y-%m-%d %H:%M:%S}"


def _duration(seconds: float | None) -> str:
    """A lag as people say it, e.g. 19 min."""
    if seconds is None:
        return "unknown"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _as_json(cluster: Cluster) -> dict[str, object]:
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
            for member in cluster.members
        ],
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clusters)
