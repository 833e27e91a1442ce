"""What every table of settings does."""

from pydantic import BaseModel, ConfigDict


class SettingsModel(BaseModel):
    """Base of the tables of settings: an unknown field is an error, so that a typo is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class FolderOrAddress:
    """Marks a setting of text that is the path of a folder, or the address of something elsewhere."""
