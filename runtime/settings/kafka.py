"""Settings of the cluster."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from runtime.settings.base import SettingsModel

_FETCH_WAIT_S = 0.5
"""For which a broker holds a fetch of kafka-python that finds nothing: a consumer's requests may take longer."""
_IDLE_S = 540.0
"""After which kafka-python closes an unused connection: none of a consumer's requests may take as long."""
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:,/]+):([0-9]{1,5})")


def _brokers(value: str) -> str:
    servers = [server.strip() for server in value.split(",")]
    for server in servers:
        match = _HOST_AND_PORT.fullmatch(server)
        if match is None or not 0 < int(match[2]) < 65536:
            raise ValueError("expected host:port, or several with commas between")
    return ",".join(servers)


class KafkaSettings(SettingsModel):
    """The cluster, and how to connect to it."""

    bootstrap_servers: Annotated[str, AfterValidator(_brokers)] | None = Field(
        default=None, description="Brokers: host:port, comma-separated.", examples=["localhost:9092"]
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Transport security."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="SASL mechanism, with a SASL_ protocol."
    )
    username: str | None = Field(default=None, description="SASL user.", examples=["tgwire"])
    password: SecretStr | None = Field(
        default=None, description="SASL password; better set as TGWIRE_KAFKA__PASSWORD than in a file."
    )
    ssl_cafile: Path | None = Field(default=None, description="CA certificates (PEM); unset: the system's.")
    ssl_certfile: Path | None = Field(default=None, description="Client certificate (PEM).")
    ssl_keyfile: Path | None = Field(default=None, description="Client key (PEM, not encrypted).")
    topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$", description="Put before every topic name.")
    replication_factor: int = Field(default=-1, ge=-1, description="For created topics; -1 is the broker's default.")
    raw_retention_days: int = Field(
        default=30, gt=0, description="Days that created topics keep raw posts: how far back records can be rebuilt."
    )
    idempotent: bool = Field(default=True, description="Idempotent producers; off only for a broker without them.")
    request_timeout_s: float = Field(
        default=30.0, gt=_FETCH_WAIT_S, lt=_IDLE_S, description="Longest wait for one request."
    )

    @model_validator(mode="after")
    def _credentials_go_with_sasl(self) -> "KafkaSettings":
        if self.security_protocol.startswith("SASL_") and (self.username is None or self.password is None):
            raise ValueError(f"security_protocol {self.security_protocol} needs username and password")
        return self

    @model_validator(mode="after")
    def _files_go_with_tls(self) -> "KafkaSettings":
        files = {"ssl_cafile": self.ssl_cafile, "ssl_certfile": self.ssl_certfile, "ssl_keyfile": self.ssl_keyfile}
        given = [name for name, path in files.items() if path is not None]
        if given and not self.has_tls:
            raise ValueError(f"{given[0]} needs security_protocol SSL or SASL_SSL, not {self.security_protocol}")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("ssl_keyfile needs ssl_certfile")
        return self

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")
