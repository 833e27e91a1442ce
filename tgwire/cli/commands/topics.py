"""``tgwire topics``: create and compare the topics."""

import typer

from runtime.kafka.topics import TopicCheck, create_topics, verify_topics
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.output.console import err, write_json
from tgwire.cli.output.tables import table

app = typer.Typer(help="Create the topics, or compare them with what tgwire needs.", no_args_is_help=True)


@app.command()
def create(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Create the topics that are missing; those that exist stay as they are.

    Example: KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092 tgwire topics create
    """
    context: Context = ctx.obj
    done = create_topics(context.kafka, context.settings.dedup, flat=context.settings.worker.flat)
    if as_json:
        write_json({"created": list(done.created), "existing": list(done.existing)})
    else:
        err.print(f"created {len(done.created)}, already there {len(done.existing)}")


@app.command()
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Compare the topics with what tgwire needs; exit code 1 when one is missing or differs.

    Example: tgwire topics verify --json | jq '.[] | select(.state != "ok")'
    """
    context: Context = ctx.obj
    checks = verify_topics(context.kafka, context.settings.dedup, flat=context.settings.worker.flat)
    if as_json:
        write_json([describe(check) for check in checks])
    else:
        show(checks)
    if not all_good(checks):
        raise typer.Exit(Exit.INCOMPLETE)


def all_good(checks: list[TopicCheck]) -> bool:
    """Whether every topic exists, and nothing is known to differ."""
    return all(check.state in {"ok", "not checked", "left over"} for check in checks)


def describe(check: TopicCheck) -> dict[str, object]:
    """Turn a check into JSON."""
    return {
        "topic": check.name,
        "state": check.state,
        "drift": [{"setting": d.setting, "expected": d.expected, "found": d.found} for d in check.drifts],
        "not_checked": list(check.not_checked),
    }


def show(checks: list[TopicCheck]) -> None:
    """Print the checks as a table."""
    table(
        "Topics",
        ("topic", "state", "drift"),
        (
            (
                check.name,
                check.state,
                "; ".join(f"{d.setting} is {d.found}, expected {d.expected}" for d in check.drifts)
                or ", ".join(check.not_checked)
                or ("of an earlier version; delete it when no such worker runs" if check.topic is None else ""),
            )
            for check in checks
        ),
        text="drift",
    )
