"""Where session files lie; for those, too, who do not open them."""

from pathlib import Path

from runtime.settings.telegram import AccountSettings

FOLDER = "sessions"
SUFFIX = ".session"


def session_path(account: AccountSettings, state_dir: Path) -> Path:
    """Path of the session file of an account in a state folder."""
    path = account.session or state_dir / FOLDER / account.name
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)
