"""Labelled posts: lines of JSON with ``uid``, ``text`` and ``lists``, optionally ``lang`` and ``source``."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processors.core.quotes.tagging.pieces import Piece
from processors.core.quotes.tagging.viterbi import BEGINS, CONTINUES, OUTSIDE


class LabelError(Exception):
    """A file or a line that does not have the labelled format."""


@dataclass(frozen=True)
class LabelledItem:
    """An item as labelled."""

    start: int
    end: int
    outlets: tuple[str, ...]
    name: tuple[int, int] | None
    """Where the first outlet's name is written."""


@dataclass(frozen=True)
class LabelledPost:
    """A post with its items; none where it holds no list."""

    uid: str
    file: str
    language: str
    source: str
    """What posts of one origin share: folds never part them."""
    text: str
    items: tuple[LabelledItem, ...]
    leads: tuple[tuple[int, int], ...] = ()
    """The lines that introduce its lists."""


@dataclass(frozen=True)
class Labelled:
    """Everything that was read, with the SHA-256 of each file."""

    posts: list[LabelledPost]
    inputs: dict[str, str]


def read_folders(folders: list[Path]) -> Labelled:
    """The posts of all files ``*.jsonl`` of folders, or of files named themselves, in the order of their names.

    Raises LabelError with file, line and field.
    """
    files = sorted({path for folder in folders for path in _files(folder)}, key=lambda path: (path.name, str(path)))
    if not files:
        raise LabelError(f"{', '.join(map(str, folders))}: no file *.jsonl")
    posts: list[LabelledPost] = []
    inputs: dict[str, str] = {}
    for path in files:
        data = path.read_bytes()
        if path.name in inputs:
            raise LabelError(f"{path}: another input file has the same name")
        own = [_post(path, number, line) for number, line in enumerate(data.decode().splitlines(), 1) if line.strip()]
        if own:
            inputs[path.name] = hashlib.sha256(data).hexdigest()
            posts += own
    return Labelled(posts, inputs)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise LabelError(f"{place}: no such file or folder")
    return sorted(place.glob("*.jsonl"))


def _post(path: Path, number: int, line: str) -> LabelledPost:
    where = f"{path}:{number}"
    try:
        record = json.loads(line)
    except ValueError as error:
        raise LabelError(f"{where}: no JSON: {error}") from error
    if not isinstance(record, dict):
        raise LabelError(f"{where}: no JSON object")
    for name, kind in (("uid", str), ("text", str), ("lists", list)):
        if not isinstance(record.get(name), kind):
            raise LabelError(f"{where}: {name} is missing or no {kind.__name__}")
    uid = record["uid"]
    return LabelledPost(
        uid=uid,
        file=path.name,
        language=str(record.get("lang") or "?"),
        source=_source(record),
        text=record["text"],
        items=tuple(_items(where, record["text"], record["lists"])),
        leads=tuple(_leads(record["text"], record["lists"])),
    )


def _source(record: dict[str, Any]) -> str:
    """The site or channel; of an address its host, of a uid with parts all but the last."""
    source = str(record.get("source") or record["uid"]).strip("()")
    uid: str = record["uid"]
    if record.get("source"):
        return source.split("/")[0] if "." in source.split("/")[0] else source
    return uid.rsplit("/", 1)[0] if "/" in uid else uid


def _items(where: str, text: str, lists: list[dict[str, Any]]) -> list[LabelledItem]:
    found: list[LabelledItem] = []
    after = 0
    for number, quotes in enumerate(lists):
        place = f"{where}: lists[{number}].items"
        if not isinstance(quotes.get("items"), list):
            raise LabelError(f"{place} is missing or no list")
        for ordinal, item in enumerate(quotes["items"]):
            for name, kind in (("text", str), ("outlets", list)):
                if not isinstance(item.get(name), kind):
                    raise LabelError(f"{place}[{ordinal}].{name} is missing or no {kind.__name__}")
            start = text.find(item["text"], after)
            if start < 0:
                start = text.find(item["text"])
            if start < 0:
                raise LabelError(f"{place}[{ordinal}].text is not in the post's text")
            after = start + 1
            end = start + len(item["text"])
            written = (item.get("outlet_text") or [""])[0]
            at = text.find(written, start, end) if written else -1
            span = (at, at + len(written)) if at >= 0 else None
            found.append(LabelledItem(start, end, tuple(item["outlets"]), span))
    return found


def _leads(text: str, lists: list[dict[str, Any]]) -> list[tuple[int, int]]:
    found = []
    for quotes in lists:
        lead = quotes.get("lead_in")
        if lead and lead in text:
            found.append((text.index(lead), text.index(lead) + len(lead)))
    return found


def gold_tags(post: LabelledPost, pieces: list[Piece]) -> list[int]:
    """The tags that the labels give to pieces: a piece belongs to the item that has most of it."""
    tags: list[int] = []
    begun: set[int] = set()
    for piece in pieces:
        own = _item_of(post, piece)
        if own is None:
            tags.append(OUTSIDE)
        elif own in begun:
            tags.append(CONTINUES)
        else:
            begun.add(own)
            tags.append(BEGINS)
    return tags


def _item_of(post: LabelledPost, piece: Piece) -> int | None:
    for number, item in enumerate(post.items):
        shared = min(piece.end, item.end) - max(piece.start, item.start)
        if shared * 2 > min(piece.end - piece.start, item.end - item.start):
            return number
    return None
