"""What the file of weights holds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TagWeights = Annotated[list[float], Field(min_length=3, max_length=3)]
"""A weight for each tag, in the order of the model's TAGS."""


class WeightsFile(BaseModel):
    """list_weights.toml: what ``scripts/train-quotes`` writes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    inputs: dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]
    """The files that the weights were trained on, with their SHA-256."""
    seed: int
    outside_bias: float
    """Added to the weight of every piece that is outside of lists."""
    run_bias: float
    """Added to the weight of every run."""
    transitions: dict[str, TagWeights]
    """For each tag the weight of each tag after it."""
    pieces: dict[str, TagWeights]
    """For each name of evidence its weight for each tag."""
    runs: dict[str, float]
    """For each name of evidence its weight for a list."""
