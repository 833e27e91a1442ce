"""Pictures of posts, where files are stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from schemas.plurals import counted
from web.errors import not_found
from web.pages import Pages
from web.serving.pictures import TYPES, Pictures

_log = structlog.stdlib.get_logger(__name__)
_MOST: Final = 20
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",  # a name is the hash of what it names
}


@dataclass(frozen=True, slots=True)
class PostPicture:
    """A picture of a post; its size in pixels where it is known."""

    url: str
    words: str
    width: int | None
    height: int | None


async def picture(request: Request) -> Response:
    """``/media/{name}``"""
    pages: Pages = request.app.state.pages
    name = request.path_params["name"]
    path = None if pages.pictures is None else await run_in_threadpool(pages.pictures.path, name)
    if path is None:
        raise not_found("This picture")
    return FileResponse(path, media_type=TYPES[path.suffix[1:]], headers=_HEADERS)


def shown(pictures: Pictures | None, record: Mapping[str, Any]) -> list[PostPicture]:
    """The pictures of a post that are stored here."""
    media = [each for each in record.get("media") or () if isinstance(each.get("id"), str)][:_MOST]
    if pictures is None or not media:
        return []
    try:
        names = pictures.names([each["id"] for each in media])
    except OSError as error:
        _log.warning("pictures cannot be read", error=str(error))
        return []
    return list(_shown([each for each in media if each["id"] in names], names))


def _shown(media: list[dict[str, Any]], names: Mapping[str, str]) -> Iterator[PostPicture]:
    for number, each in enumerate(media, 1):
        kind = str(each.get("kind") or "picture").replace("_", " ")
        words = f"{kind.capitalize()} {number} of {counted(len(media), 'picture')} of this post"
        yield PostPicture(f"/media/{names[each['id']]}", words, each.get("width_px"), each.get("height_px"))
