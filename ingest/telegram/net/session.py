"""Session files: whoever has one is signed in as the account, so that they are closed to others and used once."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from pydantic import SecretStr
from telethon.sessions import SQLiteSession, StringSession

from ingest.errors import AccountError
from ingest.telegram.net.session_path import FOLDER, session_path
from runtime.errors import StateError
from runtime.file_lock import FileLock, LockHeldError, lock_of
from runtime.private_files import make_private_file, make_private_folder
from runtime.settings.telegram import AccountSettings

_log = structlog.stdlib.get_logger(__name__)

_COMPANIONS = ("-wal", "-shm", "-journal")


class SessionLock:
    """Keeps a session to one process: a second one would stall the first, and Telegram may void the session."""

    def __init__(self, path: Path) -> None:
        """Raises AccountError when another process has the session, or the folder cannot be used."""
        lock_file = lock_of(path)
        try:
            if path.parent.name == FOLDER:
                make_private_folder(path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(lock_file)
        except LockHeldError as error:
            raise AccountError(
                f"{path} is in use by another process{error.pid}. Stop that one, or give each process an account of "
                "its own.",
                "in_use",
            ) from None
        except OSError as error:
            raise AccountError(
                f"{lock_file}: cannot be written ({error.strerror}). Make the folder writable, "
                "or set the account's session to another file.",
                "settings",
            ) from error

    def release(self) -> None:
        """Release the lock, so that another process may use the session."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


class FileSession(SQLiteSession):  # type: ignore[misc]  # Telethon is untyped
    """Telethon's own file of a session, so that one made elsewhere can be used, with two changes.

    No commit waits for the disk: what a power cut takes is fetched again. Of the people and chats that are met nothing
    is written: channels are in ``PeerCache``, and nobody else's name or phone number is needed.
    """

    _conn: sqlite3.Connection | None

    def __init__(self, path: Path, *, may_lag: bool = False) -> None:
        """``may_lag``: what cannot be saved now is reported, and raises nothing: Telegram sends it again.

        Raises AccountError when the file is none, or cannot be used.
        """
        self._may_lag = may_lag
        try:
            make_private_file(path)
            super().__init__(str(path))
            self._execute("PRAGMA journal_mode = WAL")
            self._execute("PRAGMA synchronous = NORMAL")
        except (OSError, sqlite3.Error, ValueError) as error:
            raise AccountError(
                f"{path} is not a usable session file ({type(error).__name__}). "
                "Restore it, or delete it and sign in again: tgwire login.",
                "settings",
            ) from error
        self.save_entities = False

    @property
    def has_key(self) -> bool:
        """Whether an authorization key is there, signed in or not."""
        return bool(self.auth_key and self.auth_key.key)

    def save(self) -> None:
        """Write the session to its file."""
        try:
            super().save()
        except sqlite3.Error as error:
            self._report(error)

    def close(self) -> None:
        """Commit, and close the file in any case."""
        try:
            super().close()
        except sqlite3.Error as error:
            connection, self._conn = self._conn, None
            if connection is not None:
                connection.close()
            self._report(error)

    def _update_session_table(self) -> None:
        try:
            super()._update_session_table()
        except sqlite3.Error as error:  # without it the next start would not be signed in
            raise self._unwritable(error) from error

    def _report(self, error: sqlite3.Error) -> None:
        if not self._may_lag:
            raise self._unwritable(error) from error
        _log.warning("session not saved: what was pushed last is fetched again", path=self.filename, problem=str(error))

    def _unwritable(self, error: sqlite3.Error) -> StateError:
        return StateError(
            f"{self.filename}: cannot be written ({error}). Make the folder writable and free some space."
        )

    def __repr__(self) -> str:
        return f"FileSession({self.filename!r})"


def delete_session(path: Path) -> None:
    """Remove a session file and what SQLite keeps beside it."""
    for companion in ("", *_COMPANIONS):
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).unlink()


def export_session(account: AccountSettings, state_dir: Path) -> SecretStr:
    """The session as a string of Telethon's; raises AccountError. Whoever has it is signed in as the account."""
    path = session_path(account, state_dir)
    if not path.exists():
        raise AccountError(f"account {account.name}: no session at {path}. Sign in: tgwire login.", "signed_out")
    with SessionLock(path):
        session = FileSession(path)
        try:
            if not session.has_key:
                raise AccountError(f"account {account.name}: not signed in. Sign in: tgwire login.", "signed_out")
            return SecretStr(StringSession.save(session))
        finally:
            session.close()


def import_session(account: AccountSettings, state_dir: Path, text: SecretStr) -> Path:
    """Write a session file from a string of Telethon's; raises AccountError, without the string in its message."""
    path = session_path(account, state_dir)
    try:
        imported = StringSession(text.get_secret_value().strip())
    except Exception:  # noqa: BLE001  # base64, struct and ipaddress each raise their own; the string must not show
        imported = None
    if imported is None or imported.auth_key is None:
        raise AccountError(
            "not a Telethon session string: it begins with 1 and has some 350 characters. Copy it whole.", "settings"
        ) from None
    with SessionLock(path):
        session = FileSession(path)
        try:
            if session.has_key:
                raise AccountError(
                    f"{path} holds a session already. Sign that one out first: tgwire login --log-out.", "settings"
                )
            session.set_dc(imported.dc_id, imported.server_address, imported.port)
            session.auth_key = imported.auth_key
        finally:
            session.close()
    return path
