"""Channels read through an account: pages of history and single messages, with raw requests."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from telethon.tl import TLObject, TLRequest, functions, types

from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError, UnreadableAnswerError
from ingest.live_reader import MAX_PAGE, AbsenceReason, AbsentMessage, Page, PostOrAbsence, RequestPriority
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.channels.unreadable_messages import UnreadableMessages
from ingest.telegram.messages.parser import MessageParser, peers_by_id
from ingest.telegram.net.requests import RequestSender

LOOK_BACK = 10
"""Newest messages that may be unreadable, all in a row, before a channel's newest page cannot be found."""

Renew = Callable[[int, RequestPriority], Awaitable[None]]


class TelegramReader:
    """Reads channels through one account: a ``LiveReader`` (``ingest.live_reader``)."""

    def __init__(
        self, name: str, requests: RequestSender, peers: PeerCache, messages: MessageParser, renew: Renew
    ) -> None:
        self._name, self._requests, self._peers = name, requests, peers
        self._parser, self._renew = messages, renew
        self._unreadable = UnreadableMessages()
        self._skipped: dict[int, int] = {}
        """How many of a channel's newest messages were found unreadable when a wait came in between."""

    @property
    def name(self) -> str:
        """Name of the account in the settings."""
        return self._name

    def reads(self, channel_id: int) -> bool:
        """Whether the account has the channel's access hash."""
        return self._peers.knows(channel_id)

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        """The last page of the channel."""
        try:
            answer = await self._history(channel_id, priority)
        except UnreadableAnswerError:
            return await self._newest_around_unreadable(channel_id, priority)
        entries = self._entries(channel_id, answer)
        if not entries:
            await self._check_empty(channel_id, priority)
            return Page((), 1, 0)
        is_whole = getattr(answer, "count", len(entries)) <= len(entries)
        return Page(entries, 1 if is_whole else entries[0].message_id, entries[-1].message_id)

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """The first page behind ``after``. It ends at its last message: only an empty answer means that none follows.

        Ids that an answer leaves out are requested in another way before they count as absent.
        """
        if priority is RequestPriority.BACKFILL and self._parser.files is not None:
            await self._parser.files.wait_for_room()
        try:
            # From the id on towards newer ones: https://core.telegram.org/api/offsets
            answer = await self._history(
                channel_id,
                priority,
                offset_id=after + 1,
                add_offset=-MAX_PAGE,
                min_id=after,
                max_id=0 if up_to is None else up_to + 1,
            )
            found = _by_id(self._entries(channel_id, answer))
            end = after if up_to is None else max(after, up_to)
            last = max((one for one in found if after < one and (up_to is None or one <= up_to)), default=end)
            await self._confirm(channel_id, after, last, found, priority)
        except UnreadableAnswerError:
            return await self._history_around_unreadable(channel_id, after, up_to, priority)
        return Page(tuple(found[one] for one in sorted(found) if after < one <= last), after + 1, last)

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        """Telegram finds it by its date; past newest ones that cannot be read the next older one is taken."""
        for skipped in range(LOOK_BACK):
            try:
                answer = await self._history(channel_id, priority, offset_date=moment, add_offset=skipped, limit=1)
            except UnreadableAnswerError:
                continue
            entries = self._entries(channel_id, answer)
            return entries[-1].message_id if entries else 0
        raise _unreadable(self._label(channel_id))

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """The messages of at most MAX_PAGE ids; what cannot be read is halved until one message is left."""
        if not ids:
            return ()
        unreadable = await self._unreadable.among(
            channel_id, ids, lambda some: self._can_read(channel_id, some, priority)
        )
        readable = [each for each in ids if each not in unreadable]
        found: dict[int, PostOrAbsence] = {each: AbsentMessage(each, AbsenceReason.UNREADABLE) for each in unreadable}
        unanswered = readable
        for _ in range(2):  # what is not there is answered as empty: what is not answered is asked for once more
            if unanswered:
                try:
                    answer = await self._messages(channel_id, unanswered, priority)
                except UnreadableAnswerError:
                    self._unreadable.suspect(channel_id, unanswered)
                    return await self.get(channel_id, ids, priority)
                found |= _by_id(self._entries(channel_id, answer))
                unanswered = [each for each in readable if each not in found]
        return tuple(found.get(each) or AbsentMessage(each, AbsenceReason.NOT_RETURNED) for each in ids)

    async def _can_read(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> bool:
        try:
            await self._messages(channel_id, ids, priority)
        except UnreadableAnswerError:
            return False
        return True

    async def _confirm(
        self, channel_id: int, after: int, last: int, found: dict[int, PostOrAbsence], priority: RequestPriority
    ) -> None:
        """Ask once more for the ids up to ``last`` that an answer left out: one by one, or as the page that ends there.

        Raises ReaderLostError when that page shows that the answer was of no use.
        """
        missing = last - after - sum(after < one <= last for one in found)
        if missing <= 0:
            return
        if missing <= MAX_PAGE:
            ids = [one for one in range(after + 1, last + 1) if one not in found]
            found.update(_by_id(_without_absent(await self.get(channel_id, ids, priority))))
            return
        while last in found:
            last -= 1
        shown = _by_id(
            self._entries(channel_id, await self._history(channel_id, priority, offset_id=last + 1, min_id=after))
        )
        left_out = shown.keys() - found.keys()
        if left_out and len(shown) >= MAX_PAGE:
            raise ReaderLostError(
                f"{self._label(channel_id)}: the answer to what is behind post {after} left out post {max(left_out)}. "
                "It is asked again."
            )
        found.update(shown)

    async def _check_empty(self, channel_id: int, priority: RequestPriority) -> None:
        """The newest page was empty; raises ReaderLostError when the first one is not."""
        answer = await self._history(channel_id, priority, offset_id=1, add_offset=-MAX_PAGE)
        if answer.messages:
            raise ReaderLostError(f"{self._label(channel_id)}: the newest page came empty. It is asked again.")

    async def message(self, channel_id: int, message_id: int, priority: RequestPriority) -> types.TypeMessage:
        """One message as Telegram has it, for its files."""
        answer = await self._messages(channel_id, [message_id], priority)
        for message in answer.messages:
            if message.id == message_id:
                return message
        raise ReaderLostError(f"{self._label(channel_id)}: Telegram says nothing of message {message_id}.")

    async def _messages(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> TLObject:
        return await self._ask(
            channel_id,
            lambda access_hash: functions.channels.GetMessagesRequest(
                types.InputChannel(channel_id, access_hash), [types.InputMessageID(each) for each in ids]
            ),
            priority,
        )

    async def _history_around_unreadable(
        self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority
    ) -> Page:
        """The page by ids, since one message spoils a whole page."""
        if up_to is None:
            up_to = (await self._newest_around_unreadable(channel_id, priority)).last
        last = min(after + MAX_PAGE, up_to)
        entries = await self.get(channel_id, range(after + 1, last + 1), priority)
        return Page(_without_absent(entries), after + 1, max(after, last))

    async def _newest_around_unreadable(self, channel_id: int, priority: RequestPriority) -> Page:
        """Step back to a message that can be read; what is newer and near is requested by id."""
        for skipped in range(self._skipped.pop(channel_id, 0), LOOK_BACK):
            try:
                answer = await self._history(channel_id, priority, add_offset=skipped, limit=1)
            except UnreadableAnswerError:
                continue
            except ReaderBusyError:
                self._skipped[channel_id] = skipped
                raise
            entries = self._entries(channel_id, answer)
            last = entries[-1].message_id if entries else 0
            first = max(1, last + skipped + 1 - MAX_PAGE)
            page = _without_absent(await self.get(channel_id, range(first, last + skipped + 1), priority))
            return Page(page, first, page[-1].message_id) if page else Page((), 1, 0)
        raise _unreadable(self._label(channel_id))

    async def _history(
        self,
        channel_id: int,
        priority: RequestPriority,
        *,
        offset_id: int = 0,
        offset_date: datetime | None = None,
        add_offset: int = 0,
        limit: int = MAX_PAGE,
        min_id: int = 0,
        max_id: int = 0,
    ) -> TLObject:
        return await self._ask(
            channel_id,
            lambda access_hash: functions.messages.GetHistoryRequest(
                types.InputPeerChannel(channel_id, access_hash),
                offset_id=offset_id,
                offset_date=offset_date,
                add_offset=add_offset,
                limit=limit,
                max_id=max_id,
                min_id=min_id,
                hash=0,
            ),
            priority,
        )

    async def _ask(self, channel_id: int, request: Callable[[int], TLRequest], priority: RequestPriority) -> TLObject:
        """Send; when the access hash is of no use any more, look the channel up once and send again."""
        try:
            return await self._send(request(self._access_hash(channel_id)), channel_id, priority)
        except ChannelUnavailableError as error:
            if error.state != "invalid":
                raise
            await self._renew(channel_id, priority)
        return await self._send(request(self._access_hash(channel_id)), channel_id, priority)

    async def _send(self, request: TLRequest, channel_id: int, priority: RequestPriority) -> TLObject:
        answer = await self._requests.send(request, priority, self._label(channel_id))
        self._peers.saw(answer.chats)
        return answer

    def _access_hash(self, channel_id: int) -> int:
        access_hash = self._peers.access_hash(channel_id)
        if access_hash is None:
            raise ChannelUnavailableError(
                f"{self._label(channel_id)}: account {self._name} has not looked it up yet.", "invalid"
            )
        return access_hash

    def _entries(self, channel_id: int, answer: TLObject) -> tuple[PostOrAbsence, ...]:
        """What an answer holds, in ascending order of id."""
        names = peers_by_id(answer.chats, answer.users)
        entries = (self._parser.entry(channel_id, message, names) for message in answer.messages)
        return tuple(sorted(entries, key=lambda entry: entry.message_id))

    def _label(self, channel_id: int) -> str:
        return self._peers.label(channel_id)


def _unreadable(label: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"{label}: its {LOOK_BACK} newest messages are of types that this version does not know. "
        "Upgrade tgwire, or report it."
    )


def _by_id(entries: Iterable[PostOrAbsence]) -> dict[int, PostOrAbsence]:
    return {entry.message_id: entry for entry in entries}


def _without_absent(entries: Sequence[PostOrAbsence]) -> tuple[PostOrAbsence, ...]:
    return tuple(
        entry
        for entry in entries
        if not (isinstance(entry, AbsentMessage) and entry.reason is AbsenceReason.NOT_RETURNED)
    )
