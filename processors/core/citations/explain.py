"""Why a name was or was not cited: the facts that were weighed, with their weights."""

from processors.core.citations.found_citations import NameEvidence
from processors.core.linear_model import Weights
from processors.core.quotes.explain import Reason, ReasonSubject
from processors.core.quotes.lines.lines import Offsets
from processors.core.weights_file import BIAS


def reason_of(evidence: NameEvidence, weights: Weights, place: Offsets, *, is_cited: bool) -> Reason:
    """The reason for one name; ``place`` is where the post's text has it."""
    names = " and ".join(name.outlet.name for name in evidence.group.names)
    if evidence.refusal is not None:
        message = f"{names}: {evidence.refusal}"
    else:
        weighed = [(weights.bias, BIAS), *((weights.of.get(fact, 0.0), fact) for fact in evidence.facts)]
        weighed.sort(key=_heaviest_first)
        listed = ", ".join(f"{weight:+.2f} {fact}" for weight, fact in weighed)
        message = f"{names}: probability {evidence.probability:.2f} from {listed}"
    return Reason(ReasonSubject.CITATION if is_cited else ReasonSubject.NO_CITATION, message, *place)


def _heaviest_first(item: tuple[float, str]) -> tuple[float, str]:
    return -abs(item[0]), item[1]
