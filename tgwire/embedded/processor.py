"""What becomes of raw posts in one process: the functions of the worker, with the store in place of its topics."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from processors.core.decided_state import ArrivedState, DecidedState, arrival_of, decide_state, record_of
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.homes import EPOCH, HOMES
from processors.core.outcomes import Analyzed, Deleted, DuplicateVerdict, Reject
from processors.core.pipeline import Analyzer
from processors.core.routing import verdict_without_comparison
from processors.stream.monitoring.post_budget import OVER_BUDGET, OverBudgetError
from schemas import ChannelName, PostFingerprint, RawPost, RejectReason, post_key
from schemas.base import to_json
from schemas.rank import Freshness
from schemas.states import PostState
from schemas.topics import MAX_RECORD_BYTES, NORMALIZED
from sinks.store.embedded.planning import BatchRecords
from sinks.store.embedded.store import EmbeddedStore, KnownStates
from tgwire.embedded.duplicates import DuplicateIndexes
from tgwire.embedded.post_budget import ThreadBudget

_log = structlog.stdlib.get_logger(__name__)


class Refused(NamedTuple):
    """A raw post that cannot become a record."""

    raw: RawPost
    reject: Reject


@dataclass
class AnalysisOutcome:
    """The records and dead letters that a batch of posts became."""

    records: BatchRecords
    refused: list[Refused] = field(default_factory=list)
    erased: int = 0
    """Posts that were skipped, since they were erased."""


@dataclass
class _PostsInCall:
    """Posts on their way through one call."""

    states: dict[str, PostState]
    absent: frozenset[str]
    """Keys of posts that the store has no row of: their homes are to be written."""
    outcome: AnalysisOutcome
    posts: dict[int, list[PostFingerprint]] = field(default_factory=lambda: defaultdict(list))
    names: list[ChannelName] = field(default_factory=list)
    verdicts: list[DuplicateVerdict] = field(default_factory=list)


class EmbeddedProcessor:
    """Analysis, the order of states and duplicate detection. Used by one thread at a time.

    It is ahead of the store by what ``work`` has returned: that must be written before the next call.
    """

    def __init__(
        self, analyzer: Analyzer, store: EmbeddedStore, duplicates: DuplicateIndexes, budget: ThreadBudget
    ) -> None:
        self._analyzer, self._store, self._duplicates, self._budget = analyzer, store, duplicates, budget
        self._names = NewChannelNames()

    def known(self, raws: Sequence[RawPost]) -> KnownStates:
        """The states of posts in the store; changes nothing, and can be asked again after StoreUnavailableError."""
        return self._store.known(list(dict.fromkeys(post_key(raw.channel.id, raw.message_id) for raw in raws)), EPOCH)

    def work(self, raws: Sequence[RawPost], known: KnownStates, at_ms: int) -> AnalysisOutcome:
        """What becomes of posts that arrived at this moment (milliseconds since 1970), in their order.

        Asks nothing of the store: ``known`` is what it knows of them.
        """
        outcome = AnalysisOutcome(BatchRecords(at_ms))
        taken = [raw for raw in raws if post_key(raw.channel.id, raw.message_id) not in known.erased]
        outcome.erased = len(raws) - len(taken)
        slice_ = _PostsInCall(known.states, known.absent, outcome)
        for raw, analyzed in self._analyzed(taken, outcome):
            self._settle(raw, analyzed, slice_)
        found = self._duplicates.fold(slice_.posts, slice_.names, at_ms)
        outcome.records.fingerprints = found.log
        slice_.verdicts += found.verdicts
        outcome.records.verdicts = [
            (verdict.key, None if verdict.record is None else to_json(verdict.record)) for verdict in slice_.verdicts
        ]
        return outcome

    def _analyzed(self, raws: Sequence[RawPost], outcome: AnalysisOutcome) -> list[tuple[RawPost, Analyzed | Deleted]]:
        try:
            with self._budget.watch():
                return list(zip(raws, self._analyzer.analyze_all(raws), strict=True))
        except OverBudgetError:
            _log.warning("posts are analyzed one by one, since together they take too long", posts=len(raws))
        except Exception:  # noqa: BLE001 - one bad post must not stop the rest: one by one they show which it is
            _log.warning("posts are analyzed one by one, since one of them fails", posts=len(raws))
        found = []
        for raw in raws:
            try:
                with self._budget.watch():
                    analyzed = self._analyzer.analyze(raw)
                found.append((raw, analyzed))
            except OverBudgetError:
                outcome.refused.append(_too_slow(raw))
            except Exception as error:  # noqa: BLE001 - neither its text nor its variables: both may hold the post's
                outcome.refused.append(_refusal(raw, f"unexpected {type(error).__name__}"))
        return found

    def _settle(self, raw: RawPost, analyzed: Analyzed | Deleted, slice_: _PostsInCall) -> None:
        key = post_key(raw.channel.id, raw.message_id)
        known = slice_.states.get(key)
        try:
            arrival = arrival_of(raw, analyzed, HOMES, raw_at_ms=slice_.outcome.records.at_ms)
            decided = decide_state(known, arrival, self._names)
            value = to_json(record_of(analyzed, decided.decision))
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
            self._names.forget()
            slice_.outcome.refused.append(_refusal(raw, f"unexpected {type(error).__name__}"))
            return
        if len(key) + len(value) > MAX_RECORD_BYTES:
            self._names.forget()  # they were not handed on
            problem = f"its record for {NORMALIZED.name} has {len(value)} bytes"
            slice_.outcome.refused.append(Refused(raw, Reject(RejectReason.TOO_LARGE, problem)))
            return
        self._take(key, known, arrival, decided, value, slice_)

    def _take(
        self,
        key: str,
        known: PostState | None,
        arrival: ArrivedState,
        decided: DecidedState,
        value: bytes,
        slice_: _PostsInCall,
    ) -> None:
        decision, records = decided.decision, slice_.outcome.records
        state = slice_.states[key] = decision.state
        slice_.names += decided.names
        if decision.is_emitted:
            records.states.append((key, value))
            if state.home is None:
                slice_.verdicts.append(verdict_without_comparison(arrival.entry))
        if state.home is None:
            return
        is_same = known is not None and known.home == state.home
        if not is_same or key in slice_.absent:
            records.homes[key] = state.home
        # The index forgets days: of a known state that it has no more, it must not say that it repeats nothing.
        is_repeat = is_same and decision.freshness is Freshness.REPEAT
        slice_.posts[state.home] += [entry._replace(is_repeat=True) if is_repeat else entry for entry in decided.posts]


def _too_slow(raw: RawPost) -> Refused:
    _log.error("the work for a post took too long", post=post_key(raw.channel.id, raw.message_id))
    return Refused(raw, OVER_BUDGET)


def _refusal(raw: RawPost, problem: str) -> Refused:
    _log.error("post could not be handled", post=post_key(raw.channel.id, raw.message_id), problem=problem)
    return Refused(raw, Reject(RejectReason.FAILED, problem))
