"""Settings of the analysis: languages and quotes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from runtime.settings.base import SettingsModel
from runtime.settings.list_values import words


class LanguageSettings(SettingsModel):
    """Language detection."""

    languages: (
        Annotated[
            tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], BeforeValidator(words), Field(min_length=1)
        ]
        | None
    ) = Field(
        default=None,
        description="Languages to expect, as ISO 639 codes; unset: those of docs/language.md.",
        examples=[["en", "ru", "uk"]],
    )
    prior: Path | None = Field(
        default=None, description="File of channel priors, written by `tgwire language-prior`.", examples=["prior.json"]
    )
    second_model: Literal["py3langid", "lingua"] = Field(
        default="py3langid", description="Model for short and close cases; lingua needs the extra of that name."
    )


class QuoteSettings(SettingsModel):
    """Media-quote lists."""

    outlets: Path | None = Field(
        default=None,
        description="File of outlets of your own, added to the registry; its form is in docs/quotes.md.",
        examples=["outlets.toml"],
    )
