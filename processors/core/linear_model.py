"""A linear model on facts that hold or do not, and its file: a weight and a fact a line, after what it was made of."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

_HEADER = re.compile(r"# (?P<key>[a-z-]+): (?P<value>.+)")
_LINE = re.compile(r"(?P<weight>[+-]\d+\.\d\d)  (?P<fact>\S.*)")
BIAS = "bias"
_LARGEST = 40.0
"""Of a score: beyond it the probability is 0 or 1 as far as a float shows it, and ``exp`` may overflow."""


def logistic(score: float) -> float:
    """The probability that a linear model gives by its score, 0 to 1."""
    return 1.0 / (1.0 + math.exp(-max(-_LARGEST, min(_LARGEST, score))))


class WeightsError(ValueError):
    """A file of weights cannot be read; the text names the line."""


class Weights(NamedTuple):
    """A logistic model on facts that hold or do not."""

    bias: float
    of: Mapping[str, float]
    origin: tuple[tuple[str, str], ...] = ()
    """What the head of the file states: how and from which inputs it was made."""

    def probability(self, facts: Iterable[str]) -> float:
        """The probability of what the model decides, from the facts that hold; unknown ones weigh nothing."""
        score = self.bias
        for fact in facts:
            score += self.of.get(fact, 0.0)
        return logistic(score)

    def with_origin(self, key: str, value: str) -> Self:
        """The same weights with one more line at the head of their file."""
        return self._replace(origin=(*self.origin, (key, value)))

    def to_text(self) -> str:
        """The file: equal weights give equal text."""
        lines = [f"# {key}: {value}" for key, value in self.origin]
        lines.append(f"{self.bias:+.2f}  {BIAS}")
        lines += [f"{weight:+.2f}  {fact}" for fact, weight in sorted(self.of.items(), key=_heaviest_first)]
        return "\n".join(lines) + "\n"

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The weights in a file; WeightsError when a line is none."""
        origin: list[tuple[str, str]] = []
        of: dict[str, float] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            header, weight = _HEADER.fullmatch(line), _LINE.fullmatch(line)
            if header is not None:
                origin.append((header["key"], header["value"]))
            elif weight is None:
                raise WeightsError(f"line {number}: neither a weight and a fact nor a line of the head")
            elif weight["fact"] in of:
                raise WeightsError(f"line {number}: the fact {weight['fact']!r} is there twice")
            else:
                of[weight["fact"]] = float(weight["weight"])
        if BIAS not in of:
            raise WeightsError("no line gives the bias")
        return cls(of.pop(BIAS), of, tuple(origin))


def _heaviest_first(item: tuple[str, float]) -> tuple[float, str]:
    return -round(item[1], 2), item[0]
