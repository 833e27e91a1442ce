"""Changes to the list of channels: who may make them, and the form that does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.channel_names import channel_name
from web.channel_list import ChannelListError
from web.errors import RefusedRequestError
from web.pages import Pages, address
from web.views.forms import posted

_DONE: Final = {
    "added": "{} is collected from now on.",
    "there": "{} was in the list already.",
    "removed": "{} is not collected any more; what was collected stays.",
    "absent": "{} was not in the list.",
}


@dataclass(frozen=True, slots=True)
class Changing:
    """What a page needs to offer changes of the list; ``form_key`` is empty where it may not."""

    form_key: str = ""
    listed: tuple[str, ...] = ()
    """Names of the list, as it has them."""
    problem: str = ""
    """Why the list cannot be read."""
    hint: str = ""
    """How it is changed instead."""

    def listed_as(self, username: str | None, number: int, former: Iterable[str] = ()) -> str | None:
        """The name by which the list has a channel: the one that it has now, or one that it had."""
        for names in (names_of(username, number), names_of(username, number, former)):
            found = next((name for name in self.listed if name.lower() in names), None)
            if found is not None:
                return found
        return None


def names_of(username: str | None, number: int, former: Iterable[str] = ()) -> set[str]:
    """How a list can name a channel, in small letters."""
    return {str(number), *(f"@{name}".lower() for name in (username, *former) if name)}


async def changing(request: Request) -> Changing:
    """The changes that this reader may make to the list of this process."""
    pages: Pages = request.app.state.pages
    channels = pages.channel_list
    if channels is None:
        return Changing(hint="The list is changed by tgwire channels add @name and tgwire channels remove @name.")
    if pages.access.token is None:
        return Changing(hint="These pages change the list when they are started with --token-file FILE.")
    if not pages.access.shows_token(request.headers):
        return Changing(hint="The list is changed by those who sign in with the token.")
    try:
        listed = tuple(await run_in_threadpool(channels.names))
    except ChannelListError as error:
        return Changing(problem=str(error))
    return Changing(pages.access.form_key, listed)


async def change(request: Request) -> Response:
    """``POST /channels``: ``add`` or ``remove`` with a name, and the ``key`` of our forms."""
    pages: Pages = request.app.state.pages
    fields = await posted(request)
    channels = pages.channel_list
    if channels is None:
        raise RefusedRequestError(403, "These pages only read", (await changing(request)).hint)
    if not pages.access.shows_token(request.headers) or not pages.access.is_form_key(fields.get("key", "")):
        raise RefusedRequestError(403, "The list was not changed", "Sign in with the token, and use the form again.")
    is_added = "add" in fields
    given = fields.get("add" if is_added else "remove", "")
    try:
        name = channel_name(given)
    except ValueError as error:
        raise RefusedRequestError(400, f"{given[:80] or 'Nothing'} is no channel", f"{error}.") from None
    try:
        is_done = await run_in_threadpool(channels.add if is_added else channels.remove, name)
    except ChannelListError as error:
        raise RefusedRequestError(409, "The list of channels cannot be changed", str(error)) from error
    did = ("added" if is_done else "there") if is_added else ("removed" if is_done else "absent")
    return RedirectResponse(address("/channels", (did, name)), 303)


def said(params: QueryParams) -> str:
    """The sentence that reports a change that was made; empty where there was none."""
    did = next((each for each in _DONE if each in params), None)
    if did is None:
        return ""
    try:
        return _DONE[did].format(channel_name(params[did]))
    except ValueError:
        return ""
