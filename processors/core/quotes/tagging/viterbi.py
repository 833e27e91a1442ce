"""The best sequence of tags over the pieces of a post, by Viterbi's algorithm."""

from typing import Final

OUTSIDE: Final = 0
BEGINS: Final = 1
CONTINUES: Final = 2
TAGS: Final = ("outside", "begins", "continues")

_IMPOSSIBLE: Final = -1e9


def best_tags(scores: list[list[float]], steps: list[list[float]]) -> list[int]:
    """The tags with the highest sum, where no piece continues what did not begin.

    ``scores`` has for each piece one number for each tag, and is not empty; ``steps[before][tag]`` is added for each
    pair of neighbours.
    """
    outside, begins, continues = scores[0][OUTSIDE], scores[0][BEGINS], _IMPOSSIBLE
    came_from: list[tuple[int, int, int]] = []
    for score in scores[1:]:
        to_outside = (outside + steps[0][0], begins + steps[1][0], continues + steps[2][0])
        to_begins = (outside + steps[0][1], begins + steps[1][1], continues + steps[2][1])
        to_continues = (_IMPOSSIBLE, begins + steps[1][2], continues + steps[2][2])
        best = (max(to_outside), max(to_begins), max(to_continues))
        came_from.append((to_outside.index(best[0]), to_begins.index(best[1]), to_continues.index(best[2])))
        outside, begins, continues = best[0] + score[0], best[1] + score[1], best[2] + score[2]
    ends = (outside, begins, continues)
    tag = ends.index(max(ends))
    found = [tag]
    for step in reversed(came_from):
        tag = step[tag]
        found.append(tag)
    found.reverse()
    return found
