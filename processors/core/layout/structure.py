"""Layout of a clean text: headline, headings, paragraphs, bullets, and the sections that labels set apart."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from processors.core.layout.labels import Label, label_at
from processors.core.layout.markers import Marker, MarkerKind, marker_at, without_closing_emoji
from schemas import Block, BlockKind, EntityKind, Section, SectionKind, Span, TextEntity

MAX_HEADLINE = 160
MAX_HEADING = 120
MAX_LINES = 500
"""Lines that are read one by one, several times those of the longest posts; what follows them is one paragraph."""

_SENTENCE_END = re.compile(r"[.!?…]\s")
_FINAL = ".,:;!?…"


@dataclass(slots=True)
class _Line:
    """A line that is not empty, without the blanks around it."""

    start: int
    end: int
    after_gap: bool
    """An empty line, or nothing, comes before it."""
    marker: Marker | None
    label: Label | None
    is_bold: bool


@dataclass(slots=True)
class _Chunk:
    """Lines that belong together: a block, before it is known which kind."""

    first: _Line
    end: int
    is_one_line: bool = True
    before_gap: bool = True
    """An empty line, or nothing, comes after it."""

    @property
    def body_start(self) -> int:
        return self.first.marker.body_start if self.first.marker else self.first.start

    @property
    def marker(self) -> str | None:
        return self.first.marker.text if self.first.marker else None


@dataclass(slots=True)
class _OpenSection:
    """A section whose end has not come yet."""

    label: Label
    chunk: _Chunk
    blocks: list[Block] = field(default_factory=list)


def blocks(text: str, entities: tuple[TextEntity, ...]) -> tuple[Block | Section, ...]:
    """Blocks and sections in order. They cover all of the text but labels, markers and blanks."""
    chunks = list(_chunks(_lines(text, _Bold(text, entities))))
    return tuple(_sections(text, chunks))


class _Bold:
    """Where the text is bold."""

    def __init__(self, text: str, entities: tuple[TextEntity, ...]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((entity.start, entity.end) for entity in entities if entity.kind is EntityKind.BOLD):
            if self._ends and not text[self._ends[-1] : start].strip():
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def covers(self, text: str, start: int, end: int) -> bool:
        """True when all of a line is bold, up to its last punctuation or emoji."""
        if not self._starts:
            return False
        nearest = bisect_right(self._starts, start) - 1
        if nearest < 0:
            return False
        return self._ends[nearest] >= start + len(without_closing_emoji(text[start:end]).rstrip(_FINAL))


def _lines(text: str, bold: _Bold) -> list[_Line]:
    lines = []
    after_gap = True
    start = 0
    *pieces, rest = (text + "\n").split("\n", MAX_LINES)
    for piece in pieces:
        if body := piece.strip():
            body_start = start if body is piece else start + len(piece) - len(piece.lstrip())
            lines.append(_line(text, body_start, body_start + len(body), after_gap, bold))
        after_gap = not body
        start += len(piece) + 1
    if rest := rest.strip():
        start = text.index(rest, start)
        lines.append(_Line(start, start + len(rest), after_gap=True, marker=None, label=None, is_bold=False))
    kinds = [line.marker.kind for line in lines if line.marker]
    if not kinds:
        return lines
    # One dash is direct speech and one number may be a date; two are a list.
    lonely = {kind for kind in (MarkerKind.DASH, MarkerKind.NUMBER) if kinds.count(kind) == 1}
    return [replace(line, marker=None) if line.marker and line.marker.kind in lonely else line for line in lines]


def _line(text: str, start: int, end: int, after_gap: bool, bold: _Bold) -> _Line:
    marker = marker_at(text, start, end)
    body_start = marker.body_start if marker else start
    is_item = marker is not None and marker.kind is not MarkerKind.EMOJI
    label = None if is_item else label_at(text, body_start, end)
    return _Line(start, end, after_gap, marker, label, bold.covers(text, body_start, end))


def _chunks(lines: list[_Line]) -> Iterator[_Chunk]:
    chunk: _Chunk | None = None
    closed = False
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        # A bold line right above text that is not bold is a block of its own, blank line or not.
        is_title = line.is_bold and (following is None or following.after_gap or not following.is_bold)
        starts = closed or line.after_gap or line.marker is not None or line.label is not None or is_title
        if chunk is not None and not starts:
            chunk.end = line.end
            chunk.is_one_line = False
        else:
            if chunk is not None:
                chunk.before_gap = line.after_gap
                yield chunk
            chunk = _Chunk(line, line.end)
        closed = is_title or (line.label is not None and line.label.end == line.end)
    if chunk is not None:
        yield chunk


def _sections(text: str, chunks: list[_Chunk]) -> Iterator[Block | Section]:
    section: _OpenSection | None = None
    for index, chunk in enumerate(chunks):
        label = chunk.first.label
        # Nothing can be added to a post that has not begun.
        if label is not None and (index or label.kind is not SectionKind.ADDENDUM):
            yield from _closed(text, section)
            section = _OpenSection(label, chunk)
            if label.end < chunk.end:
                section.blocks.append(_rest_of_label_line(text, label, chunk))
                if label.kind is SectionKind.MEDIA_DESCRIPTION:
                    yield from _closed(text, section)
                    section = None
            continue
        block = _block(text, chunk, _kind(text, chunks, index))
        if section is not None and _ends(section, block):
            yield from _closed(text, section)
            section = None
        if section is None:
            yield block
        else:
            section.blocks.append(block)
    yield from _closed(text, section)


def _ends(section: _OpenSection, block: Block) -> bool:
    """A description of a picture is prose; what is added or embedded goes on to the next label."""
    return section.label.kind is SectionKind.MEDIA_DESCRIPTION and block.kind is not BlockKind.PARAGRAPH


def _closed(text: str, section: _OpenSection | None) -> Iterator[Block | Section]:
    if section is None:
        return
    if not section.blocks:
        yield _block(text, section.chunk, BlockKind.PARAGRAPH)
        return
    start, end = section.chunk.body_start, section.blocks[-1].end
    who = section.label.attributed_to
    yield Section(
        start=start,
        end=end,
        kind=section.label.kind,
        label=_span(text, start, section.label.end),
        attributed_to=_span(text, *who) if who else None,
        blocks=tuple(section.blocks),
    )


def _kind(text: str, chunks: list[_Chunk], index: int) -> BlockKind:
    chunk = chunks[index]
    following = chunks[index + 1] if index + 1 < len(chunks) else None
    marker = chunk.first.marker
    opens_list = marker is not None and following is not None and following.marker == marker.text
    if index == 0 and following is not None and not opens_list and _is_headline(text, chunk):
        return BlockKind.HEADLINE
    if marker is None:
        return BlockKind.HEADING if following and _is_heading(text, chunk) else BlockKind.PARAGRAPH
    if marker.kind is MarkerKind.EMOJI:
        if index == 0 and not opens_list:
            return BlockKind.PARAGRAPH
        if chunk.first.is_bold and following is not None and not opens_list and _is_heading(text, chunk):
            return BlockKind.HEADING
    return BlockKind.BULLET


def _is_headline(text: str, chunk: _Chunk) -> bool:
    if not chunk.is_one_line or not (chunk.before_gap or chunk.first.is_bold):
        return False
    if chunk.first.marker is not None and chunk.first.marker.kind is not MarkerKind.EMOJI:
        return False
    body = text[chunk.body_start : chunk.end]
    return len(body) <= MAX_HEADLINE and not body.endswith((":", ",")) and _has_letter(body)


def _is_heading(text: str, chunk: _Chunk) -> bool:
    if not chunk.is_one_line or chunk.end - chunk.body_start > MAX_HEADING:
        return False
    body = without_closing_emoji(text[chunk.body_start : chunk.end])
    if not _has_letter(body):
        return False
    if chunk.first.is_bold:
        return True
    stands_alone = chunk.first.after_gap and chunk.before_gap
    return stands_alone and not body.endswith(tuple(_FINAL)) and _SENTENCE_END.search(body) is None


def _has_letter(body: str) -> bool:
    return any(map(str.isalpha, body))


def _block(text: str, chunk: _Chunk, kind: BlockKind) -> Block:
    marker = chunk.first.marker
    start, shown = (chunk.first.start, None) if marker is None else (marker.body_start, marker.text)
    return Block.model_construct(text=text[start : chunk.end], start=start, end=chunk.end, kind=kind, marker=shown)


def _rest_of_label_line(text: str, label: Label, chunk: _Chunk) -> Block:
    rest = text[label.end : chunk.end]
    start = chunk.end - len(rest.lstrip())
    return Block(text=text[start : chunk.end], start=start, end=chunk.end, kind=BlockKind.PARAGRAPH)


def _span(text: str, start: int, end: int) -> Span:
    return Span(text=text[start:end], start=start, end=end)
