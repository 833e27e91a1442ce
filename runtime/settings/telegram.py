"""Settings of Telegram and of its accounts."""

from pathlib import Path

from pydantic import (
    Field,
    PositiveInt,
    SecretStr,
    model_validator,
)

from runtime.settings.base import SettingsModel


class AccountSettings(SettingsModel):
    """One Telegram account."""

    name: str = Field(default="main", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Name in logs and metrics.")
    session: Path | None = Field(
        default=None,
        description="Session file; unset: sessions/NAME.session in ingest.state_dir.",
        examples=["main.session"],
    )
    proxy: SecretStr | None = Field(
        default=None,
        description="socks5://, socks4:// or http://[user:password@]host:port.",
        examples=["socks5://localhost:1080"],
    )
    device_model: str = Field(default="tgwire", min_length=1, description="Device, as Telegram shows it to the owner.")
    system_version: str = Field(default="1", min_length=1, description="System, as Telegram shows it.")
    app_version: str = Field(default="1", min_length=1, description="Application, as Telegram shows it.")
    lang_code: str = Field(default="en", pattern=r"^[a-z]{2}(-[a-zA-Z]+)?$", description="Language of the application.")


class TelegramSettings(SettingsModel):
    """Access to Telegram."""

    api_id: PositiveInt | None = Field(
        default=None, description="Of your application: my.telegram.org, API development tools.", examples=[12345]
    )
    api_hash: SecretStr | None = Field(
        default=None, description="Of your application; better set as TGWIRE_TELEGRAM__API_HASH than in a file."
    )
    accounts: tuple[AccountSettings, ...] = Field(
        default=(AccountSettings(),), min_length=1, description="Accounts: [[telegram.accounts]] tables."
    )
    request_timeout_s: float = Field(default=30.0, gt=0, description="A request that takes longer is given up.")
    requests_per_s: float = Field(
        default=1.0, gt=0, description="Pace of an account's requests that can wait: sweeps, counts, history."
    )
    server: str | None = Field(
        default=None, description="host:port of a data centre of your own.", examples=["localhost:4430"]
    )
    server_key: Path | None = Field(default=None, description="Its public RSA key (PEM).")

    @model_validator(mode="after")
    def _names_differ(self) -> "TelegramSettings":
        names = [account.name for account in self.accounts]
        if len(set(names)) < len(names):
            raise ValueError("two accounts have the same name")
        return self
