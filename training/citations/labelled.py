"""Labelled posts: reading them, and naming exactly what was read."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from processors.core.quotes.lines.tokens import words_of
from schemas.validation_messages import reason_of


class LabelledDataError(ValueError):
    """A file of labelled posts cannot be used; the text names file, line and field."""


class LabelledCitation(BaseModel):
    """One true citation; offsets are code points of the post's text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outlet: str
    outlet_text: str
    start: int
    end: int
    kind: str
    cited: list[str] = []


class CitationPost(BaseModel):
    """A post with all its citations; ``source`` names its channel."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lang: str
    source: str
    text: str
    citations: list[LabelledCitation]


class LabelledFile(NamedTuple):
    """A file of labelled posts and the SHA-256 of its bytes."""

    name: str
    sha256: str
    posts: list[CitationPost]


def read_folder(folder: Path, pattern: str) -> list[LabelledFile]:
    """The files of a folder that match a pattern, by name. LabelledDataError when there is none or a line is wrong."""
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not paths:
        raise LabelledDataError(f"{folder}: holds no {pattern}")
    return [_read(path) for path in paths]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> LabelledFile:
    data = path.read_bytes()
    posts: list[CitationPost] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            posts.append(CitationPost.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "line"
            raise LabelledDataError(f"{path}:{number}: {field}: {reason_of(first)}") from error
    return LabelledFile(path.name, hashlib.sha256(data).hexdigest(), posts)


def is_same_outlet(label: LabelledCitation, name: str, written: str) -> bool:
    """Whether an outlet is the labelled one: by its name, or as written."""
    if words_of(label.outlet) == words_of(name):
        return True
    labelled, found = set(words_of(label.outlet_text)), set(words_of(written))
    return bool(labelled & found) and (labelled <= found or found <= labelled)
