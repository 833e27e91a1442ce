"""``tgwire check``: is everything set up as it should be?"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from processors.errors import LanguageSettingError, QuoteSettingError
from processors.loading import load_detector, load_quote_splitter
from runtime.kafka.group_lag import group_lag
from runtime.kafka.tls import tls_context
from runtime.kafka.topics import verify_topics
from runtime.printable import one_line
from runtime.run_files import running
from runtime.settings.places import ChosenPath, default_state_dir, state_dirs, user_config_file
from runtime.settings.tree import Settings
from schemas.plurals import counted
from tgwire.cli.collection_check import CheckFinding, answer_of, collection_findings
from tgwire.cli.commands import topics
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.output.console import out, write_json


def check(
    ctx: typer.Context,
    connect: Annotated[bool, typer.Option("--connect", help="Ask the cluster too: sign in, topics, lag.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check configuration, accounts and channels, offline; with --connect the cluster and running processes too.

    Telegram is not asked: `tgwire channels verify` does that. Exit code 1 when something is wrong, 3 when the
    configuration is unusable: then file, line and field are named.

    Examples: tgwire check; tgwire -c production.toml check --connect
    """
    context: Context = ctx.obj
    findings = [_configuration(context.config_file), *_state(context), *_offline(context.settings)]
    if connect:
        findings += _online(context)
    if as_json:
        write_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark = Text("ok", style="green") if finding.is_good else Text("wrong", style="red")
            out.print(mark, one_line(f"{finding.what}: {finding.detail}"), soft_wrap=True)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(Exit.INCOMPLETE)


def _offline(settings: Settings) -> Iterator[CheckFinding]:
    servers = settings.kafka.bootstrap_servers
    yield CheckFinding("cluster", servers is not None, servers or "not set: set KAFKA_BOOTSTRAP_SERVERS")
    yield _tried(
        "language",
        lambda: load_detector(settings.language),
        LanguageSettingError,
        "models, languages and prior are there",
    )
    yield _tried(
        "quotes",
        lambda: load_quote_splitter(settings.quotes),
        QuoteSettingError,
        "registry and outlets of your own are there",
    )
    yield _writable("worker.data_dir", settings.worker.data_dir)
    yield from collection_findings(settings)
    if settings.kafka.has_tls:
        yield _tried("TLS", lambda: tls_context(settings.kafka), ValueError, "certificates and key can be used")


def _configuration(file: ChosenPath | None) -> CheckFinding:
    if file is None:
        return CheckFinding(
            "configuration", True, f"valid; no file: {user_config_file()} and tgwire.toml are not there"
        )
    return CheckFinding("configuration", True, f"{file.path.absolute()} ({file.reason}): valid")


def _state(context: Context) -> Iterator[CheckFinding]:
    folder, usual = context.settings.ingest.state_dir, default_state_dir(context.config_file)
    finding = _writable("ingest.state_dir", folder)
    reason = usual.reason if folder == usual.path else "set"
    yield finding._replace(detail=f"{finding.detail} ({reason})") if finding.is_good else finding
    others = {each.absolute() for each in state_dirs(context.config_file)} - {folder.absolute()}
    for other in sorted(others):
        yield CheckFinding("state", True, f"{other} has state as well, and is not used: set ingest.state_dir to use it")


def _tried(what: str, load: Callable[[], object], fault: type[Exception], good: str) -> CheckFinding:
    try:
        load()
    except fault as error:
        return CheckFinding(what, False, str(error))
    return CheckFinding(what, True, good)


def _writable(name: str, folder: Path) -> CheckFinding:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        return CheckFinding(name, False, f"{existing} is no folder")
    is_writable = os.access(existing, os.W_OK)
    return CheckFinding(
        name, is_writable, str(folder.absolute()) if is_writable else f"{existing} cannot be written to"
    )


def _online(context: Context) -> Iterator[CheckFinding]:
    for process in running(context.settings.ingest.state_dir):
        yield CheckFinding(f"tgwire {process.command}", *answer_of(process))
    checks = verify_topics(context.kafka, context.settings.dedup, flat=context.settings.worker.flat)
    yield CheckFinding("connection", True, f"signed in to {context.kafka.bootstrap_servers}")
    for topic in checks:
        drift = "; ".join(f"{d.setting} is {d.found}, expected {d.expected}" for d in topic.drifts)
        yield CheckFinding(topic.name, topics.all_good([topic]), drift or topic.state)
    if all(topic.exists for topic in checks):
        for name, behind in group_lag(context.kafka, context.settings.worker.group).items():
            yield CheckFinding(f"lag of {name}", True, counted(behind, "record"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)
