"""The stage of the analysis: a slice goes through together, and one post that breaks it alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.core.pipeline import Analyzer
from processors.resources import load_detector
from processors.stream.stages import AnalyzeStage, Handled
from schemas import Channel, ChannelName, Lane, QuoteList, RawPost, Source, TextEntity

BAD = "This text breaks the splitter."


class Splitter:
    """Fails on one text."""

    def split_all(
        self, posts: Sequence[tuple[str, tuple[TextEntity, ...], str]], letters: Sequence[int]
    ) -> list[tuple[QuoteList, ...]]:
        if any(text == BAD for text, *_ in posts):
            raise ZeroDivisionError
        return [() for _ in posts]


@dataclass(frozen=True)
class Stored:
    """A message of posts.raw.live."""

    value: bytes
    key: bytes | None = None
    offset: int = 0
    tp: tuple[str, int] = ("posts.raw.live", 0)
    generation_id: int = 1
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: float | None = None


def raw(message_id: int, text: str, *, is_deleted: bool = False) -> RawPost:
    return RawPost(
        channel=Channel(id=1), message_id=message_id, text=text, source=Source(kind="test"), is_deleted=is_deleted
    )


def test_a_post_that_fails_does_not_take_its_slice_with_it() -> None:
    stage = AnalyzeStage(Analyzer(load_detector(), Splitter()), Lane.LIVE)
    posts = [
        raw(1, "The fire began at noon on Monday."),
        raw(2, BAD),
        raw(3, "", is_deleted=True),
        raw(4, "The road was open again in the evening."),
    ]
    handled = stage.handle([(Stored(post.model_dump_json().encode()), post) for post in posts])
    assert isinstance(handled[1], ZeroDivisionError)
    told = [(one.outcome, one.outputs[0].key) for one in handled if isinstance(one, Handled)]
    assert told == [("analyzed", "en"), ("deleted", "tg:1:3"), ("analyzed", "en")]


def test_a_name_goes_ahead_of_the_first_post_that_shows_it_to_all_partitions() -> None:
    stage = AnalyzeStage(Analyzer(load_detector(), Splitter()), Lane.LIVE)
    channel = Channel(id=7, username="Wire")
    posts = [raw(number, "The road is open.").model_copy(update={"channel": channel}) for number in (1, 2)]

    def names() -> list[list[tuple[ChannelName, bool]]]:
        handled = stage.handle([(Stored(b""), post) for post in posts])
        return [
            [(output.record, output.to_all_partitions) for output in one.outputs[:-1]]  # type: ignore[misc]
            for one in handled
            if isinstance(one, Handled)
        ]

    assert names() == [[(ChannelName(username="wire", channel_id=7), True)], []]
    assert names() == [[], []]
    stage.set_aside(Stored(b""))  # what was made of a post is not sent
    assert names()[0] == [(ChannelName(username="wire", channel_id=7), True)]
