"""What every table of settings does."""

import re

from pydantic import BaseModel, ConfigDict


class SettingsModel(BaseModel):
    """Base of the tables of settings: an unknown field is an error, so that a typo is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class FolderOrAddress:
    """Marks a setting of text that is the path of a folder, or the address of something elsewhere."""


def folder_or_bucket(place: str) -> str:
    """The place as it is; ValueError when it has the form of an address but not that of a bucket."""
    if "://" in place and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/.*)?", place):
        raise ValueError("expected a folder, or s3://BUCKET/PREFIX")
    return place
