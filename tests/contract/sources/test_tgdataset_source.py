"""Files of TGDataset."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ingest.sources import open_sources
from ingest.sources.options import ReadOptions
from schemas import Channel, ForwardOrigin, Media, MediaKind
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections


def text(message: str, **given: Any) -> dict[str, Any]:
    return {
        "message": message,
        "date": 1584842403.0,
        "author": 55555,
        "is_forwarded": False,
        "forwarded_from_id": None,
    } | given


def media(extension: str = ".jpe", **given: Any) -> dict[str, Any]:
    return {
        "title": None,
        "date": 1584842403.0,
        "extension": extension,
        "media_id": "AgADBAADl7",
        "is_forwarded": False,
    } | given


def channel(texts: dict[str, Any], files: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "username": "wirenews",
        "creation_date": 1474570323.0,
        "title": "Wire News",
        "description": 'the "text_messages": {"1": {',
        "text_messages": texts,
        "generic_media": files,
    } | given


FORWARDED = text("second", is_forwarded=True, forwarded_from_id=749891673, forwarded_message_date=1584831395.0)
CHANNELS = {
    "1063783344": channel(
        {"488": text("**first**"), "487": FORWARDED}, {"488": media(), "486": media(".pdf", title="a.pdf")}
    ),
    "1076104361": channel({"5": text("other")}, {}, username=None, title=None),
}
PLAIN = json.dumps(CHANNELS).encode()
_MAP = '"text_messages": {'


class TestTGDataset(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "two channels": Case({"a.json": PLAIN}, posts=4, encodings=("utf-8-sig", "utf-16")),
        "indented": Case({"a.json": json.dumps(CHANNELS, indent=2).encode()}, posts=4),
        "media before texts": Case({"a.json": json.dumps(CHANNELS, sort_keys=True).encode()}, posts=4),
        "broken posts": Case(
            {
                "a.json": json.dumps(
                    {"1063783344": channel({"0": text("a"), "5": text("b", date="x"), "6": text("c")}, {})}
                ).encode()
            },
            posts=1,
            rejected=2,
        ),
        "a broken message": Case(
            {"a.json": PLAIN.replace(b'"message": "second"', b'"message": second')}, posts=3, rejected=1
        ),
        "a channel that is none": Case({"a.json": b'{"123": 5, ' + PLAIN[1:]}, posts=4, rejected=1),
        "broken JSON within a channel": Case({"a.json": PLAIN.replace(b'"486": {', b"486: {")}, posts=3, rejected=1),
        "cut within a text": Case(
            {"a.json": PLAIN[: PLAIN.index(b'"second"') + 4]}, posts=1, rejected=1, has_open_end=True
        ),
        "cut within the media": Case(
            {"a.json": PLAIN[: PLAIN.index(b"a.pdf")]}, posts=2, rejected=1, has_open_end=True
        ),
        "cut between channels": Case(
            {"a.json": PLAIN[: PLAIN.index(b'"1076104361"')]}, posts=3, rejected=1, has_open_end=True
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        texts = ", ".join(f'"{number}": {json.dumps(text(said))}' for number, said in given)
        return {"a.json": json.dumps({"1063783344": channel({}, {})}).replace(_MAP, _MAP + texts).encode()}

    def test_a_post_in_both_maps_is_one(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(PLAIN)
        (source,) = open_sources(tmp_path / "a.json", ReadOptions(), io.BytesIO()).sources
        first, second, third, other = posts(list(source.read()))
        assert source.kind == "tgdataset"
        assert first.channel == Channel(id=1063783344, username="wirenews", title="Wire News")
        assert (first.message_id, first.text) == (488, "**first**")
        assert first.media == (Media(kind=MediaKind.PHOTO, id="AgADBAADl7"),)
        assert first.posted_at == datetime(2020, 3, 22, 2, 0, 3, tzinfo=UTC)
        assert second.forward == ForwardOrigin(posted_at=datetime(2020, 3, 21, 22, 56, 35, tzinfo=UTC))
        assert (third.message_id, third.text) == (486, "")
        assert third.media == (Media(kind=MediaKind.DOCUMENT, id="AgADBAADl7", file_name="a.pdf"),)
        assert other.channel == Channel(id=1076104361)

    def test_ids_of_persons_are_not_kept(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(PLAIN)
        (source,) = open_sources(tmp_path / "a.json", ReadOptions(), io.BytesIO()).sources
        written = " ".join(post.model_dump_json() for post in posts(list(source.read())))
        assert "55555" not in written
        assert "749891673" not in written

    def test_a_rejection_names_the_record_and_the_field(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(
            json.dumps({"1063783344": channel({"7": text("a"), "6": text("b", date="x")}, {})})
        )
        (source,) = open_sources(tmp_path / "a.json", ReadOptions(), io.BytesIO()).sources
        (rejected,) = rejections(list(source.read()))
        assert (rejected.record, rejected.field) == (2, "date")
