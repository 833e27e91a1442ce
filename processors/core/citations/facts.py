"""Facts about a name that speak for or against a citation: what the model weighs. All are read in a bounded window."""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

from processors.core.citations.formed_names import is_formed
from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.name_candidates import NameCandidate
from processors.core.citations.surroundings import CueFound, Surroundings, opens_sentence
from processors.core.citations.token_window import COLONS
from processors.core.quotes.lexicon.scripts import FIRST_HANGUL, FIRST_UNCASED

_QUOTATION = re.compile(r"[«“„\"「‹](?=[^«»“”„\"]{12})")
_NEXT_QUOTATION = re.compile(r"\s{1,4}[«“„\"「]")
_QUOTATION_MARKS: Final = "\"«“„‘'「‹"
_DASHES: Final = "-‑–—―−"
_AROUND_WORDS: Final = "*_[]()|❗️,.!:"
_CAMERA: Final = frozenset("📷📸🎥📹")
_PICTURE: Final = 6
"""Signs of a picture and blanks before the name that a line opens with."""
_NEXT_WORDS: Final = 3
_COLON_WITHIN: Final = 11
FOOTER_WORDS: Final = 12
"""Words of a line that may be a footer."""
SHORT_WORDS: Final = 4
VERY_SHORT_WORDS: Final = 2
_STROKE_WORDS: Final = 3
"""Words that the text before a stroke has at least where a credit follows it."""
_MORE_THAN_PIECE: Final = Role.VERB | Role.BEFORE | Role.AFTER | Role.INTERVIEW | Role.FINAL
FactNames = list[str]


@dataclass(slots=True)
class Scene:
    """What all facts about one name are read from."""

    lexicon: CitationLexicon
    plain: PlainText
    name: NameCandidate
    around: Surroundings
    statement_words: int
    """Words of the sentence but for the name, its descriptors and cue; counted as far as a short one has."""
    line: "LineFacts"
    is_after_statement: bool
    """Whether the name stands alone after a sentence, as credits do."""
    names_in_sentence: int
    is_second_mention: bool
    is_speaker: bool
    """Whether it labels turns of a dialogue."""


@dataclass(slots=True)
class LineFacts:
    """What is found out once for a line."""

    has_footer: bool
    is_elsewhere: bool
    is_last: bool


def line_facts(lexicon: CitationLexicon, plain: PlainText, start: int, end: int, *, is_last: bool) -> LineFacts:
    """The facts of the line ``plain.text[start:end]``, of which so much is read as Telegram's longest message has."""
    end = min(end, start + 4096)
    words = plain.lower[start:end].split()
    is_short = len(words) <= FOOTER_WORDS
    return LineFacts(
        has_footer=is_short and not lexicon.footers.isdisjoint(word.strip(_AROUND_WORDS) for word in words),
        is_elsewhere=not lexicon.elsewhere.isdisjoint(words),
        is_last=is_last,
    )


def facts_of(scene: Scene) -> FactNames:
    """The names of the facts that hold."""
    found: FactNames = []
    for some in _GROUPS:
        some(scene, found)
    return found


def _cue_in_front(scene: Scene, found: FactNames) -> None:
    around = scene.around
    if around.is_spoken_to:
        verbs = (around.cue_before, around.cue_after, around.late_verb)
        found.append("to before" if verbs == (None, None, None) else "verb and to before")
        if around.mark_after in COLONS:
            found.append("to before and colon")
        return
    cue = around.cue_before
    if cue is None:
        return
    roles = cue.roles
    kind = ""
    if roles & Role.BEFORE:
        kind = "preposition"
    elif roles & Role.CITING:
        kind = "citing"
    elif roles & Role.VERB:
        kind = "verb"
    elif roles & Role.INTERVIEW:
        kind = "interview"
    elif roles & Role.PIECE:
        kind = "piece"
    if kind == "":
        return
    found.append(f"{kind} before")
    if roles & Role.INTERVIEW and kind != "interview":
        found.append("interview before")
    if cue.is_far:
        found.append("far cue")
    elif cue.fillers:
        found.append("words between cue and name")
    mark = around.mark_before_cue
    if mark == "^":
        found.append(f"{kind} opens sentence")
    elif mark == ",":
        found.append(f"comma before {kind}")
    elif mark and mark in _DASHES:
        found.append("dash before cue")
    elif mark in ("(", "["):
        found.append("cue in parens")
    elif kind == "verb" and around.word_before_cue is not None:
        start = around.word_before_cue.start
        found.append("subject before verb" if scene.plain.text[start].isupper() else "word before verb")
    if kind in ("verb", "piece") and _opens_behind(scene):
        found.append("reports that")
    elif kind in ("verb", "interview") and around.word_after is not None:
        found.append("object behind")
        if around.word_after.text in scene.lexicon.credits:
            found.append("shows pictures")


