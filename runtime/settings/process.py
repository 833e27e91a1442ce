"""Settings of every process: its endpoint and its log."""

from typing import Literal

from pydantic import Field

from runtime.settings.base import SettingsModel


class HttpSettings(SettingsModel):
    """The endpoint of /metrics, /healthz and /readyz."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=0, ge=0, le=65535, description="Port; 0 takes a free one and logs it.")


class LogSettings(SettingsModel):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level shown.")
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: console on a terminal, else JSON lines."
    )
