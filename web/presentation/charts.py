"""Charts as SVG: percentages inside, so that they follow the width and their text does not bend."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

from markupsafe import Markup

from schemas.times import HOUR_MS
from web.presentation.moments import MINUTE_MS, length

_GAP: Final = 0.3
_TICKS_MS: Final = (MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS)


@dataclass(frozen=True, slots=True)
class Dot:
    """A post on a time line."""

    lag_ms: int
    is_first: bool = False


def bars(values: Sequence[int], label: str, *, height: int = 36, hot_last: bool = False, css: str = "chart") -> Markup:
    """A bar for each value; ``hot_last``: the last one is not over yet."""
    most = max(values, default=0)
    step = 100 / max(1, len(values))
    drawn = []
    for at, value in enumerate(values):
        size = 0.0 if not most or not value else max(1.0, value / most * height)
        hot = Markup(' class="hot"') if hot_last and at == len(values) - 1 else ""
        # Markup.format() takes four times as long, and a page of stories has hundreds of bars.
        drawn.append(
            Markup('<rect%s x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f"/>')
            % (hot, at * step + step * _GAP / 2, height - size, step * (1 - _GAP), size)
        )
    return Markup('<svg class="{}" height="{}" role="img" aria-label="{}">{}</svg>').format(
        css, height, label, Markup("").join(drawn)
    )


def spark(values: Sequence[int], label: str) -> Markup:
    """A row of bars, small enough for a cell of a table."""
    return bars(values, label, height=20, css="spark")


def meter(value: float, mean: float, most: float, label: str) -> Markup:
    """A value beside its mean: a bar and a stroke."""
    size, place = (100 * each / (most or 1) for each in (value, mean))
    hot = "hot" if value > 2 * mean > 0 else ""
    return Markup(
        '<svg class="spark meter" height="8" role="img" aria-label="%s"><rect class="%s" width="%.1f%%" height="8"/>'
        '<line class="mean" x1="%.1f%%" x2="%.1f%%" y1="-2" y2="10"/></svg>'
    ) % (label, hot, size, place, place)


def time_line(rows: Sequence[tuple[str, Sequence[Dot]]], label: str) -> Markup:
    """Posts by their lag on a scale that widens what is soon; one row, or one for each named group."""
    most = max((dot.lag_ms for _, dots in rows for dot in dots), default=0)
    is_named = any(name for name, _ in rows)
    left, step = (6.0, 24) if is_named else (4.0, 24)
    first_y = 14 if is_named else 20
    parts: list[Markup] = []
    for number, (name, dots) in enumerate(rows):
        y = first_y + number * step
        if name:
            parts.append(Markup('<text x="0" y="{}">{}</text>').format(y + 4, name))
        parts.append(Markup('<line x1="{}%" x2="100%" y1="{}" y2="{}"/>').format(left, y, y))
        parts.extend(_dot(dot, _place(dot.lag_ms, most, left), y) for dot in dots)
    bottom = first_y + (len(rows) - 1) * step + 24
    ticks = [0, *(each for each in _TICKS_MS if MINUTE_MS <= each <= most)]
    shown = [tick for tick in ticks if not any(
        0 < _place(other, most, left) - _place(tick, most, left) < 9 for other in ticks)]  # fmt: skip
    for tick in shown:
        x = _place(tick, most, left)
        anchor = "end" if x > 92 else "middle" if tick else "start"
        parts.append(
            Markup('<text x="{}%" y="{}" text-anchor="{}">{}</text>').format(
                f"{x:.1f}", bottom, anchor, length(tick) if tick else "0"
            )
        )
    return Markup('<svg class="chart" height="{}" role="img" aria-label="{}">{}</svg>').format(
        bottom + 4, label, Markup("").join(parts)
    )


def _dot(dot: Dot, x: float, y: int) -> Markup:
    if dot.is_first:
        return Markup(
            '<svg x="{}%" y="{}" width="1" height="1" class="dot-first"><path d="M0-7 7 0 0 7-7 0Z"/></svg>'
        ).format(f"{x:.1f}", y)
    return Markup('<circle class="dot-copy" cx="{}%" cy="{}" r="4.5"/>').format(f"{x:.1f}", y)


def _place(lag_ms: int, most_ms: int, left: float) -> float:
    if most_ms <= 0:
        return left
    return left + (96 - left) * log10(1 + max(0, lag_ms) / MINUTE_MS) / log10(1 + most_ms / MINUTE_MS)
