"""Commands that are imported when they are first asked for: none waits for what another one needs."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.main import get_group


class LazyCommands(Mapping[str, Any]):
    """Commands by name, as a group of typer's holds them; each is built when it is first looked up."""

    def __init__(self, modules: Mapping[str, str], prepare: Callable[[Any], None]) -> None:
        """``modules``: for each name the module that registers the command, or whose ``app`` holds a group of them."""
        self._modules, self._prepare = modules, prepare
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - of typer's private copy of click
        if name not in self._built:
            command = _command(import_module(self._modules[name]), name)
            self._prepare(command)
            self._built[name] = command
        return self._built[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as above
        """The command, or the default where there is none of that name; an error of its import is not hidden."""
        if name not in self:
            return default
        return self[name]


def _command(module: ModuleType, name: str) -> Any:  # noqa: ANN401 - as above
    parent = typer.Typer()
    if hasattr(module, "app"):
        parent.add_typer(module.app, name=name)
    else:
        module.register(parent)
    return get_group(parent).commands[name]
