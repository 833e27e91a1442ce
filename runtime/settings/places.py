"""Default places of configuration and state."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_config_path, user_state_path

from runtime.errors import ConfigurationError

APPLICATION = "tgwire"
CONFIG_NAME = "tgwire.toml"
CONFIG_VARIABLE = "TGWIRE_CONFIG"
EARLIER_STATE = ".tgwire"
"""Folder of state in the working folder, which earlier versions used by default."""
_STATE = ("ledger.sqlite3", "cursors.sqlite3", "sessions", "telegram", "worker", "media")
"""What sets a folder of state apart from one that only holds the output of ``tgwire demo`` or a broker."""


@dataclass(frozen=True, slots=True)
class ChosenPath:
    """A file or folder that is used, and why that one."""

    path: Path
    reason: str


def user_config_file() -> Path:
    """The file of settings in the user's configuration folder."""
    return user_config_path(APPLICATION) / CONFIG_NAME


def find_config(given: Path | None = None) -> ChosenPath | None:
    """The file of settings, None when there is none.

    The given one, else the one that TGWIRE_CONFIG names, else the nearest ``tgwire.toml`` in the working folder and
    those above, else the user's.

    Raises ConfigurationError for a file above the working folder that another user could have put there.
    """
    if given is not None:
        return ChosenPath(given, "given")
    if named := os.environ.get(CONFIG_VARIABLE):
        return ChosenPath(Path(named), f"{CONFIG_VARIABLE} names it")
    if (here := Path(CONFIG_NAME)).exists():
        return ChosenPath(here, "in the working folder")
    above = next((folder / CONFIG_NAME for folder in _above() if (folder / CONFIG_NAME).exists()), None)
    if above is not None:
        _check_owner(above)
        return ChosenPath(above, "in a folder above")
    usual = user_config_file()
    return ChosenPath(usual, "in the user's configuration folder") if usual.exists() else None


def default_state_dir(config: ChosenPath | None) -> ChosenPath:
    """The folder of state where no setting names one.

    That of an earlier version, in the working folder or beside the file of settings, goes on being used: without its
    ledger every channel would begin again.
    """
    usual = user_state_path(APPLICATION)
    earlier = next((folder for folder in state_dirs(config) if folder != usual), None)
    if earlier is not None:
        return ChosenPath(earlier, f"of an earlier version: move it to {usual} to use it from every folder")
    return ChosenPath(usual, "the user's state folder")


def state_dirs(config: ChosenPath | None) -> list[Path]:
    """The folders that hold state, of those that can be the default one; the first of them is."""
    beside = [config.path.parent / EARLIER_STATE] if config is not None else []
    candidates = dict.fromkeys([Path(EARLIER_STATE), *beside, user_state_path(APPLICATION)])
    return [folder for folder in candidates if holds_state(folder)]


def holds_state(folder: Path) -> bool:
    """Whether tgwire keeps state in a folder."""
    return any((folder / name).exists() for name in _STATE)


def _above() -> Iterator[Path]:
    yield from Path.cwd().parents


def _check_owner(path: Path) -> None:
    """A file in a shared folder such as /tmp must not send an account's key to another server."""
    if path.stat().st_uid not in (os.getuid(), 0):
        raise ConfigurationError(
            [f"{path}: found above the working folder, but it belongs to another user: name it with --config to use it"]
        )
