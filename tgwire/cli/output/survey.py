"""A survey of an archive for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from ingest.sources.known_formats import format_by_name
from ingest.sources.survey import ChannelSurvey, Survey
from runtime.printable import one_line
from schemas.plurals import counted
from tgwire.cli.output.console import out
from tgwire.cli.output.no_posts import in_words

_LABEL = 12
_WIDTH = 80
_BARS, _ASCII_BARS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
MAX_CHANNELS = 20
"""Channels of one file that are shown; JSON has all."""
_TOP = 5
_DAYS_NAMED = 92
"""A chart of fewer days shows its first and last day, a longer one their months."""


def show(survey: Survey) -> None:
    """Print what ``inspect`` found in an archive, within 80 columns."""
    format_ = format_by_name(survey.kind)
    out.print(out.text(one_line(survey.name), "bold"))
    size = "" if survey.size_bytes is None else f", {_size(survey.size_bytes)}"
    _line("format", f"{format_.title if format_ else survey.kind}{size}")
    if survey.no_posts:
        _line("no posts", ", ".join(in_words(survey.no_posts)))
    if survey.rejected:
        repeated = f", {counted(survey.repeated, 'repeated post')} among them" if survey.repeated else ""
        _line("rejected", f"{survey.rejected:,}{repeated}")
    for warning in survey.warnings:
        _line("note", warning.removeprefix(f"{survey.name}: "))
    channels = sorted(survey.channels.values(), key=lambda channel: -channel.posts)
    for channel in channels[:MAX_CHANNELS]:
        for label, value in _of_channel(channel):
            _line(label, value)
    if channels[MAX_CHANNELS:]:
        _line("channels", f"{len(channels[MAX_CHANNELS:]):,} more; --json lists them")
    out.print()


def _line(label: str, value: str) -> None:
    words, line = one_line(value).split(" "), ""
    lines = []
    for word in words:
        if line and len(line) + 1 + len(word) > _WIDTH - _LABEL - 2:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    for number, each in enumerate([*lines, line]):
        out.print(out.text(f"  {label if number == 0 else '':<{_LABEL - 2}}  {each}"), soft_wrap=True)


def _of_channel(survey: ChannelSurvey) -> Iterator[tuple[str, str]]:
    channel = survey.channel
    names = [f"@{channel.username}"] if channel.username else []
    yield "channel", f"{channel.title or ''} ({', '.join([*names, str(channel.id)])})".strip()
    yield "posts", f"{survey.posts:,}{_dates(survey)}"
    if survey.undated:
        yield "undated", f"{survey.undated:,}"
    if survey.languages:
        yield "languages", _shares(survey.languages)
    if survey.forwards:
        top = ", ".join(f"{name} {number:,}" for name, number in survey.origins.most_common(_TOP))
        yield "forwards", f"{survey.forwards:,} ({survey.forwards / survey.posts:.0%}): {top}"
    if survey.replies:
        yield "replies", f"{survey.replies:,}"
    if survey.media:
        yield "media", ", ".join(f"{kind} {number:,}" for kind, number in survey.media.most_common())
    yield "ids", _ids(survey)
    if survey.other_states:
        yield "states", counted(survey.other_states, "other state of a post", "other states of posts")
    if survey.in_earlier_files:
        yield "overlap", f"{counted(survey.in_earlier_files, 'post')} also in files before this one"
    if len(survey.days) > 1:
        yield "over time", _chart(survey.days)


def _dates(survey: ChannelSurvey) -> str:
    return f", {survey.first:%Y-%m-%d} to {survey.last:%Y-%m-%d}" if survey.first and survey.last else ""


def _ids(survey: ChannelSurvey) -> str:
    ids = survey.known_ids
    gap = ids.longest_gap()
    missing = f"; {ids.missing:,} missing" if ids.missing else "; none missing"
    longest = f", longest gap {gap[0]:,} to {gap[1]:,}" if gap else ""
    return f"{ids.first:,} to {ids.last:,}{missing}{longest}"


def _shares(found: Counter[str]) -> str:
    total = found.total()
    return ", ".join(f"{name} {number / total:.0%}" for name, number in found.most_common(_TOP))


def _chart(days: Counter[date], width: int = 40) -> str:
    """One character for an equal stretch of time each."""
    first, last = min(days), max(days)
    stretch = max(1, -(-((last - first).days + 1) // width))
    bins = [0] * (((last - first).days) // stretch + 1)
    for day, number in days.items():
        bins[(day - first).days // stretch] += number
    bars = _BARS if out.encoding.startswith("utf") else _ASCII_BARS
    most = max(bins)
    drawn = "".join(bars[-(-number * (len(bars) - 1) // most)] for number in bins)
    form = "%Y-%m-%d" if (last - first).days < _DAYS_NAMED else "%Y-%m"
    return f"|{drawn}| {first:{form}} to {last:{form}}, at most {most:,} in {counted(stretch, 'day')}"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def as_json_value(survey: Survey) -> dict[str, object]:
    """All of it, as one object."""
    return {
        "name": survey.name,
        "format": survey.kind,
        "size_bytes": survey.size_bytes,
        "posts": survey.posts,
        "rejected": survey.rejected,
        "repeated": survey.repeated,
        "no_posts": {kind.value: number for kind, number in survey.no_posts.items()},
        "warnings": survey.warnings,
        "failure": survey.failure,
        "channels": [_channel_value(channel) for channel in survey.channels.values()],
    }


def _channel_value(survey: ChannelSurvey) -> dict[str, object]:
    known = survey.known_ids
    gap = known.longest_gap()
    return {
        "id": survey.channel.id,
        "username": survey.channel.username,
        "title": survey.channel.title,
        "posts": survey.posts,
        "other_states": survey.other_states,
        "in_earlier_files": survey.in_earlier_files,
        "undated": survey.undated,
        "first": survey.first and survey.first.isoformat(),
        "last": survey.last and survey.last.isoformat(),
        "languages": dict(survey.languages.most_common()),
        "forwards": survey.forwards,
        "forward_origins": dict(survey.origins.most_common(100)),
        "replies": survey.replies,
        "media": dict(survey.media.most_common()),
        "characters": survey.characters,
        "first_id": survey.ids.first,
        "last_id": survey.ids.last,
        "missing_ids": known.missing,
        "longest_gap": list(gap) if gap else None,
        "posts_by_month": _months(survey.days),
    }


def _months(days: Counter[date]) -> dict[str, int]:
    months: Counter[str] = Counter()
    for day, number in days.items():
        months[f"{day:%Y-%m}"] += number
    return dict(sorted(months.items()))
