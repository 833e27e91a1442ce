"""The tree of errors, as ``runtime.errors`` draws it at its head."""

import inspect
import re
from collections.abc import Iterator

from runtime import errors


def drawn() -> Iterator[tuple[str, str]]:
    """Class and parent for each line of the tree in the docstring."""
    above: list[str] = ["Exception"]
    for line in (errors.__doc__ or "").splitlines():
        if found := re.fullmatch(r"((?: {4})*)- (\w+)(?:: .*)?", line):
            depth = len(found[1]) // 4 + 1
            del above[depth:]
            yield found[2], above[-1]
            above.append(found[2])


def test_the_tree_at_the_head_of_the_module_is_that_of_its_classes() -> None:
    classes = {
        (name, value.__mro__[1].__name__)
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert set(drawn()) == classes
