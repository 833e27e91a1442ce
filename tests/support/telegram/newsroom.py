"""An account of the collector's at a test's own data centre, and what it hints at."""

from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from ingest.telegram.account import Account
from ingest.telegram.net.metrics import TelegramMetrics
from ingest.telegram.net.session import import_session
from ingest.testing import ReceivedUpdates
from runtime.settings.telegram import AccountSettings, TelegramSettings
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.server import API_HASH, API_ID, HOST, DataCentre

TIMEOUT_S = 60.0
"""Of a request: room for an answer on a busy machine."""
HASTY_S = 6.0
"""The same where a test waits for it to pass."""


class Newsroom:
    """State folder, settings and metrics for accounts at one data centre."""

    def __init__(self, centre: DataCentre, state_dir: Path, **settings: Any) -> None:
        self.centre, self.state_dir = centre, state_dir
        self.settings = TelegramSettings(
            **{
                "api_id": API_ID,
                "api_hash": SecretStr(API_HASH),
                "server": f"{HOST}:{centre.port}",
                "request_timeout_s": TIMEOUT_S,
                "requests_per_s": 1000.0,
                **settings,
            }
        )
        self.registry = CollectorRegistry()
        self.metrics = TelegramMetrics(self.registry)
        self.received = ReceivedUpdates()

    def sign_in(self, person: accounts.Account, account: AccountSettings | None = None) -> None:
        """Give an account a session of the person's."""
        import_session(account or AccountSettings(), self.state_dir, SecretStr(self.centre.session_string(person)))

    def account(self, account: AccountSettings | None = None) -> Account:
        """A new start of the account."""
        return Account(self.settings, account or AccountSettings(), self.state_dir, self.metrics, self.received)

    def value(self, metric: str, **labels: str) -> float:
        """A sample of the metrics, 0 when there is none."""
        return self.registry.get_sample_value(f"tgwire_telegram_{metric}", {"account": "main", **labels}) or 0.0
