from pathlib import Path

import pytest

from processors.core.language import LanguageDetector
from processors.core.language.prior import LEAST_POSTS, learned, prior_from
from processors.errors import LanguageSettingError
from processors.loading import load_detector
from runtime.settings.analysis import LanguageSettings
from schemas import Channel, Language, LanguagePrior, NormalizedPost, PostSource, Provenance
from schemas.raw import Lane

RUSSIAN, SERBIAN, UNKNOWN = 1, 2, 3
PRIOR = LanguagePrior(channels={str(RUSSIAN): {"ru": 1.0}, str(SERBIAN): {"sr": 0.97, "en": 0.03}})


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> LanguageDetector:
    path = tmp_path_factory.mktemp("prior") / "prior.json"
    path.write_text(PRIOR.model_dump_json())
    return load_detector(LanguageSettings(prior=path))


def test_the_prior_decides_what_the_text_leaves_open(detector: LanguageDetector) -> None:
    text = "Стандарт бонус"
    assert detector.detect(text, RUSSIAN).code == "ru"
    assert detector.detect(text, SERBIAN).code == "sr"
    assert detector.detect(text, RUSSIAN).prior == prior_from(PRIOR).version


def test_a_channel_without_prior_is_judged_by_its_text(detector: LanguageDetector) -> None:
    assert detector.detect("Стандарт бонус", UNKNOWN) == detector.detect("Стандарт бонус")
    assert detector.detect("Стандарт бонус").prior is None


def test_a_plain_text_is_not_the_priors_business(detector: LanguageDetector) -> None:
    for text in ("The committee will meet again on Thursday morning, the mayor said.", "Good morning, my friends"):
        assert detector.detect(text, RUSSIAN) == detector.detect(text)


def test_what_has_no_words_stays_undecided(detector: LanguageDetector) -> None:
    assert detector.detect("24/7 🔥", RUSSIAN).code == "und"


def _post(number: int, code: str = "ru", channel: int = 7, **language: object) -> NormalizedPost:
    return NormalizedPost(
        key=f"tg:{channel}:{number}",
        revision="r",
        channel=Channel(id=channel),
        message_id=number,
        text="Городские власти сообщили, что старый мост останется закрытым до конца месяца.",
        language=Language.model_validate({"code": code, "confidence": 0.97} | language),
        provenance=Provenance(source=PostSource(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )


def test_a_prior_is_learned_from_the_channels_own_sure_posts() -> None:
    posts = [_post(number) for number in range(1, 31)] + [_post(number, "uk") for number in range(31, 41)]
    assert learned(posts).channels == {"7": {"ru": 0.75, "uk": 0.25}}


def test_the_same_posts_in_any_order_give_the_same_prior() -> None:
    posts = [_post(number, "ru" if number % 3 else "uk", channel) for number in range(1, 60) for channel in (7, 8)]
    assert learned(posts).model_dump_json() == learned(posts[::-1]).model_dump_json()


@pytest.mark.parametrize("language", [{"confidence": 0.5}, {"prior": "abc"}, {"code": "und"}, {"confidence": None}])
def test_unsure_posts_and_those_of_a_prior_teach_nothing(language: dict[str, object]) -> None:
    assert learned(_post(number, **language) for number in range(1, 100)).channels == {}  # type: ignore[arg-type]


def test_of_a_revised_post_the_last_revision_counts_and_few_posts_are_too_few() -> None:
    posts = [_post(number) for number in range(1, LEAST_POSTS + 1)]
    assert learned(posts).channels == {"7": {"ru": 1.0}}
    assert learned([*posts, _post(1, "und")]).channels == {}
    assert learned([_post(1)] * 100).channels == {}


def test_the_version_is_that_of_the_content() -> None:
    same = LanguagePrior(channels=dict(reversed(PRIOR.channels.items())))
    assert prior_from(same).version == prior_from(PRIOR).version
    assert prior_from(LanguagePrior(channels={})).version != prior_from(PRIOR).version


@pytest.mark.parametrize("content", [None, "", "{", '{"channels": {"7": {"ru": "much"}}}', '{"channels": {"x": {}}}'])
def test_a_file_that_is_no_prior_is_named(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "prior.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(LanguageSettingError, match=r"language\.prior: .*prior\.json"):
        load_detector(LanguageSettings(prior=path))
