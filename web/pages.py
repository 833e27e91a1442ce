"""What views work with: the store, the templates, and what a request says of its reader."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from schemas.plurals import counted
from schemas.times import HOUR_MS
from sinks.store.database import Dialect, Reader
from sinks.store.reading.overview import newest_post
from web.channel_list import EditableChannels
from web.presentation import charts, elements, moments, words
from web.presentation.moments import Clock
from web.serving.access import Access
from web.serving.answer_cache import AnswerCache
from web.serving.news import News
from web.serving.pictures import Pictures
from web.serving.readers import Readers

T = TypeVar("T")
_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"
THEMES: Final = ("auto", "light", "dark")
LIVE_MS: Final = HOUR_MS
"""A store whose newest post is older is not called live."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """The badge at the head of each page: whether posts come, and how old the newest is."""

    css: str
    icon: str
    text: str
    title: str
    newest_ms: int | None = None


@dataclass
class Pages:
    """What all views share: the store's readers, who may read, news, the clock and the templates."""

    readers: Readers
    access: Access
    news: News
    store_name: str
    channel_list: EditableChannels | None = None
    """The list that the collector of this process follows; None: the pages only read."""
    pictures: Pictures | None = None
    """Files that were stored with posts; None: none are shown."""
    now_ms: Callable[[], int] = field(default=lambda: time.time_ns() // 1_000_000)
    templates: Environment = field(init=False)
    answers: AnswerCache = field(init=False)
    search_counts: AnswerCache = field(init=False)
    """Apart from the others, which many different searches would push out."""

    def __post_init__(self) -> None:
        self.answers, self.search_counts = AnswerCache(self.readers), AnswerCache(self.readers)
        self.templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.templates.filters.update(
            plain=words.plain, short=words.short, thousands=words.thousands, language=words.language_name,
            lasting=moments.length, key=lambda key: quote(str(key), safe=":"),
        )  # fmt: skip
        self.templates.globals.update(
            counted=counted, percent=words.percent, address=address, bars=charts.bars, spark=charts.spark,
            icon=elements.icon, lang=elements.lang, marked=elements.marked, options=elements.options,
        )  # fmt: skip

    async def read(self, question: Callable[[Reader, Dialect], T]) -> T:
        """The store's answer to a question."""
        return await self.readers.read(question)

    async def read_cached(
        self,
        key: Hashable,
        question: Callable[[Reader, Dialect], T],
        otherwise: T | None = None,
        *,
        least_s: float = 0.0,
    ) -> T:
        """Ask the store what may take long; the answer may be some seconds old (web.serving.answer_cache)."""
        return await self.answers.read(key, question, otherwise, least_s=least_s)

    def clock(self, request: Request) -> Clock:
        """The clock of a request: now, in the reader's zone."""
        return Clock(self.now_ms(), moments.zone_of(request.cookies.get("tgwire_zone")))

    def html(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401
        """A page as a response, from its template."""
        theme = request.cookies.get("tgwire_theme", "auto")
        clock = context.pop("clock", None) or self.clock(request)
        text = self.templates.get_template(template).render(
            clock=clock,
            theme=theme if theme in THEMES else "auto",
            is_compact=request.cookies.get("tgwire_rows") == "compact",
            live=context.pop("live", None) or LiveState("none", "pause", "", ""),
            has_token=self.access.token is not None,
            **context,
        )
        return HTMLResponse(text, status)


def live_state(reader: Reader, clock: Clock) -> LiveState:
    """How new the newest post is."""
    newest = newest_post(reader)
    return live_state_of(newest.posted_ms if newest else None, clock)


def live_state_of(newest_ms: int | None, clock: Clock) -> LiveState:
    """The badge for a newest post of this moment."""
    if newest_ms is None:
        return LiveState("none", "pause", "no posts", "The store has no posts yet")
    age_ms = max(0, clock.now_ms - newest_ms)
    if age_ms < LIVE_MS:
        return LiveState("", "live", f"live, {moments.length(age_ms)}", "Age of the newest post", newest_ms)
    return LiveState("none", "pause", f"newest {moments.length(age_ms)} ago", "Age of the newest post", newest_ms)


def address(path: str, *pairs: tuple[str, object], **values: object) -> str:
    """An address with its filters; empty ones are left out."""
    given = [*pairs, *values.items()]
    filled = [(name.rstrip("_"), str(value)) for name, value in given if value not in (None, "", False)]
    return f"{path}?{urlencode(filled)}" if filled else path
