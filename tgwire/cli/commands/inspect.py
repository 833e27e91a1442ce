"""``tgwire inspect``: what archives hold, before they are replayed."""

from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from ingest.replay.dry_run import dry_run
from ingest.replay.engine import ReplayProgress
from ingest.sources.base import Source, SourceItem
from ingest.sources.survey import Detect, EarlierPosts, Survey
from processors.loading import load_detector
from schemas import Lane
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.inputs import open_inputs
from tgwire.cli.options import archives as given
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import complain, write_json
from tgwire.cli.output.replay_report import progress_bar
from tgwire.cli.output.survey import as_json_value, show


def inspect(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Archives and folders of them, packed or not; - is stdin.")],
    format_name: given.FormatName = None,
    channel: given.ChannelOption = None,
    timezone: given.Timezone = None,
    chats: given.ChatsOption = "channels",
    columns: given.Columns = None,
    markup: given.Markup = None,
    max_errors: MaxErrors = MAX_NAMED,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for each file.")] = False,
) -> None:
    """Show what archives hold: format, channels, posts, dates, languages, forwards, media, gaps in the ids, repeated
    posts, and what the files have in common.

    Everything is read, and nothing is published or written. Languages are those of the first 2,000 posts of a channel.

    Examples: tgwire inspect export.zip; tgwire inspect archives/ --json
    """
    context: Context = ctx.obj
    options = given.ArchiveOptions(format_name, channel, timezone, chats, tuple(columns or ()), markup)
    with Complaints(max_errors) as complaints:
        read_options = options.read_options(Lane.BACKFILL, context.settings)
        inputs = open_inputs(paths, read_options, complaints, options.given_format())
        has_faults = inputs.left_out > 0
        posts = 0
        detector = load_detector(context.settings.language)
        with progress_bar(inputs.sources, "inspect") as on_progress:
            for survey in _surveys(inputs.sources, complaints, on_progress, lambda text: detector.detect(text).code):
                posts += survey.posts
                has_faults = has_faults or bool(survey.rejected or survey.failure)
                if as_json:
                    write_json(as_json_value(survey))
                else:
                    show(survey)
    if not posts:
        complain("no post was found")
    if has_faults or not posts:
        raise typer.Exit(Exit.INCOMPLETE)


def _surveys(
    sources: list[Source], complaints: Complaints, on_progress: Callable[[ReplayProgress], None], detect: Detect
) -> Iterator[Survey]:
    earlier = EarlierPosts()
    for source in sources:
        survey = Survey(source.name, source.kind, source.total_bytes)

        def add(_: Source, item: SourceItem, survey: Survey = survey) -> None:
            survey.add(item, detect)

        summary = dry_run([source], on_item=add, on_progress=on_progress, on_rejected=complaints.rejected)
        survey.warnings = source.warnings
        earlier.compare(survey)
        for error in summary.failed_sources:
            survey.failure = str(error)
            complaints.add(error, "source that broke off", "sources that broke off")
        yield survey


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)