def _cue_behind(scene: Scene, found: FactNames) -> None:
    around = scene.around
    cue = around.cue_after
    if around.is_addressed or (around.is_spoken_to and cue is not None and cue.roles & Role.INTERVIEW):
        found.append("interview before")  # for the model what was said to it, wherever the verb is
    if cue is not None:
        kind = _kind_behind(cue)
        if kind != "piece" or not _is_joint_poll(scene):
            found.append(f"{kind} after")
        if cue.fillers and kind == "verb" and not cue.roles & Role.FINAL:
            found.append("words between name and verb")
            if around.word_after is not None and around.word_after.text in scene.lexicon.authors:
                found.append("author after")
        if around.mark_after_cue in COLONS and kind in ("verb", "piece"):
            found.append("verb and colon")
        elif around.mark_after_cue == "$":
            found.append("cue closes sentence")
        if kind == "verb" and around.mark_before == "^":
            found.append("subject opens sentence")
        if kind == "verb" and around.mark_before == ",":
            found.append("comma before subject")
        if kind == "verb" and around.cue_before is None and around.word_before is not None:
            found.append("word before subject")
        following = _words_behind(around, cue)
        if following[:1] == [","] and not (around.in_parens or cue.fillers):
            following = following[1:]
        if not scene.lexicon.topics.isdisjoint(following):
            found.append("reports about")
        elif following and following[0] in scene.lexicon.forms.that:
            found.append("reports that")
        if not scene.lexicon.credits.isdisjoint(following):
            found.append("shows pictures")
    elif around.late_verb is not None:
        found.append("late verb")
        if around.late_verb.fillers < 5:
            found.append("near late verb")
        if around.mark_before == "^" or around.has_kind:
            found.append("late verb of subject")


def _opens_behind(scene: Scene) -> bool:
    """Whether "that" is right behind the name, a comma aside: "пишет X, что"."""
    words, last = scene.around.after.texts, scene.around.last
    last += words[last : last + 1] == [","]
    return last < len(words) and words[last] in scene.lexicon.forms.that


def _has_verb(around: Surroundings) -> bool:
    """Whether what attributes is more than a piece: of each such mention something else is said."""
    cues = (around.cue_before, around.cue_after, around.late_verb)
    return any(cue is not None and cue.roles & _MORE_THAN_PIECE for cue in cues)


def _kind_behind(cue: CueFound) -> str:
    if cue.roles & Role.AFTER:
        return "postposition"
    if cue.roles & (Role.VERB | Role.INTERVIEW):
        return "verb"
    return "citing" if cue.roles & Role.CITING else "piece"


def _words_behind(around: Surroundings, cue: CueFound) -> list[str]:
    first = bisect_left(around.after.starts, cue.end)
    return around.after.texts[first : first + _NEXT_WORDS]


def _no_cue(scene: Scene, found: FactNames) -> None:
    around = scene.around
    if around.cue_before is not None or around.cue_after is not None or around.late_verb is not None:
        return
    if around.is_spoken_to or _has_form(scene):
        found.append("form without cue")
        return
    found.append("no cue")
    if scene.name.is_ambiguous:
        found.append("ambiguous without cue")
    word = around.word_before
    if word is not None:
        found.append("plain word before")
        if word.text in scene.lexicon.places:
            found.append("place word before")
        if scene.plain.text[word.start].isupper():
            found.append("capital before")
    if around.word_after is not None:
        found.append("plain word after")
        if scene.plain.text[around.word_after.start].isupper():
            found.append("capital after")
        if around.word_after.text in scene.lexicon.authors:
            found.append("author after")
    if around.is_quoted:
        found.append("in quotation marks without cue")
        if scene.name.is_ambiguous:
            found.append("ambiguous in quotation marks without cue")


