"""What is built from the package's data beforehand, by ``python -m tgwire.generate``.

Reading it takes a fraction of the time of building it at each start. A file names the SHA-256 of its sources; one of
other sources counts for nothing, so that a change of the data takes effect at once.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any, Final, Generic, TypeVar

import orjson
from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
_SOURCES: Final = "sources"
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class BuiltFile(Generic[Model]):
    """A file of a model that is built from others."""

    def __init__(
        self, path: Traversable, sources: Sequence[Traversable], model: type[Model], build: Callable[[], Model]
    ) -> None:
        self._path = path
        self._sources = sources
        self._model = model
        self._build = build

    def load(self) -> Model:
        """The model; built where the file does not fit the sources."""
        document = read_built(self._path, self._digest())
        return self._build() if document is None else self._model.model_validate(document)

    def text(self) -> str:
        """What the file should hold."""
        return built_text(self._build().model_dump(), self._digest())

    def _digest(self) -> str:
        return digest_of(source.read_bytes() for source in self._sources)


def digest_of(sources: Iterable[bytes]) -> str:
    """SHA-256 of files in a row, each with its length."""
    digest = hashlib.sha256()
    for content in sources:
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()


def read_built(path: Traversable, digest: str) -> Any:  # noqa: ANN401 - as the file's builder wrote it
    """The document in a file; null if it is absent or was built from other sources than those of a digest."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return parsed_built(content, digest)


def parsed_built(content: bytes, digest: str) -> Any:  # noqa: ANN401 - as the file's builder wrote it
    """The same of a file's content."""
    document = orjson.loads(content)
    return document if document.pop(_SOURCES) == digest else None


def built_text(document: Mapping[str, Any], digest: str) -> str:
    """The file of a document: JSON with one item of each list or object a line, so that changes are easy to see, and no
    empty line.
    """
    parts = [f"{_json(key)}: {_lines(value)}" for key, value in {_SOURCES: digest, **document}.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: object) -> str:
    if value and isinstance(value, Mapping):
        return "{\n" + ",\n".join(f"{_json(key)}: {_json(item)}" for key, item in value.items()) + "\n}"
    if value and isinstance(value, list):
        return "[\n" + ",\n".join(map(_json, value)) + "\n]"
    return _json(value)


def _json(value: object) -> str:
    return _ENCODER.encode(value)
