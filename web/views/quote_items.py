"""Items of an outlet: which are requested, and what they are as a row of a table and as an entry of a feed."""

import re
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import QueryParams

from schemas.quotes import QuoteKind
from sinks.store.reading.outlets import ItemOrder, ItemPlace, Narrowing, OutletItem
from web.errors import RefusedRequestError
from web.presentation.syndication import FeedEntry
from web.presentation.words import channel_name, plain
from web.views.parameters import LARGEST, SPANS, after, limit, one_of, span_ms, whole

ORDERS: Final = {ItemOrder.NEWEST.value: "newest", ItemOrder.REPEATED.value: "most repeated"}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_MOST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class WantedItems:
    """The items that an address asks for: outlet, time, narrowing, order and page."""

    outlet: str
    """Empty: those of the outlet that has most of them."""
    since: str
    span_ms: int
    narrowing: Narrowing
    channel: int | None
    order: ItemOrder
    size: int
    behind: ItemPlace | None

    @property
    def kept(self) -> list[tuple[str, object]]:
        """Filters of an address that stay when another outlet is chosen."""
        order = self.order.value if self.order is not ItemOrder.NEWEST else ""
        kind, language = self.narrowing.kind, self.narrowing.language
        return [("since", self.since), ("kind", kind), ("lang", language), ("order", order)]

    def filters(self, outlet: str) -> list[tuple[str, object]]:
        """All of them, for this outlet."""
        return [*self.kept, ("outlet", outlet), ("channel", self.channel)]

    @property
    def list(self) -> dict[str, Any]:
        """The arguments by which the store reads a page of them: one more than is shown."""
        return {
            "channel_id": self.channel, "limit": self.size + 1, "order": self.order, "behind": self.behind
        }  # fmt: skip


def wanted(params: QueryParams, size: int = 30, spans: tuple[str, ...] = SPANS) -> WantedItems:
    """The items that an address asks for; RefusedRequestError names what is not understood."""
    since, span = span_ms(params, "7d", spans)
    language = params.get("lang", "")
    if language and not _LANGUAGE.fullmatch(language):
        raise RefusedRequestError(400, "lang: the code of a language was expected, as en or ru")
    kind = one_of(params, "kind", ("", *QuoteKind), "")
    behind = after(params, int, int, str, int)
    return WantedItems(
        params.get("outlet", "")[:_MOST_NAME],
        since,
        span,
        Narrowing(kind or None, language or None),
        whole(params, "channel", None, least=1, most=LARGEST),
        ItemOrder(one_of(params, "order", tuple(ItemOrder), ItemOrder.NEWEST)),
        limit(params, size),
        None if behind is None else ItemPlace(*behind),
    )


def entry(item: OutletItem, base: str) -> FeedEntry:
    """An item as an entry of a feed."""
    by = channel_name(item.username, item.title, item.channel_id)
    url = f"{base}/post/{item.key}#item-{item.ordinal + 1}"
    return FeedEntry(url, f"{plain(item.outlet_name)}, in {by}", item.text, by, item.posted_ms, None)


def flat(item: OutletItem) -> dict[str, object]:
    """An item as a row of a table."""
    return {
        "post": item.key,
        "position": item.ordinal,
        "posted_ms": item.posted_ms,
        "channel_id": item.channel_id,
        "channel": item.username,
        "language": item.language,
        "outlet": item.outlet_id,
        "outlet_name": item.outlet_name,
        "kind": item.kind,
        "cue": item.cue,
        "text": item.text,
        "repeated_by": item.repeated_by,
    }