def _has_form(scene: Scene) -> bool:
    """Whether the place alone shows a source: a label, a credit in parentheses or after a dash or a bar."""
    around = scene.around
    mark = around.mark_before
    if scene.is_speaker:
        return False
    if around.is_joined and mark == "" and around.mark_after in COLONS:
        return True
    if around.is_source and (_closes(around) or around.mark_after == ")"):
        return not _is_of_a_picture(scene)
    if around.in_parens and around.closes_parens:
        return True
    if mark and (mark in _DASHES or mark == "|"):
        return _closes(around)
    if mark == "/":
        return _is_stroke_credit(scene)
    return _is_label(around) or (opens_sentence(mark) and _has_colon_near(scene))


def _is_label(around: Surroundings) -> bool:
    """Whether a colon is behind the name and nothing but a picture is before it in its sentence or line."""
    if around.mark_after not in COLONS:
        return False
    mark = around.mark_before
    return mark == "^" or (opens_sentence(mark) and around.head - around.line[0] <= _PICTURE)


def _is_joint_poll(scene: Scene) -> bool:
    """Whether a stroke joins the outlet to whom it shares a piece with: "a Marist/Politico poll finds"."""
    cue = scene.around.cue_after
    return scene.around.mark_before == "/" and cue is not None and _kind_behind(cue) == "piece"


def _is_stroke_credit(scene: Scene) -> bool:
    """Whether a stroke behind a blank or a letter of a script without capitals parts the name from the text of the line
    that it closes, as a bar does: Arabic and Persian channels credit so.
    """
    around, text = scene.around, scene.plain.text
    stroke = text.rfind("/", around.line[0], around.head)
    is_closed = _closes(around) or around.mark_after == "/"
    if stroke <= around.line[0] or not is_closed or around.tail < around.line[1] - 3:
        return False
    parts = text[stroke - 1].isspace() or text[stroke - 1] >= FIRST_UNCASED
    return parts and len(around.before) > _STROKE_WORDS and not _is_of_a_picture(scene)


def _is_of_a_picture(scene: Scene) -> bool:
    """Whether the words before the name are the label of a picture's credit: "Photo: Ann Doe / Reuters"."""
    words, labels = scene.around.before.texts, scene.lexicon.credits
    has_colon = any(word in labels and mark in COLONS for word, mark in pairwise(words))
    return has_colon or words[0] in labels


def _closes(around: Surroundings) -> bool:
    return around.mark_after in ("$", ".", "…", "。")


def _place(scene: Scene, found: FactNames) -> None:
    around = scene.around
    closes = _closes(around)
    mark = around.mark_before
    if mark and mark in _DASHES:
        found.append("dash before closing name" if closes or _cites_behind(around) else "dash before name")
    if around.in_parens and around.closes_parens and around.cue_before is None and around.cue_after is None:
        found.append("name in parens")
        if around.word_after is not None and scene.plain.text[around.word_after.start].islower():
            found.append("parens inside sentence")
    is_credit = mark == "/" and _is_stroke_credit(scene)
    if mark == "/" and not is_credit and not _is_joint_poll(scene):
        found.append("slash before")
    if mark == "|" or is_credit:
        found.append("bar before")
    if closes:
        found.append("closes sentence")
        if around.tail >= around.line[1] - 3:
            found.append("closes line")
    if _is_label(around):
        found.append("label in dialogue" if scene.is_speaker else "label")
    elif around.mark_after in COLONS:
        found.append("colon after")
    elif mark == "^" and around.mark_after and around.mark_after in _DASHES:
        found.append("dash after label")
    if opens_sentence(mark) and around.cue_after is None and _has_colon_near(scene):
        found.append("colon later")
        if _QUOTATION.search(scene.plain.text, around.tail, min(around.sentence[1], around.tail + 100)):
            found.append("colon and quotation later")
        elif around.has_author and _opens_next_line(scene):
            found += ("colon and quotation later", "quotation")
    if mark == "^" and around.mark_after == "$":
        found.append("alone")
    if mark == ",":
        found.append("comma before name")


def _cites_behind(around: Surroundings) -> bool:
    return around.cue_after is not None and around.cue_after.roles & Role.CITING != 0


