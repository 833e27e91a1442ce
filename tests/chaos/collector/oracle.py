"""The judge of live collection: what really happened against what was published and recorded. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.collector.channel.comparison import digest
from ingest.ledger.records import ChannelProgress, PublishedMessage
from ingest.live_reader import AbsenceReason, AbsentRange
from schemas import CounterUpdate, Lane, RawPost, post_key
from tests.chaos.collector.truth import ChannelTruth, Message, Version
from tests.chaos.worker.findings import Findings

_CAPTIONS = "\n\n"
_REASONS = {
    "service": {AbsenceReason.SERVICE, AbsenceReason.DELETED, AbsenceReason.NOT_RETURNED},
    "deleted": {AbsenceReason.DELETED, AbsenceReason.NOT_RETURNED},
}
"""Why an id may have no post: what a message was, and what it can be recorded as. A service message can be deleted."""

FINAL = frozenset(
    {
        "made up",
        "out of order",
        "on the wrong lane",
        "without an order",
        "order goes back",
        "tombstone with more than ids",
        "begun too late",
    }
)
"""Kinds of faults that no later record makes good."""
Mark = Version | None
"""Content of a record; None: a tombstone."""


@dataclass(frozen=True)
class Recorded:
    """What the ledger holds of a channel."""

    progress: ChannelProgress | None
    absent: Sequence[AbsentRange] = ()
    rows: Mapping[int, PublishedMessage] = field(default_factory=dict)


@dataclass(frozen=True)
class Collected:
    """All that came out, in the order of its arrival."""

    posts: Sequence[tuple[bytes, RawPost]]
    counters: Sequence[CounterUpdate] = ()
    ledger: Mapping[int, Recorded] = field(default_factory=dict)
    """By channel; what is not there is not judged."""


def judge(truth: Mapping[int, ChannelTruth], collected: Collected) -> Findings:
    """Hold what was collected to the promises of docs/reliability.md."""
    findings = Findings()
    histories: dict[tuple[int, int], list[RawPost]] = defaultdict(list)
    for key, post in collected.posts:
        if post.channel.id not in truth or key != str(post.channel.id).encode():
            findings.add("made up", f"{_name(post)} under key {key!r}")
        else:
            histories[post.channel.id, post.message_id].append(post)
    for (channel_id, _), posts in histories.items():
        _judge_history(truth[channel_id], posts, collected.ledger.get(channel_id), findings)
    ends = {place: posts[-1] for place, posts in histories.items()}
    for channel in truth.values():
        recorded = collected.ledger.get(channel.id)
        wanted = _wanted(channel, recorded)
        _judge_ends(channel, wanted, ends, findings)
        if recorded is not None:
            _judge_ledger(channel, recorded, wanted, ends, findings)
    known = {post_key(*place) for place in histories}
    for update in collected.counters:
        if update.key not in known:
            findings.add("made up", f"counts of {update.key}")
    return findings


def _wanted(channel: ChannelTruth, recorded: Recorded | None) -> list[Message]:
    """The messages that are to be collected. What was posted between the order and the first look may be, too."""
    progress = None if recorded is None else recorded.progress
    started_at = channel.from_id if progress is None else min(channel.from_id, progress.started_at)
    first = 0 if channel.is_backfilled else started_at
    return [message for message_id, message in sorted(channel.messages.items()) if message_id > first]


# -- each record


def _judge_history(
    channel: ChannelTruth, posts: Sequence[RawPost], recorded: Recorded | None, findings: Findings
) -> None:
    """All records of one key: nothing made up, and new content only in the order in which it came to be."""
    seen: list[Mark] = []
    reached: dict[int, int] = {}
    _judge_ranks(posts, findings)
    for post in posts:
        _judge_frame(channel, post, recorded, findings, is_first=post is posts[0])
        mark = _mark(post)
        if mark in seen:
            findings.repeats += 1
            continue
        seen.append(mark)
        states = _states(channel, post)
        if states is None:
            findings.add("made up", _name(post))
            continue
        for message_id, possible in states.items():
            later = [number for number in possible if number >= reached.get(message_id, 0)]
            if not later:
                findings.add("out of order", f"{_name(post)} of message {message_id}")
            reached[message_id] = min(later, default=reached.get(message_id, 0))


def _judge_ranks(posts: Sequence[RawPost], findings: Findings) -> None:
    """Each record has a later place than all before it, unless it is one of them again: else a consumer that goes by
    place does not end with the last one.
    """
    orders: set[int] = set()
    for post in posts:
        if post.order is None:
            findings.add("without an order", _name(post))
        elif post.order not in orders:
            if post.order < max(orders, default=0):
                findings.add("order goes back", f"{_name(post)} at {post.order}")
            orders.add(post.order)


def _judge_frame(
    channel: ChannelTruth, post: RawPost, recorded: Recorded | None, findings: Findings, *, is_first: bool
) -> None:
    """What surrounds the content."""
    if post.is_deleted:
        if post.text or post.media or post.channel.username or post.channel.title:
            findings.add("tombstone with more than ids", _name(post))
    elif post.channel.username not in channel.names:
        findings.add("made up", f"{_name(post)} of @{post.channel.username}")
    if recorded is not None and recorded.progress is not None:
        is_old = post.message_id <= recorded.progress.started_at
        if post.lane is not (Lane.BACKFILL if is_old and is_first else Lane.LIVE):  # all changes travel live
            findings.add("on the wrong lane", _name(post))


def _states(channel: ChannelTruth, post: RawPost) -> dict[int, list[int]] | None:
    """Message -> the numbers of its versions that the record can show; None when there is no such state."""
    message = channel.messages.get(post.message_id)
    if message is None or not message.is_post:
        return None
    if post.is_deleted:
        parts = channel.album(message.album) if message.album is not None else [message]
        gone = [part for part in parts if part.is_deleted]
        return {part.id: [len(part.versions)] for part in gone} if message in gone else None
    if message.album is not None:
        return _album_states(channel, message.album, post)
    numbers = [number for number, version in enumerate(message.versions) if version == _mark(post)]
    return {message.id: numbers} if numbers else None


def _album_states(channel: ChannelTruth, album: int, post: RawPost) -> dict[int, list[int]] | None:
    parts = {part.id: part for part in channel.album(album)}
    shown = {media.message_id: str(media.id) for media in post.media}
    if not shown or not shown.keys() <= parts.keys():
        return None
    captions = [caption for caption in post.text.split(_CAPTIONS) if caption]
    possible: dict[int, list[int]] = {}
    for message_id, media_id in shown.items():
        versions = parts[message_id or 0].versions
        found = [n for n, each in enumerate(versions) if media_id in each.media]
        matching = [n for n in found if versions[n].text in captions or not versions[n].text]
        if not matching:
            return None
        possible[message_id or 0] = matching
    texts = {versions.text for message_id in possible for versions in parts[message_id].versions}
    return possible if texts.issuperset(captions) else None


# -- the end


def _judge_ends(
    channel: ChannelTruth, wanted: Sequence[Message], ends: Mapping[tuple[int, int], RawPost], findings: Findings
) -> None:
    """After an upsert by key: each post once, as it is now; what is gone has a tombstone if it ever was there."""
    wanted_ids = {message.id for message in wanted}
    groups: dict[object, list[Message]] = defaultdict(list)
    for message in wanted:
        if message.is_post:
            groups[message.id if message.album is None else ("album", message.album)].append(message)
    for parts in groups.values():
        _judge_end(channel, parts, ends, findings)
    for (channel_id, message_id), post in ends.items():
        if channel_id == channel.id and message_id not in wanted_ids and message_id in channel.messages:
            findings.add("not asked for", _name(post))


def _judge_end(
    channel: ChannelTruth, parts: Sequence[Message], ends: Mapping[tuple[int, int], RawPost], findings: Findings
) -> None:
    found = {part.id: ends[channel.id, part.id] for part in parts if (channel.id, part.id) in ends}
    present = [post for post in found.values() if not post.is_deleted]
    living = [part for part in parts if not part.is_deleted]
    name = post_key(channel.id, parts[0].id)
    if not living:
        if present:
            findings.add("tombstone missing", name)
        return
    if not present:
        findings.add("taken for deleted" if found else "lost", f"{name} of {len(parts)}")
        return
    if len(present) > 1:
        findings.add("double", f"{name} under {', '.join(_name(post) for post in present)}")
    last = [part.versions[-1] for part in living]
    text = _CAPTIONS.join(each.text for each in last if each.text)
    media = tuple(each for version in last for each in version.media)
    shown = _mark(present[0])
    if shown is None or (shown.text, shown.media) != (text, media):
        findings.add("not the last revision", f"{name}: {shown} instead of {last}")
    elif len(last) == 1 and parts[0].album is None and shown != last[0]:
        findings.add("not the last revision", f"{name}: entities {shown.entities} instead of {last[0].entities}")


# -- the ledger


def _judge_ledger(
    channel: ChannelTruth,
    recorded: Recorded,
    wanted: Sequence[Message],
    ends: Mapping[tuple[int, int], RawPost],
    findings: Findings,
) -> None:
    """Every id is explained, and by what is true."""
    progress = recorded.progress
    if progress is None:
        findings.add("unexplained", f"channel {channel.id} was never begun")
        return
    if progress.started_at > channel.from_id:
        findings.add("begun too late", f"channel {channel.id} at {progress.started_at} instead of {channel.from_id}")
    reasons = {each: absent.reason for absent in recorded.absent for each in range(absent.first, absent.last + 1)}
    for message in wanted:
        name = post_key(channel.id, message.id)
        is_reached = message.id <= progress.backfilled or progress.started_at < message.id <= progress.frontier
        reason, row = reasons.get(message.id), recorded.rows.get(message.id)
        if not is_reached:
            if not message.is_deleted:  # the source shows nothing of what was deleted at the end of a channel
                findings.add("unexplained", f"{name} lies beyond the frontier")
        elif row is None and reason is None:
            findings.add("unexplained", f"{name} has neither row nor reason")
        elif row is not None and reason is not None:
            findings.add("explained twice", f"{name} has a row and is {reason}")
        elif reason is not None and reason not in _possible_reasons(message):
            findings.add("explained wrongly", f"{name} is {reason}")
        elif row is not None:
            _judge_row(channel, message, row, ends, findings)
    for message_id in reasons.keys() - channel.messages.keys():
        findings.add("explained wrongly", f"{post_key(channel.id, message_id)} was never given")


def _judge_row(
    channel: ChannelTruth,
    message: Message,
    row: PublishedMessage,
    ends: Mapping[tuple[int, int], RawPost],
    findings: Findings,
) -> None:
    """A row holds what was published last."""
    name = post_key(channel.id, message.id)
    end = ends.get((channel.id, row.anchor))
    if row.is_deleted != message.is_deleted:
        findings.add("explained wrongly", f"{name} is recorded as {'deleted' if row.is_deleted else 'alive'}")
    elif end is None:
        findings.add("explained wrongly", f"{name} is recorded, and was not published under {row.anchor}")
    elif message.album is None and not end.is_deleted and row.digest != digest(end):
        findings.add("explained wrongly", f"{name} is recorded with other content than was published")


def _possible_reasons(message: Message) -> set[AbsenceReason]:
    if not message.is_post:
        return _REASONS["service"] if message.is_deleted else {AbsenceReason.SERVICE}
    return _REASONS["deleted"] if message.is_deleted else set()


def _mark(post: RawPost) -> Mark:
    if post.is_deleted:
        return None
    entities = tuple((each.start, each.end) for each in post.entities)
    return Version(post.text, entities, tuple(str(each.id) for each in post.media))


def _name(post: RawPost) -> str:
    return post_key(post.channel.id, post.message_id) + (" (tombstone)" if post.is_deleted else "")
