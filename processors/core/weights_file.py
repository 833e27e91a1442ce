"""The file of a linear model's weights: a weight and a fact a line, after lines of origin at its head."""

import re

from processors.core.linear_model import Weights

_HEADER = re.compile(r"# (?P<key>[a-z-]+): (?P<value>.+)")
_LINE = re.compile(r"(?P<weight>[+-]\d+\.\d\d)  (?P<fact>\S.*)")
BIAS = "bias"


class WeightsError(ValueError):
    """A file of weights cannot be read; the text names the line."""


def text_of_weights(weights: Weights) -> str:
    """The file: equal weights give equal text."""
    lines = [f"# {key}: {value}" for key, value in weights.origin]
    lines.append(f"{weights.bias:+.2f}  {BIAS}")
    lines += [f"{weight:+.2f}  {fact}" for fact, weight in sorted(weights.of.items(), key=_heaviest_first)]
    return "\n".join(lines) + "\n"


def weights_of_text(text: str) -> Weights:
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
    return Weights(of.pop(BIAS), of, tuple(origin))


def _heaviest_first(item: tuple[str, float]) -> tuple[float, str]:
    return -round(item[1], 2), item[0]
