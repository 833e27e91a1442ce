"""The whole analysis: any valid raw post becomes a record that can be sent and read back."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.decode import RAW_POST, decode
from processors.core.outcomes import Analyzed, Reject
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from schemas import Channel, EntityKind, NormalizedPost, PostSource, RawPost, TextEntity

LETTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.one_of(
    st.text(LETTERS, max_size=80),
    st.lists(
        st.sampled_from(
            [
                "🔹",
                "Politico",
                "writes",
                "«Ведомости»",
                "пишет",
                '"',
                "\n\n",
                "\r\n",
                ":",
                " ",
                "Adding:",
                "https://a.b",
            ]
        ),
        max_size=40,
    ).map("".join),
    st.builds(lambda piece, times: piece * times, st.text(LETTERS, min_size=1, max_size=8), st.integers(1, 1500)),
)
ENTITY = st.builds(
    TextEntity,
    kind=st.sampled_from(EntityKind),
    start=st.integers(0, 200),
    end=st.integers(0, 200),
    url=st.one_of(st.none(), st.text(LETTERS, max_size=20)),
)


@cache
def _analyzer() -> Analyzer:
    return load_analyzer()


@settings(deadline=None)
@given(TEXT, st.lists(ENTITY, max_size=5).map(tuple))
def test_any_post_becomes_a_record_that_survives_its_topic(text: str, entities: tuple[TextEntity, ...]) -> None:
    raw = RawPost(channel=Channel(id=1), message_id=1, text=text, entities=entities, source=PostSource(kind="test"))
    outcome = _analyzer().analyze(raw)
    assert isinstance(outcome, Analyzed)
    assert NormalizedPost.model_validate_json(outcome.post.to_json()) == outcome.post
    assert (outcome.fingerprint.exact is None) <= (outcome.post.language.code == "und")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_post_or_are_rejected(value: bytes) -> None:
    read: RawPost | Reject = decode(RAW_POST, value)
    assert isinstance(read, RawPost | Reject)
