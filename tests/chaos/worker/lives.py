"""What was issued of a post so far, and the clock by which its collected states are ordered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas import Lane
from schemas.times import UNIX_EPOCH
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.stories import Story

MICROSECOND = timedelta(microseconds=1)


class CollectorClock:
    """Microseconds that only grow, and are never behind a date of Telegram."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now: datetime) -> int:
        """The order of a state that is seen now."""
        self._last = max(self._last + 1, (now - UNIX_EPOCH) // MICROSECOND)
        return self._last


@dataclass
class Life:
    """A post, and what was issued of it."""

    first: Issued
    current: Issued
    """As its channel shows it, or showed it before it was deleted."""
    states: list[Issued] = field(default_factory=list)
    """All but deletions."""
    is_deleted: bool = False
    is_list_edited: bool = False
    is_list_shared: bool = False
    """Whether others repeat it as a list. No list is both: an edited list is nearly equal to the copies of what it was,
    and whether it is near enough for a link is not known here."""

    @property
    def home(self) -> Issued | None:
        """The state whose language decides with what the post is compared."""
        return next((state for state in self.states if self._has_home(state.said)), None)

    def forced_lane(self, story: Story) -> Lane | None:
        """Where a text of another language comes behind the one that decides; None for any other text."""
        home = self.home
        is_foreign = home is not None and self._has_home(story) and story.language != home.language
        return home.post.lane if home is not None and is_foreign else None

    def _has_home(self, story: Story) -> bool:
        """A forward has one by its first text, however short."""
        return story.is_compared or self.first.post.forward is not None

    def may_share(self, state: Issued) -> bool:
        """Whether what repeats a state is sure to be linked."""
        is_near_others = state.quotes is not None and self.is_list_edited
        return state.said.is_compared and not is_near_others and self.forced_lane(state.said) is None
