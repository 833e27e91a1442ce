"""Foreign text and numbers as they are shown."""

import re
from typing import Any, Final

_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+")
"""Controls, bidi embeddings, overrides and isolates, and what is invisible: a name needs none of them."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
_PUBLIC: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
_WIDE: Final = re.compile(
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    r"\uff01-\uff60\uffe0-\uffe6\U0001f300-\U0001f64f\U0001f900-\U0001faff\U00020000-\U0003fffd]"
)
"""East Asian width W and F, but for single symbols; unicodedata, one by one, took a third of a list's time."""
LANGUAGES: Final = {
    "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "cs": "Czech", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "hy": "Armenian", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh",
    "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sr": "Serbian", "tr": "Turkish", "uk": "Ukrainian", "und": "language unknown", "uz": "Uzbek", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def plain(text: object) -> str:
    """A name on one line, without what steers, reorders or hides; for titles and attributes too."""
    return " ".join(_UNFIT.sub(" ", str(text)).split())


def without_controls(text: str) -> str:
    """A text without characters that reorder it, or that markup cannot have; as long as before, so offsets hold."""
    return _CONTROLS.sub("\ufffd", text)


def language_name(code: str) -> str:
    """A language in words; its code where none is known."""
    return LANGUAGES.get(code, code)


def short(number: float | None) -> str:
    """A count in few digits: ``640``, ``12.3 K``, ``1.2 M``."""
    if number is None:
        return "unknown"
    if number < 1000:
        return str(int(number))
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if number >= size * 0.99995:
            return f"{number / size:.1f} {unit}"
    return str(int(number))


def thousands(number: int) -> str:
    """A count with its thousands apart."""
    return f"{number:,}"


def percent(part: float, whole: float) -> str:
    """A share; a dash where there is nothing to share."""
    return f"{round(100 * part / whole)} %" if whole else "–"


def width(text: str) -> int:
    """Width of a text: East Asian wide characters count 2."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def channel_name(username: str | None, title: str | None, number: int) -> str:
    """The name of a channel for readers: its title, its public name, or its id."""
    return plain(title or "") or (f"@{plain(username)}" if username else f"channel {number}")


def handle(username: str | None, number: int) -> str:
    """The public name of a channel, or its id."""
    return f"@{plain(username)}" if username else f"id {number}"


def channel_key(username: str | None, number: int) -> str:
    """A channel as a query names it: by a public name that Telegram gives, else by its id."""
    is_name = username is not None and _PUBLIC.fullmatch(username)
    return f"@{username}" if is_name else str(number)


def media_words(media: list[dict[str, Any]]) -> str:
    """Attachments in words: ``3 photos``, ``video 0:42``."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for each in media:
        kinds.setdefault(str(each.get("kind", "other")), []).append(each)
    return ", ".join(_of_kind(kind.replace("_", " "), found) for kind, found in kinds.items())


def _of_kind(kind: str, found: list[dict[str, Any]]) -> str:
    if len(found) > 1:
        return f"{len(found)} {kind}s"
    duration = found[0].get("duration_s")
    if duration:
        return f"{kind} {int(duration) // 60}:{int(duration) % 60:02}"
    poll = found[0].get("poll") or {}
    voters = poll.get("voters") or poll.get("total_voters")
    return f"{kind}, {voters:,} votes" if isinstance(voters, int) else f"1 {kind}"
