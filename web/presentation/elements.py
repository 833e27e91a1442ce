"""Small elements that a page has hundreds of: as functions they take a fraction of the time of macros."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from web.presentation.words import language_name

_MOST_CODE: Final = 8


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """An SVG element that shows a symbol of icons.svg."""
    return Markup('<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><use href="#i-%s"/></svg>') % name


@lru_cache(maxsize=1_024)
def lang(code: str, confidence: float | None = None) -> Markup:
    """A language: its code, with its name and how sure it is as a title."""
    sure = "" if confidence is None else f", {confidence:.2f}"
    element = Markup('<abbr class="lang" title="%s">%s</abbr>\n')
    return element % (f"{language_name(code)}{sure}", code[:_MOST_CODE].upper())


def marked(parts: Iterable[tuple[str, bool]]) -> Markup:
    """A text whose parts are marked, or not."""
    return Markup("").join(Markup("<mark>%s</mark>") % text if is_mark else text for text, is_mark in parts)


def options(name: str, label: str, choices: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """A list to choose from: values and their words."""
    drawn = "".join(  # hundreds of channels: Markup's own formatting takes three times as long
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in choices
    )
    return Markup('<label>%s <select name="%s">%s</select></label>\n') % (label, name, Markup(drawn))  # noqa: S704
