"""How a channel is, in words: what needs a look, and why."""

from dataclasses import dataclass
from typing import Final

from schemas.channel_state import ChannelCondition
from schemas.plurals import counted
from schemas.times import DAY_MS
from sinks.store.database import Reader
from sinks.store.reading.channels import ChannelRow
from sinks.store.reading.overview import newest_post
from sinks.store.reading.post_json import iso
from web.presentation.moments import Clock, length
from web.presentation.syndication import FeedEntry
from web.presentation.words import channel_name, handle, plain

GROUPS: Final = ("trouble", "live", "backfill", "idle")
_QUIET: Final = 6
"""Times the usual interval without a post, after which a channel is called quiet."""
_LEAST_QUIET_S: Final = 3_600
_GOOD: Final = (ChannelCondition.LIVE, ChannelCondition.STARTING)


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel as a row of the table, with all that the row shows."""

    row: ChannelRow
    name: str
    handle: str
    trouble: str = ""
    trouble_more: str = ""
    trouble_css: str = "s-edit"
    trouble_icon: str = "gap"
    since_ms: int | None = None
    backfill: str = ""
    is_live: bool = False

    @property
    def group(self) -> int:
        """0: needs a look; then live, backfill, and those that nobody collects."""
        return 0 if self.trouble else 2 if self.backfill else 1 if self.is_live else 3

    @property
    def mean(self) -> float:
        """Posts a day of the week before."""
        return self.row.posts_week / 7


def line_of(row: ChannelRow, clock: Clock) -> ChannelLine:
    """A channel as it is now."""
    name, public = channel_name(row.username, row.title, row.id), handle(row.username, row.id)
    if row.state is None:
        return ChannelLine(row, name, public)
    if row.state not in _GOOD:
        reason = f": {plain(row.reason)}" if row.reason else ""
        return ChannelLine(row, name, public, row.state, reason, "s-del", "off", row.state_ms)
    if row.gap:
        return ChannelLine(row, name, public, "gap open", f", {counted(row.gap, 'post')} may be missing")
    usual = row.usual_interval_s
    silent_s = (clock.now_ms - row.last_post_ms) / 1000 if row.last_post_ms else 0
    if usual and silent_s > max(_LEAST_QUIET_S, _QUIET * usual):
        return ChannelLine(row, name, public, "quiet", f", usually every {length(usual * 1000)}", "s-edit", "pause")
    if row.backfill_progress is not None and row.backfill_progress < 1:
        return ChannelLine(row, name, public, backfill=f"backfill, {row.backfill_progress:.0%}", is_live=True)
    return ChannelLine(row, name, public, is_live=True)


def entry(line: ChannelLine, base: str, clock: Clock) -> FeedEntry:
    """A channel as an entry of a feed: a new one when its state becomes another."""
    row = line.row
    state = line.trouble or line.backfill.partition(",")[0] or ("live" if line.is_live else "not collected now")
    since_ms = row.state_ms if row.state_ms is not None else row.last_post_ms
    facts = [
        f"{state}{line.trouble_more}",
        f"{counted(row.posts_day, 'post')} on the last day, {line.mean:.0f} a day in the week before",
        f"newest post {iso(row.last_post_ms)}" if row.last_post_ms is not None else "no post known",
        f"{counted(row.copies, 'copy', 'copies')}, {counted(row.edited, 'edit')}, {counted(row.deleted, 'deletion')}",
    ]
    url = f"{base}/channels/{row.id}#{state.replace(' ', '-')}-{since_ms or 0}"
    return FeedEntry(url, f"{line.name}: {state}", ". ".join(facts), line.name, since_ms or clock.now_ms, None)


def flat(row: ChannelRow) -> dict[str, object]:
    """A channel as a row of a table."""
    return {
        "channel_id": row.id,
        "channel": row.username,
        "title": row.title,
        "state": row.state,
        "reason": row.reason,
        "gap": row.gap,
        "last_post_at": iso(row.last_post_ms),
        "posts_today": row.posts_day,
        "posts_7_days_before": row.posts_week,
        "edited": row.edited,
        "deleted": row.deleted,
        "copies": row.copies,
    }


def end_of_store(reader: Reader, now_ms: int) -> int:
    """Now; of an archive its newest post."""
    newest = newest_post(reader)
    is_old = newest is not None and newest.posted_ms < now_ms - 2 * DAY_MS
    return newest.posted_ms if newest is not None and is_old else now_ms
