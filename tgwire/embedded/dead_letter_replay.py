"""Dead letters of a process without Kafka, read from their file, and tried again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import ValidationError

from runtime.atomic_file import replace_file, sync
from runtime.private_files import PRIVATE_FILE
from schemas import RawPost, RejectReason
from schemas.validation_messages import reason_of
from tgwire.embedded.dead_letter_file import FILE_NAME
from tgwire.embedded.opening import StorePublishers
from tgwire.errors import DeadLetterNotFoundError

_TAKEN: Final = "dead-letters.tried.jsonl"
"""Letters that are tried again, until that is done: after a kill they are read with the others."""


@dataclass(frozen=True)
class FileLetter:
    """A line of the file of dead letters."""

    number: int
    """From 1, over both files."""
    line: bytes
    content: dict[str, Any]
    """Empty for what is no letter."""

    @property
    def reason(self) -> str:
        """The reason for which the post was set aside."""
        return str(self.content.get("reason", ""))

    @property
    def value(self) -> bytes:
        """The raw post, or the record, as it was."""
        return str(self.content.get("raw") or self.content.get("record") or "").encode()

    def post(self) -> RawPost:
        """The raw post; ValueError explains why there is none."""
        if not self.content:
            raise ValueError("the line is no letter: a kill cut it short")
        if "raw" not in self.content:
            raise ValueError("it is a record that the store did not take: replay the archive that the post came from")
        try:
            return RawPost.model_validate_json(self.value)
        except ValidationError as error:
            detail = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, detail["loc"])) or "the post"
            raise ValueError(f"{where}: {reason_of(detail)}") from error


@dataclass
class Tried:
    """The dead letters of a replay, by what became of them."""

    sent: list[FileLetter] = field(default_factory=list)
    not_sent: list[tuple[FileLetter, str]] = field(default_factory=list)
    came_back: int = 0


def read_letters(state_dir: Path) -> list[FileLetter]:
    """All letters, the oldest first; the same line twice, which a kill may leave, counts once."""
    lines: dict[bytes, None] = {}
    for name in (_TAKEN, FILE_NAME):
        path = state_dir / name
        if path.exists():
            lines |= dict.fromkeys(line for line in path.read_bytes().splitlines() if line)
    return [FileLetter(number, line, _content(line)) for number, line in enumerate(lines, start=1)]


def choose(
    letters: Iterable[FileLetter], numbers: Iterable[int] | None, reason: RejectReason | None
) -> list[FileLetter]:
    """The dead letters of these numbers, or of a reason, or all; DeadLetterNotFoundError for a number that none has."""
    known = {letter.number: letter for letter in letters}
    if numbers is None:
        return [letter for letter in known.values() if reason is None or letter.reason == reason.value]
    wanted = list(dict.fromkeys(numbers))
    if missing := [number for number in wanted if number not in known]:
        raise DeadLetterNotFoundError(f"there is no dead letter {missing[0]}: the file has {len(known)}")
    return [known[number] for number in wanted]


def try_again(publishers: StorePublishers, select: Callable[[list[FileLetter]], list[FileLetter]]) -> Tried:
    """Give posts to the store again; those that fail are in the file again, the others no more.

    Raises StoreError and PublishError; the file then has what it had.
    """
    state_dir, tried = publishers.settings.ingest.state_dir, Tried()
    with publishers.open() as publisher:  # nobody else writes to the file
        letters = read_letters(state_dir)
        chosen = select(letters)
        _take(state_dir, letters)
        deliveries = []
        for letter in chosen:
            try:
                post = letter.post()
            except ValueError as error:
                tried.not_sent.append((letter, str(error)))
                continue
            deliveries.append(publisher.publish(post))
            tried.sent.append(letter)
        publisher.flush()
        for delivery in deliveries:
            if delivery.error is not None:
                raise delivery.error
        tried.came_back = publishers.dead_letters.written
        sent = {letter.number for letter in tried.sent}
        _give_back(state_dir, [letter.line for letter in letters if letter.number not in sent])
    return tried


def _take(state_dir: Path, letters: Iterable[FileLetter]) -> None:
    replace_file(state_dir / _TAKEN, b"".join(letter.line + b"\n" for letter in letters), PRIVATE_FILE)
    (state_dir / FILE_NAME).unlink(missing_ok=True)
    sync(state_dir)


def _give_back(state_dir: Path, kept: Iterable[bytes]) -> None:
    """Put what was not sent before what came back meanwhile."""
    path = state_dir / FILE_NAME
    content = b"".join(line + b"\n" for line in kept) + (path.read_bytes() if path.exists() else b"")
    if content:
        replace_file(path, content, PRIVATE_FILE)
    (state_dir / _TAKEN).unlink()
    sync(state_dir)


def _content(line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