def _has_colon_near(scene: Scene) -> bool:
    """Whether a person of the outlet's speaks: a colon and a quotation follow, or "host", "correspondent"."""
    if scene.name.is_ambiguous:
        return False
    after = scene.around.after.texts[:_COLON_WITHIN]
    if ":" not in after:
        return False
    behind = after[after.index(":") + 1 :]
    if behind and behind[0] in _QUOTATION_MARKS:
        return True
    if not behind and scene.around.has_author and _opens_next_line(scene):
        return True
    return scene.around.is_possessive or not scene.lexicon.authors.isdisjoint(after[:3])


def _opens_next_line(scene: Scene) -> bool:
    """Whether a quotation opens the line below: "Обозреватель X Саймон Купер:"."""
    return _NEXT_QUOTATION.match(scene.plain.text, scene.around.line[1]) is not None


def _name(scene: Scene, found: FactNames) -> None:
    around, name = scene.around, scene.name
    if name.is_ambiguous and not around.has_kind:
        found.append("ambiguous")
    if not name.outlet.is_known and not _is_shown(scene, found):
        found.append("unknown")
    if around.has_kind:
        found.append("kind before")
    if around.has_author:
        found.append("author before")
    if around.has_nationality:
        found.append("nationality before")
    if around.is_quoted:
        found.append("in quotation marks")
    if around.is_compound:
        found.append("joined by a hyphen")
    if around.is_possessive:
        found.append("possessive")
    if name.channel is not None:
        found.append("channel link")
    if scene.is_second_mention and (name.is_ambiguous or not _has_verb(around)):
        found.append("second mention")


def _is_shown(scene: Scene, found: FactNames) -> bool:
    """Whether a kind of outlet right before an unknown name or its own words show what it is, and a cue or its place
    that it is cited.
    """
    if "no cue" in found:
        return False
    return scene.around.has_kind or is_formed(scene.lexicon, scene.plain.text[scene.name.start : scene.name.end])


def _sentence(scene: Scene, found: FactNames) -> None:
    around, lexicon = scene.around, scene.lexicon
    start, end = around.sentence
    if _QUOTATION.search(scene.plain.text, max(start, around.head - 300), min(end, around.tail + 200)):
        found.append("quotation")
    if scene.names_in_sentence == 2:
        found.append("two names")
    elif scene.names_in_sentence > 2:
        found.append("three names")
    if scene.is_after_statement:
        found.append("after statement")
    elif scene.statement_words <= VERY_SHORT_WORDS:
        found.append("very short")
    elif scene.statement_words <= SHORT_WORDS:
        found.append("short")
    before, after = around.before.texts[-12:], around.after.texts[:6]
    near = before + after
    if lexicon.points_back(near):
        found.append("pointer")
    if not lexicon.elsewhere.isdisjoint(near):
        is_piece = around.cue_before is not None and around.cue_before.roles & Role.PIECE
        found.append("read on in a piece" if is_piece else "elsewhere near")
    if not lexicon.footers.isdisjoint(before[-4:] + after[:2]):
        found.append("footer near")
    if around.word_after is not None and around.word_after.text in lexicon.topics and around.cue_after is None:
        found.append("about after")
    if not lexicon.credits.isdisjoint(before[-4:]) or not _CAMERA.isdisjoint([text[0] for text in before[-3:]]):
        found.append("picture credit")
    elif around.is_source:
        found.append("source label")


def _line(scene: Scene, found: FactNames) -> None:
    line = scene.line
    if line.has_footer:
        found.append("footer in line")
    if line.is_elsewhere:
        found.append("elsewhere in line")
    if line.is_last:
        found.append("last line")


_GROUPS: tuple[Callable[[Scene, FactNames], None], ...] = (
    _cue_in_front,
    _cue_behind,
    _no_cue,
    _place,
    _name,
    _sentence,
    _line,
)


def statement_words(around: Surroundings) -> int:
    """Words of the sentence without the name, its descriptors, its cue and addresses, as far as a short one has."""
    cues = [cue for cue in (around.cue_before, around.cue_after) if cue is not None]
    count = 0
    for word, start in chain(around.before.words(0, around.first), around.after.words(around.last)):
        if cues and any(cue.start <= start < cue.end for cue in cues):
            continue
        # A Korean word has its particle with it, which other languages write as two.
        count += 2 if word[-1] >= FIRST_HANGUL else 1
        if count > SHORT_WORDS:
            break
    return count
