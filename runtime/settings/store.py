"""Settings of the store."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from runtime.settings.base import SettingsModel

SQLITE = "sqlite:"
POSTGRES = ("postgresql://", "postgres://")
FILE_NAME = "tgwire.db"


def _address(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if text.startswith(SQLITE):
        if not Path(text.removeprefix(SQLITE)).expanduser().is_absolute():
            raise ValueError("expected the whole path of the file: sqlite:/path/to/tgwire.db")
    elif not text.startswith(POSTGRES) or not urlsplit(text).path.strip("/"):
        raise ValueError("expected sqlite:/path/to/tgwire.db, or postgresql://user@host/database")
    return url


def store_url(written: str) -> str:
    """The address that a person wrote: a path alone is that of a file of SQLite."""
    return written if ":" in written else f"{SQLITE}{written}"


class StoreSettings(SettingsModel):
    """Where records are kept to be read and searched."""

    url: Annotated[SecretStr, AfterValidator(_address)] | None = Field(
        default=None,
        description="sqlite:/path/to/tgwire.db, or postgresql://user@host/database (its password better in PGPASSWORD, "
        "or in a password file); unset: tgwire.db in ingest.state_dir.",
        examples=["postgresql://tgwire@localhost/tgwire"],
    )
    read_url: Annotated[SecretStr, AfterValidator(_address)] | None = Field(
        default=None,
        description="The same store for those who only read it (tail, search, export, sql), with a login of its own; "
        "unset: store.url.",
        examples=["postgresql://tgwire_read@localhost/tgwire"],
    )
    keep_deleted: bool = Field(
        default=True,
        description="Keep the texts of deleted posts; false: a deletion takes text, revisions, quotes and counts out.",
    )
    keep_days: int = Field(
        default=0, ge=0, description="Posts older than this are removed by `tgwire store retain`; 0: none."
    )
    batch_records: int = Field(default=1000, gt=0, description="Most records of a partition that are written at once.")
    batch_wait_s: float = Field(default=0.2, gt=0, description="Longest wait to fill a batch.")

    def address_to_read(self, state_dir: Path) -> str:
        """The address for those who only read; it can hold a password."""
        return self.address(state_dir) if self.read_url is None else self.read_url.get_secret_value()

    def address(self, state_dir: Path) -> str:
        """The store's address; it can hold a password."""
        return f"{SQLITE}{(state_dir / FILE_NAME).absolute()}" if self.url is None else self.url.get_secret_value()
