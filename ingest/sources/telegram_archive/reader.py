"""Messages of all chats, in the order in which they were stored, each with its media and reactions."""

import sqlite3
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.sqlite_files import columns_of, open_database, table_records, unreadable
from ingest.sources.telegram_archive.fields import MARKS, MEDIA_COLUMNS, MESSAGE_COLUMNS, ArchivedChat, post_of
from schemas import RawPost

_REACTION_COLUMNS = ("emoji", "count")


class TelegramArchiveReader:
    """See ``fields`` for what becomes of a row."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._chats: dict[object, ArchivedChat] = {}

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        try:
            with open_database(self._file) as database:
                self._chats = _chats(database)
                self._remark_on_versions(database)
                beside = _Beside(database)
                for each in table_records(database, "messages", MESSAGE_COLUMNS, MARKS):
                    yield beside.joined(each)
        except sqlite3.Error as error:
            yield unreadable(str(error))

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._chats, self._context)

    def _remark_on_versions(self, database: sqlite3.Connection) -> None:
        if "text" in columns_of(database, "message_versions"):
            (number,) = database.execute("SELECT count(*) FROM message_versions").fetchone()
            if number:
                self._context.warn(f"{number:,} earlier texts of edited messages are left out")


def _chats(database: sqlite3.Connection) -> dict[object, ArchivedChat]:
    names = ("id", "type", "title", "username")
    there = set(columns_of(database, "chats"))
    if not {"id", "type"} <= there:
        return {}
    chosen = ", ".join(name if name in there else "NULL" for name in names)
    return {row[0]: ArchivedChat(*row[1:]) for row in database.execute(f"SELECT {chosen} FROM chats")}  # noqa: S608


class _Beside:
    """Rows of other tables that belong to a message."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._has_accounts = "account_id" in columns_of(database, "messages")
        self._media = self._query("media", MEDIA_COLUMNS)
        self._reactions = self._query("reactions", _REACTION_COLUMNS, "removed_at")
        self._accounts = self._all_accounts() if self._has_accounts else []

    def _query(self, table: str, columns: Sequence[str], gone: str = "") -> str | None:
        there = set(columns_of(self._database, table))
        if not {"message_id", "chat_id"} <= there:
            return None
        self._make_findable(table)
        chosen = ", ".join(name if name in there else "NULL" for name in columns)
        account = " AND account_id = ?3" if self._has_accounts and "account_id" in there else ""
        present = f" AND {gone} IS NULL" if gone in there else ""
        return f"SELECT {chosen} FROM {table} WHERE message_id = ?1 AND chat_id = ?2{account}{present} ORDER BY rowid"  # noqa: S608

    def _make_findable(self, table: str) -> None:
        """The program makes an index; a copy of a table without one gets it, or each message would read all of it."""
        for index in self._database.execute(f"PRAGMA index_list({table})").fetchall():
            columns = [row[2] for row in self._database.execute(f'PRAGMA index_info("{index[1]}")')]
            if "message_id" in columns[:2]:
                return
        self._database.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM main.{table}")  # noqa: S608
        self._database.execute(f"CREATE INDEX temp.tgwire_{table} ON {table} (message_id, chat_id)")

    def _all_accounts(self) -> list[object]:
        return [row[0] for row in self._database.execute("SELECT DISTINCT account_id FROM messages ORDER BY 1")]

    def joined(self, record: ArchiveRecord) -> ArchiveRecord:
        """The record with what belongs to it, which is digested, too."""
        message = record.value
        if not isinstance(message, dict):
            return record
        key = (message["id"], message["chat_id"], message["account_id"])
        media, reactions = self._rows(self._media, key), self._rows(self._reactions, key)
        message["media"] = [dict(zip(MEDIA_COLUMNS, row, strict=True)) for row in media]
        message["reactions"] = reactions
        message["is_repeated"] = self._is_repeated(key)
        beside = repr((media, reactions)).encode(errors="replace")
        return record._replace(raw=record.raw + beside)

    def _rows(self, query: str | None, key: tuple[object, object, object]) -> list[tuple[object, ...]]:
        if query is None:
            return []
        try:
            return self._database.execute(query, key if "?3" in query else key[:2]).fetchall()
        except sqlite3.Error:
            return []

    def _is_repeated(self, key: tuple[object, object, object]) -> bool:
        """Whether an account before this one has the message, too."""
        message_id, chat_id, account_id = key
        query = "SELECT 1 FROM messages WHERE account_id = ? AND chat_id = ? AND id = ?"
        for other in self._accounts:
            if other == account_id:
                return False
            if self._database.execute(query, (other, chat_id, message_id)).fetchone():
                return True
        return False
