"""One post: its text with marks, what it was before, who repeats it, and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.keys import link_to_post, parse_post_key
from schemas.plurals import counted
from sinks.store.database import Dialect, Reader
from sinks.store.reading.details import Copy, Observation, copies, counter_history, counters, repeats_of_items
from sinks.store.reading.posts import Revision, StoredPost, post_by_key, record, revisions, story
from web.errors import not_found
from web.pages import LiveState, Pages, address, live_state
from web.presentation.charts import Dot, bars, time_line
from web.presentation.marked_text import marked
from web.presentation.moments import Clock, length, utc
from web.presentation.word_diff import Difference, compare
from web.presentation.words import channel_name, handle, language_name, media_words, plain, short
from web.views import pictures
from web.views.listing import exported
from web.views.output_addresses import outputs
from web.views.parameters import form_of, one_of, whole

_MOST_COPIES: Final = 200
_SHOWN_COPIES: Final = 30
_COMPARED: Final = 10
"""Latest revisions of which it is said how many words changed: each costs a comparison."""
_TIMES: Final = {1: "once", 2: "twice"}


@dataclass(frozen=True, slots=True)
class _PostPage:
    """All that the page shows, of one moment."""

    post: StoredPost
    record: dict[str, Any] | None
    revisions: list[Revision]
    story: list[StoredPost]
    copies: dict[str, Copy]
    counters: Observation | None
    history: list[Observation]
    repeats: int
    live: LiveState


@dataclass(frozen=True, slots=True)
class Lag:
    """A post of the story beside this one."""

    key: str
    name: str
    posted_ms: int
    after: str
    is_first: bool
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class RevisionLink:
    """A revision, and what changed to it."""

    number: int
    moment_ms: int | None
    words: str
    url: str
    is_shown: bool


async def post(request: Request) -> Response:
    """``/post/{key}``"""
    pages: Pages = request.app.state.pages
    key = request.path_params["key"]
    try:
        parse_post_key(key)
    except ValueError:
        raise not_found("A post of that key") from None
    form, clock = form_of(request.query_params), pages.clock(request)
    if form != "html":
        alone = await pages.read(lambda rows, _: post_by_key(rows, key))
        if alone is None:
            raise not_found("This post")
        return exported(request, form, [alone], f"tgwire: {key}", None)
    found = await pages.read(lambda rows, dialect: _read(rows, dialect, key, clock))
    if found is None:
        raise not_found("This post")
    view = one_of(request.query_params, "diff", ("inline", "side"), "inline")
    wanted = whole(request.query_params, "revision", None, least=1, most=100_000)

    def shown() -> Response:
        context = _context(found, clock) | _revisions(found, wanted, view)
        context["pictures"] = pictures.shown(pages.pictures, found.record or {})
        return pages.html(request, "post.html", clock=clock, live=found.live, **context)

    return await run_in_threadpool(shown)  # of a long text it takes seconds, in which other pages are answered


def _read(reader: Reader, _: Dialect, key: str, clock: Clock) -> _PostPage | None:
    found = post_by_key(reader, key)
    if found is None:
        return None
    in_story = story(reader, found.story, limit=_MOST_COPIES) if found.story is not None else []
    return _PostPage(
        found,
        record(reader, key),
        revisions(reader, key),
        in_story,
        copies(reader, [each.key for each in in_story]),
        counters(reader, key),
        counter_history(reader, key),
        repeats_of_items(reader, key, found.story) if found.quotes else 0,
        live_state(reader, clock),
    )


def _context(found: _PostPage, clock: Clock) -> dict[str, Any]:
    post, record = found.post, found.record or {}
    name = channel_name(post.username, post.title, post.channel_id)
    first_line = plain(post.text.partition("\n")[0])[:100]
    forward = record.get("forward") or {}
    reply = record.get("reply_to") or {}
    media = media_words(list(record.get("media") or ()))
    forward_name = plain(forward.get("name") or forward.get("channel_username") or "")
    lags = _lags(found)
    return {
        "post": post,
        "name": name,
        "handle": handle(post.username, post.channel_id),
        "page_title": first_line or f"Post of {name}",
        "untitled": f"Post of {name}" + ("" if post.text.strip() else f": {media or 'no text'}"),
        "text": marked(post.text, record),
        "language": {"confidence": (record.get("language") or {}).get("confidence")},
        "original": link_to_post(post.username, post.message_id),
        "media": media,
        "forward": (forward_name or "an unknown sender") if forward else None,
        "forward_link": forward.get("channel_id"),
        "reply": f"tg:{reply.get('channel_id') or post.channel_id}:{reply['message_id']}" if reply else None,
        "citation": _citation(post, name, link_to_post(post.username, post.message_id)),
        "lags": lags[:_SHOWN_COPIES],
        "copies_chart": _copies_chart(found),
        **_lead(found),
        "views": short(post.views),
        **_views(found.history, clock),
        "counters": found.counters,
        "repeats": found.repeats,
        "facts": list(_facts(found, clock)),
        **outputs(f"/post/{post.key}"),
    }


def _citation(post: StoredPost, name: str, url: str | None) -> str:
    moment = utc(post.posted_ms)
    words = plain(post.text)[:160]
    where = url or post.key
    quoted = f"“{words}{'…' if len(plain(post.text)) > 160 else ''}”, " if words else ""
    public = f" (@{plain(post.username)})" if post.username else ""
    return (
        f"{name}{public}, {quoted}Telegram, {moment.day} {moment:%B %Y, %H:%M} UTC, {where}, revision {post.revision}"
    )


def _lead(found: _PostPage) -> dict[str, str]:
    post = found.post
    if post.copy_of is None:
        channels = len({each.channel_id for each in found.story})
        return {"lead": f"First of {counted(channels, 'channel')}", "lead_css": "s-first", "lead_icon": "first"}
    kind = post.copy_kind or "copy"
    return {
        "lead": "Forward" if kind == "forward" else f"{kind.capitalize()} copy",
        "lead_css": "s-copy",
        "lead_icon": "fwd" if kind == "forward" else "copy",
    }


def _lags(found: _PostPage) -> list[Lag]:
    if not found.story:
        return []
    begin = found.story[0].posted_ms
    return [
        Lag(
            each.key,
            channel_name(each.username, each.title, each.channel_id),
            each.posted_ms,
            length(each.posted_ms - begin),
            each.copy_of is None,
            "first" if each.copy_of is None else "fwd" if each.copy_kind == "forward" else "copy",
            _kind(each, found.copies.get(each.key)),
        )
        for each in found.story
    ]


def _kind(post: StoredPost, copy: Copy | None) -> str:
    if post.copy_of is None:
        return "first"
    is_estimated = copy is not None and copy.similarity is not None and post.copy_kind not in ("exact", "forward")
    return f"{post.copy_kind} {copy.similarity:.2f}" if is_estimated and copy is not None else post.copy_kind or "copy"


def _copies_chart(found: _PostPage) -> Markup | None:
    if len(found.story) < 2:
        return None
    begin = found.story[0].posted_ms
    dots = [Dot(each.posted_ms - begin, each.copy_of is None) for each in found.story]
    last = length(dots[-1].lag_ms)
    return time_line([("", dots)], f"{counted(len(dots), 'post')} over time, the last one {last} after the first.")


def _views(history: Sequence[Observation], clock: Clock) -> dict[str, Any]:
    shown = [each for each in history if each.views is not None]
    if len(shown) < 2:
        return {"views_chart": None, "views_ticks": []}
    values = [each.views or 0 for each in shown]
    first, last = f"{clock.local(shown[0].observed_ms):%H:%M}", f"{clock.local(shown[-1].observed_ms):%H:%M}"
    label = f"Views, a bar for each count: {values[0]:,} at {first}, {values[-1]:,} at {last}."
    return {"views_chart": bars(values, label, height=32), "views_ticks": [shown[0], shown[-1]]}


def _revisions(found: _PostPage, wanted: int | None, view: str) -> dict[str, Any]:
    before = [each for each in found.revisions if each.what == "text"][::-1]
    texts = [each.text for each in before] + [found.post.text]
    total = len(texts)
    base = f"/post/{found.post.key}"
    shown = min(wanted or total, total)
    compared = {shown, *range(max(2, total - _COMPARED + 1), total + 1)}
    changes = {number: _change(texts, number) for number in compared if number > 1}
    moments = [
        each.edited_ms or each.seen_ms or (found.post.posted_ms if at == 0 else None) for at, each in enumerate(before)
    ] + [found.post.edited_ms]
    links = [
        RevisionLink(
            number,
            moments[number - 1],
            change.in_words if (change := changes.get(number)) is not None else "",
            address(base, diff=view if view != "inline" else "", revision=number) + "#revisions",
            number == shown,
        )
        for number in range(1, total + 1)
    ]
    first = texts[0] or ""
    difference = changes[shown] if shown > 1 else compare(first, first) if total > 1 else None
    edits = total - 1
    return {
        "revisions": before,
        "revisions_title": f"Edited {_TIMES.get(edits, f'{edits} times')}",
        "revision_links": links,
        "diffs": difference,
        "is_side": view == "side",
        "inline_url": address(base, revision=wanted) + "#revisions",
        "side_url": address(base, revision=wanted, diff="side") + "#revisions",
    }


def _change(texts: Sequence[str | None], number: int) -> Difference | None:
    before, after = texts[number - 2], texts[number - 1]
    return None if before is None or after is None else compare(before, after)


def _facts(found: _PostPage, clock: Clock) -> list[tuple[str, object, str]]:
    post, record = found.post, found.record or {}
    provenance = record.get("provenance") or {}
    source = provenance.get("source") or {}
    language = record.get("language") or {}
    confidence = language.get("confidence")
    spans = sorted({str(span.get("code")) for span in language.get("spans") or ()} - {post.language})
    words = language_name(post.language) + (f" {confidence:.2f}" if isinstance(confidence, float) else "")
    facts: list[tuple[str, object, str]] = [
        ("key", post.key, "mono"),
        ("revision", post.revision, "mono"),
        (
            "read from",
            ", ".join(plain(each) for each in (source.get("kind"), source.get("name"), provenance.get("lane")) if each)
            or "not kept",
            "",
        ),
        (
            "language",
            words
            + (f"; {', '.join(map(language_name, spans))} in parts" if spans else "")
            + (f"; {plain(language['reason'])}" if language.get("reason") else ""),
            "",
        ),
        (
            "pipeline",
            f"version {plain(provenance['pipeline_version'])}" if provenance.get("pipeline_version") else "unknown",
            "",
        ),
    ]
    if post.edited_ms is not None:
        facts.append(("edited", clock.full(post.edited_ms), ""))
    return facts
