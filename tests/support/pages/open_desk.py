"""Pages that are served over a filled store, and the addresses of their views."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.pages import desk
from tests.support.pages.filling import Filler
from web.pages import Pages

FERRY = f"tg:{desk.HARBOUR.id}:101"
VIEWS = {
    "feed": "/",
    "search": "/search?q=ferry",
    "wrong-query": "/search?q=ferry+lang:",
    "help": "/search",
    "post": f"/post/{FERRY}",
    "side-by-side": f"/post/{FERRY}?diff=side",
    "quotes-post": f"/post/tg:{desk.REVIEW.id}:110",
    "deleted-post": f"/post/tg:{desk.PASSAGE.id}:113",
    "hostile-post": f"/post/tg:{desk.EVIL.id}:114",
    "stories": "/stories",
    "story": "STORY",
    "quotes": "/quotes",
    "spread": "/spread?copies=1",
    "channels": "/channels",
    "channel": f"/channels/{desk.HARBOUR.id}",
    "not-found": "/nope",
}


@dataclass
class Desk:
    """Pages that are served, and what writes to their store."""

    url: str
    filler: Filler
    pages: Pages
    path: Path
    late: int = 0

    def address(self, view: str) -> str:
        return self.url + VIEWS[view].replace("STORY", f"/story/{self._story()}")

    def _story(self) -> int:
        query = "SELECT cluster FROM links WHERE key = ?"
        return int(self.pages.readers.read_now(lambda rows, _: rows.rows(query, (FERRY,)))[0][0])

    def post(self, text: str = "Tugs are on their way.") -> None:
        self.late += 1
        self.filler.write([desk.late_post(self.late, text)])
