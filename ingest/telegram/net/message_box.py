"""Telethon's order of updates, without the losses that it skips in silence."""

from collections.abc import Callable
from itertools import chain

from telethon import utils
from telethon._updates import EntityCache, GapError, PrematureEndReason, messagebox
from telethon.tl import TLObject, TLRequest, types

OnGap = Callable[[int | None], None]
"""Called with the channel whose updates are lost; None: any may be."""
OnHeld = Callable[[types.TypeUpdate], None]
"""Is given an update that was pushed and cannot be put in order now."""
DifferenceParts = tuple[list[types.TypeUpdate], list[types.TypeUser], list[types.TypeChat]]

_DAY_S = 86_400
_MAX_HELD = 200
"""Updates of one channel that are kept while its difference is requested; of more, the newest."""

# Telethon asks for the difference of each channel that was silent for 15 minutes, all in a row and unpaced; a thousand
# channels would stop the updates for a minute. Silent channels are swept.
messagebox.NO_UPDATES_TIMEOUT = _DAY_S


class MessageBox(messagebox.MessageBox):  # type: ignore[misc]  # Telethon is untyped
    """Reports gaps: differences that are too long, are refused, or that Telethon does not know how to ask for.

    What was pushed after a gap is passed on when its difference is refused, out of order as it is: a flood wait
    for the difference must not hold posts back that are known. The gap is found by their ids.

    It also keeps the edits and deletions of a channel's difference. Telethon 1.45 takes over the difference's ``pts``
    first, and then drops all of them as old.
    """

    def __init__(self, log: object, on_gap: OnGap, on_held: OnHeld) -> None:
        super().__init__(log)
        self._on_gap, self._on_held = on_gap, on_held
        self._held: dict[int, dict[int, types.TypeUpdate]] = {}
        """Channel -> pts -> what Telethon keeps back or throws away until the difference comes."""

    def process_updates(
        self, updates: TLObject, chat_hashes: EntityCache, result: list[types.TypeUpdate]
    ) -> tuple[list[types.TypeUser], list[types.TypeChat]]:
        """Put in order what was pushed. Each update knows those that it names, as Telethon's own do later."""
        pushed = getattr(updates, "updates", None) or [each for each in (getattr(updates, "update", None),) if each]
        chats = chain(getattr(updates, "users", None) or (), getattr(updates, "chats", None) or ())
        named = {utils.get_peer_id(each): each for each in chats}
        for update in pushed:
            update._entities = named  # noqa: SLF001
        try:
            found: tuple[list[types.TypeUser], list[types.TypeChat]] = super().process_updates(
                updates, chat_hashes, result
            )
        except GapError:  # the packet is thrown away whole
            for update in pushed:
                self._hold(update)
            raise
        return found

    def apply_pts_info(
        self, update: types.TypeUpdate, *, reset_deadlines: set[object] | None
    ) -> types.TypeUpdate | None:
        """The update, when it is the next one of its channel."""
        applied = super().apply_pts_info(update, reset_deadlines=reset_deadlines)
        pts = messagebox.PtsInfo.from_update(update)
        if applied is None:
            self._hold(update)
        elif pts is not None and isinstance(pts.entry, int):
            self._drop(pts.entry, pts.pts)
        return applied

    def _hold(self, update: types.TypeUpdate) -> None:
        pts = messagebox.PtsInfo.from_update(update)
        if pts is None or not isinstance(pts.entry, int):
            return
        if pts.entry in self.map and pts.pts <= self.map[pts.entry].pts:
            return  # handled before
        held = self._held.setdefault(pts.entry, {})
        held[pts.pts] = update
        if len(held) > _MAX_HELD:
            del held[min(held)]

    def _drop(self, channel_id: int, up_to: int) -> None:
        """Forget what is handed out in order."""
        held = self._held.get(channel_id)
        if held is None:
            return
        for pts in [each for each in held if each <= up_to]:
            del held[pts]
        if not held:
            del self._held[channel_id]

    def _hand_out(self, channel_id: int) -> None:
        for _, update in sorted(self._held.pop(channel_id, {}).items()):
            self._on_held(update)

    def try_begin_get_diff(self, entry: object, reason: str) -> None:
        """Begin to ask; of a channel without a known state Telethon cannot."""
        if isinstance(entry, int) and entry not in self.map:
            self._on_gap(entry)
        super().try_begin_get_diff(entry, reason)

    def apply_difference(self, diff: TLObject, chat_hashes: EntityCache) -> DifferenceParts:
        """Updates in an answer to ``updates.getDifference``."""
        if isinstance(diff, types.updates.DifferenceTooLong):
            self._on_gap(None)
        found: DifferenceParts = super().apply_difference(diff, chat_hashes)
        return found

    def end_difference(self) -> None:
        """Report lost updates, as ``updates.getDifference`` got no answer."""
        self._on_gap(None)
        super().end_difference()
        for channel_id in list(self._held):
            self._hand_out(channel_id)

    def get_channel_difference(self, chat_hashes: EntityCache) -> TLRequest | None:
        """What to ask next; without an access hash Telethon gives up."""
        wanted = {entry for entry in self.getting_diff_for if isinstance(entry, int)}
        request = super().get_channel_difference(chat_hashes)
        if request is None:
            for channel_id in wanted - self.getting_diff_for:
                self._on_gap(channel_id)
                self._hand_out(channel_id)
        return request

    def apply_channel_difference(self, request: TLRequest, diff: TLObject, chat_hashes: EntityCache) -> DifferenceParts:
        """Updates in an answer to ``updates.getChannelDifference``."""
        if isinstance(diff, types.updates.ChannelDifferenceTooLong):
            self._on_gap(request.channel.channel_id)
        updates, users, chats = super().apply_channel_difference(request, diff, chat_hashes)
        if (state := self.map.get(request.channel.channel_id)) is not None:
            self._drop(request.channel.channel_id, state.pts)
        kept = set(map(id, updates))
        changes = [each for each in getattr(diff, "other_updates", ()) if _is_numbered(each) and id(each) not in kept]
        return [*updates, *changes], users, chats

    def end_channel_difference(self, request: TLRequest, reason: PrematureEndReason, chat_hashes: EntityCache) -> None:
        """Report lost updates of a channel, as ``updates.getChannelDifference`` got no answer."""
        self._on_gap(request.channel.channel_id)
        super().end_channel_difference(request, reason, chat_hashes)
        self._hand_out(request.channel.channel_id)


def _is_numbered(update: types.TypeUpdate) -> bool:
    return bool(getattr(update, "pts", None))
