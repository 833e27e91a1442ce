"""``tgwire login``: sign an account in and out."""

import asyncio
import sys
from getpass import getpass
from typing import Annotated

import typer
from pydantic import SecretStr

from runtime.errors import ConfigurationError
from runtime.printable import one_line
from runtime.settings.places import ChosenPath
from runtime.settings.telegram import TelegramSettings
from tgwire.cli.context import Context
from tgwire.cli.output.console import complain, err, remark
from tgwire.extras import needs


class _Terminal:
    """Asks at the terminal; what is secret is not shown."""

    async def phone(self, problem: str | None) -> str:
        return await _ask("Phone number, with country code", problem)

    async def code(self, sent_by: str, problem: str | None) -> str:
        return await _ask(f"Code, sent by {sent_by}", problem)

    async def password(self, hint: str | None, problem: str | None) -> str:
        return await _ask(f"Password of two-step verification{f' (hint: {hint})' if hint else ''}", problem, hide=True)


async def _ask(question: str, problem: str | None, *, hide: bool = False) -> str:
    if problem is not None:
        complain(problem)
    answer: str = await asyncio.to_thread(typer.prompt, err.shown(one_line(question)), hide_input=hide, err=True)
    return answer


def sign_in(
    ctx: typer.Context,
    account: Annotated[str | None, typer.Option(help="Account to sign in; default: the first of the settings.")] = None,
    import_session: Annotated[
        bool, typer.Option("--import", help="Read a Telethon session string from stdin instead.")
    ] = False,
    export_session: Annotated[
        bool, typer.Option("--export", help="Write the session string to stdout: whoever has it is signed in.")
    ] = False,
    log_out: Annotated[bool, typer.Option("--log-out", help="End the session and delete its file.")] = False,
) -> None:
    """Sign in to Telegram with phone number, code and password; the session is kept in a file that only you can read.

    Needs telegram.api_id and telegram.api_hash of your own application (my.telegram.org, API development tools).

    Examples: tgwire login; tgwire login --account second; tgwire login --export > session.txt
    """
    with needs("telegram"):
        from ingest.telegram import login as telegram_login
        from ingest.telegram.net import session
        from ingest.telegram.net.session_path import session_path
        from tgwire.processes.channel_check import choose_account

    context: Context = ctx.obj
    settings, state_dir = context.settings.telegram, context.settings.ingest.state_dir
    chosen = choose_account(settings.accounts, account)
    if sum((import_session, export_session, log_out)) > 1:
        raise typer.BadParameter("--import, --export and --log-out exclude each other")
    if export_session:
        sys.stdout.write(session.export_session(chosen, state_dir).get_secret_value() + "\n")
    elif import_session:
        path = session.import_session(chosen, state_dir, _session_string())
        remark(f"account {chosen.name}: session stored in {path}")
    elif log_out:
        _check_application(settings, context.config_file)
        asyncio.run(telegram_login.log_out(settings, chosen, state_dir))
        remark(f"account {chosen.name}: signed out")
    else:
        _check_application(settings, context.config_file)
        signed_in = asyncio.run(telegram_login.login(settings, chosen, state_dir, _Terminal()))
        who = f"@{signed_in.username}" if signed_in.username else f"user {signed_in.user_id}"
        was = ", as before" if signed_in.was_before else ""
        kept = session_path(chosen, state_dir)
        remark(f"account {chosen.name}: signed in as {who}{was}; the session is kept in {kept}")


def _check_application(settings: TelegramSettings, config: ChosenPath | None) -> None:
    """Report what is missing before anything is asked; raises ConfigurationError with all of it."""
    missing = [name for name in ("api_id", "api_hash") if getattr(settings, name) is None]
    file = config.path if config is not None else "tgwire.toml (`tgwire init` writes one)"
    if missing:
        raise ConfigurationError(
            [
                *(
                    f"telegram.{name} is not set: set TGWIRE_TELEGRAM__{name.upper()}, or it in {file}"
                    for name in missing
                ),
                "Both are those of an application of yours: https://my.telegram.org, API development tools.",
            ]
        )


def _session_string() -> SecretStr:
    if sys.stdin.isatty():
        return SecretStr(getpass("Session string: "))
    return SecretStr(sys.stdin.readline().strip())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("login")(sign_in)
