"""Catalog: a family is a folder; file name = kind name, imported when asked for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from danlu.errors import NotFoundError, nearest

T = TypeVar("T")


class Catalog(Generic[T]):
    """The kinds of one family: every module of ``package`` but ``base`` holds one final class.

    >>> from danlu.data.kinds.base import Kind
    >>> kinds = Catalog("danlu.data.kinds", Kind)
    >>> "number" in kinds.names()
    True
    """

    def __init__(self, package: str, base: type[T]) -> None:
        self.package, self.base = package, base

    def names(self) -> tuple[str, ...]:
        """List the kinds, without importing any of them."""
        return _names(self.package)

    def get(self, name: str) -> type[T]:
        """Import one kind by name."""
        known = self.names()
        if name not in known:
            family = self.package.rpartition(".")[2]
            raise NotFoundError(
                f"no '{name}' in {family}", code="kind_unknown", do=nearest(name, known),
                family=family, name=name,
            )  # fmt: skip
        found: type[T] = _kind(self.package, name, cast(Any, self.base))
        return found

    def all(self) -> dict[str, type[T]]:
        """Import every kind of the family."""
        return {name: self.get(name) for name in self.names()}


@lru_cache(maxsize=64)
def _names(package: str) -> tuple[str, ...]:
    paths = importlib.import_module(package).__path__
    return tuple(sorted(m.name for m in pkgutil.iter_modules(paths) if m.name != "base"))


@lru_cache(maxsize=1024)
def _kind(package: str, name: str, base: Any) -> type[Any]:
    module = importlib.import_module(f"{package}.{name}")
    found = [
        c for _, c in inspect.getmembers(module, inspect.isclass)
        if c.__module__ == module.__name__ and issubclass(c, base)
    ]  # fmt: skip
    assert len(found) == 1, f"{module.__name__} must define exactly one {base.__name__}"
    return found[0]
