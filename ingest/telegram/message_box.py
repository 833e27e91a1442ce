"""Telethon's order of updates, without the losses that it passes over in silence."""

from collections.abc import Callable

from telethon._updates import EntityCache, PrematureEndReason, messagebox
from telethon.tl import TLObject, TLRequest, types

OnGap = Callable[[int | None], None]
"""Is told the channel whose updates are lost; None: any may be."""
Differing = tuple[list[types.TypeUpdate], list[types.TypeUser], list[types.TypeChat]]

_DAY_S = 86_400

# Telethon asks for the difference of each channel that was silent for 15 minutes, all in a row and unpaced; a thousand
# channels would stop the updates for a minute. Silent channels are swept.
messagebox.NO_UPDATES_TIMEOUT = _DAY_S


class MessageBox(messagebox.MessageBox):  # type: ignore[misc]  # Telethon is untyped
    """Tells of gaps: differences that are too long, cannot be had, or that Telethon does not know how to ask for.

    It also keeps the edits and deletions of a channel's difference. Telethon 1.45 takes over the difference's ``pts``
    first, and then drops all of them as old.
    """

    def __init__(self, log: object, on_gap: OnGap) -> None:
        super().__init__(log)
        self._on_gap = on_gap

    def try_begin_get_diff(self, entry: object, reason: str) -> None:
        """Begin to ask; of a channel without a known state Telethon cannot."""
        if isinstance(entry, int) and entry not in self.map:
            self._on_gap(entry)
        super().try_begin_get_diff(entry, reason)

    def apply_difference(self, diff: TLObject, chat_hashes: EntityCache) -> Differing:
        """What an answer to ``updates.getDifference`` tells."""
        if isinstance(diff, types.updates.DifferenceTooLong):
            self._on_gap(None)
        found: Differing = super().apply_difference(diff, chat_hashes)
        return found

    def end_difference(self) -> None:
        """There is no answer."""
        self._on_gap(None)
        super().end_difference()

    def get_channel_difference(self, chat_hashes: EntityCache) -> TLRequest | None:
        """What to ask next; without an access hash Telethon gives up."""
        wanted = {entry for entry in self.getting_diff_for if isinstance(entry, int)}
        request = super().get_channel_difference(chat_hashes)
        if request is None:
            for channel_id in wanted - self.getting_diff_for:
                self._on_gap(channel_id)
        return request

    def apply_channel_difference(self, request: TLRequest, diff: TLObject, chat_hashes: EntityCache) -> Differing:
        """What an answer to ``updates.getChannelDifference`` tells."""
        if isinstance(diff, types.updates.ChannelDifferenceTooLong):
            self._on_gap(request.channel.channel_id)
        updates, users, chats = super().apply_channel_difference(request, diff, chat_hashes)
        kept = set(map(id, updates))
        changes = [each for each in getattr(diff, "other_updates", ()) if _is_numbered(each) and id(each) not in kept]
        return [*updates, *changes], users, chats

    def end_channel_difference(self, request: TLRequest, reason: PrematureEndReason, chat_hashes: EntityCache) -> None:
        """There is no answer."""
        self._on_gap(request.channel.channel_id)
        super().end_channel_difference(request, reason, chat_hashes)


def _is_numbered(update: types.TypeUpdate) -> bool:
    return bool(getattr(update, "pts", None))
