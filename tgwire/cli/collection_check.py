"""What `tgwire check` finds of accounts, channels and running processes, without asking Telegram."""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ingest.telegram.net.session_path import session_path
from runtime.errors import ConfigurationError
from runtime.run_files import RunFile
from runtime.settings.channel_list import ChannelEntry, read_channels
from runtime.settings.telegram import AccountSettings, TelegramSettings
from runtime.settings.tree import Settings
from tgwire.status.probe import ask_all

ANSWER_S = 5.0


class CheckFinding(NamedTuple):
    """One thing that `tgwire check` looked at."""

    what: str
    is_good: bool
    detail: str


def collection_findings(settings: Settings) -> Iterator[CheckFinding]:
    """Channels and accounts; who collects nothing, and so has neither, misses nothing."""
    path = settings.collect.channels
    if not path.exists():
        yield CheckFinding(
            "channels", True, f"{path}: not there, so that nothing is collected; `tgwire channels add @name` begins it"
        )
        if settings.telegram.api_id is not None:
            yield from _accounts(settings)
        return
    try:
        entries = read_channels(path)
    except ConfigurationError as error:
        yield from (CheckFinding("channels", False, problem) for problem in error.problems)
        entries = ()
    else:
        yield from _channels(path, entries, settings)
    if settings.telegram.api_id is not None or any(entry.source == "telegram" for entry in entries):
        yield from _accounts(settings)


def _channels(path: Path, entries: Sequence[ChannelEntry], settings: Settings) -> Iterator[CheckFinding]:
    counts = Counter(entry.source for entry in entries)
    sources = f"{path}: {counts['telegram']} by account, {counts['preview']} by preview"
    yield CheckFinding("channels", bool(entries), sources)
    accounts = {account.name for account in settings.telegram.accounts}
    for entry in entries:
        if entry.account is not None and entry.account not in accounts:
            yield CheckFinding(
                entry.name,
                False,
                f"{path}: there is no account {entry.account!r}; known: {', '.join(sorted(accounts))}",
            )
        if entry.source == "preview" and not entry.name.startswith("@"):
            yield CheckFinding(entry.name, False, f"{path}: a preview is found by name only: write @name")
    if counts["preview"] and not settings.preview.enabled:
        not_enabled = "channels of source preview are not collected: set preview.enabled"
        yield CheckFinding("preview", False, not_enabled)
    if counts["preview"]:
        yield from _extra("preview", "httpx")


def _accounts(settings: Settings) -> Iterator[CheckFinding]:
    yield from _extra("telegram", "telethon")
    telegram = settings.telegram
    missing = [f"telegram.{name}" for name in ("api_id", "api_hash") if getattr(telegram, name) is None]
    if missing:
        yield CheckFinding(
            "telegram",
            False,
            f"{' and '.join(missing)} not set: those of your application at https://my.telegram.org",
        )
    yield from _server(telegram)
    for account in telegram.accounts:
        yield CheckFinding(f"account {account.name}", *_session(account, settings.ingest.state_dir))


def _server(telegram: TelegramSettings) -> Iterator[CheckFinding]:
    key = telegram.server_key
    if key is not None and not os.access(key, os.R_OK):
        yield CheckFinding("telegram.server_key", False, f"{key}: cannot be read")


def _session(account: AccountSettings, state_dir: Path) -> tuple[bool, str]:
    """Whether the account's session file is there and holds a key. It is only looked into: a collector may use it."""
    path = session_path(account, state_dir)
    sign_in = f"tgwire login --account {account.name}"
    if not path.exists():
        return False, f"{path}: no session. Sign in: {sign_in}"
    if not os.access(path, os.R_OK | os.W_OK):
        return False, f"{path}: cannot be read and written by this user"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            keys = database.execute("SELECT auth_key FROM sessions").fetchall()
    except sqlite3.Error as error:
        return False, f"{path}: no usable session file ({error}). Restore it, or delete it and sign in again: {sign_in}"
    if not any(key for (key,) in keys):
        return False, f"{path}: not signed in. Sign in: {sign_in}"
    if path.stat().st_mode & 0o077:
        return False, f"{path}: others may read it, and whoever has it is signed in: chmod 600"
    return True, f"{path}: session is there"


def _extra(name: str, module: str) -> Iterator[CheckFinding]:
    if find_spec(module) is None:
        yield CheckFinding(name, False, f"the extra {name!r} is not installed")


def answer_of(process: RunFile) -> tuple[bool, str]:
    """Whether a running process reports that it can work, and its message."""
    where = f"pid {process.pid}, since {process.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if process.endpoint is None or not process.endpoint.startswith("http"):
        return True, f"{where}, at {process.endpoint}"
    (probe,) = ask_all([process.endpoint], ANSWER_S)
    if probe.is_ready is None:
        return False, f"{where}, does not answer at {process.endpoint}: {probe.reason}"
    return probe.is_ready, f"{where}, at {process.endpoint}: {probe.reason}"
