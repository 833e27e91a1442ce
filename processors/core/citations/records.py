"""Citations as records: from places in the plain text to spans of the post's clean text."""

from dataclasses import dataclass

from processors.core.citations.found_citations import FoundCitation
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.name_candidates import NameCandidate
from processors.core.citations.own_channel import OwnChannel
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.named_text import NamedText
from schemas import Channel, Citation, CitedOutlet, Span, bare_channel_id, citation_key


@dataclass(slots=True)
class CitedPost:
    """What the records of one post are made of."""

    named: NamedText
    plain: PlainText
    channel: Channel
    own: OwnChannel
    registry: OutletRegistry
    key: str

    def span(self, place: Offsets) -> Span:
        """The span of the clean text at a place in the plain text, without markup behind it."""
        spelling = self.named.spelling
        start, end = place
        if self.plain.pieces is not None or spelling.offsets is not None:
            start, end = spelling.at(self.plain.at_spelling(start)), spelling.at(self.plain.after(end))
        return Span(text=self.named.text[start:end], start=start, end=end)

    def offsets(self, place: Offsets) -> Offsets:
        """The offsets in the clean text of a place in the plain text; a link's target at its end belongs to it."""
        spelling = self.named.spelling
        start, end = (spelling.at(self.plain.at_spelling(offset)) for offset in place)
        return start, end

    def citation(self, found: FoundCitation, position: int) -> Citation:
        """The record of a citation."""
        names = found.group.names
        written = [self.span((name.start, name.end)) for name in names]
        are_own = [self.own.is_of(name, self.plain) for name in names]
        quotations = [self.offsets(place) for place in found.quotations]
        start, end = self.offsets(found.span)
        return Citation(
            text=self.named.text[start:end],
            start=start,
            end=end,
            key=citation_key(self.key, position),
            position=position,
            outlets=tuple(
                [
                    self._outlet(name, span.text, is_own=is_own)
                    for name, span, is_own in zip(names, written, are_own, strict=True)
                ]
            ),
            outlet_text=tuple(written),
            cue=None if found.cue is None else self.span((found.cue.start, found.cue.end)),
            kind=found.kind,
            quotes=tuple([self.named.text[start:end] for start, end in quotations]),
            quote_offsets=tuple(quotations),
            cited=tuple(map(self.span, found.cited)),
            is_own=any(are_own),
            confidence=round(found.probability, 2),
        )

    def _outlet(self, name: NameCandidate, written: str, *, is_own: bool) -> CitedOutlet:
        """The outlet of a name, with its channel where that is known."""
        own = (self.channel.id, self.channel.username)
        channel_id, username = own if is_own else known_channel(self.registry, name)
        return CitedOutlet(
            id=name.outlet.id,
            name=name.outlet.name,
            country=name.outlet.country,
            is_known=name.outlet.is_known,
            text=written,
            channel_id=channel_id,
            channel_username=username,
        )


def known_channel(registry: OutletRegistry, name: NameCandidate) -> tuple[int | None, str | None]:
    """The id and the username of an outlet's channel, as far as a link over its name or the registry has them."""
    channels = registry.channels(name.outlet.id) if name.outlet.id is not None else ()
    ids = [bare_channel_id(int(channel)) for channel in channels if channel.lstrip("-").isdigit()]
    usernames = [channel for channel in channels if not channel.lstrip("-").isdigit()]
    return next(iter(ids), None), name.channel or next(iter(usernames), None)
