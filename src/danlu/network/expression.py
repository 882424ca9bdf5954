"""Expression: arithmetic on the parameters of a block, read by hand and never run as code.

``channels * 2 + 1``: names, numbers, + - * //, a minus in front, parentheses.
"""

from __future__ import annotations

import contextlib
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NoReturn

from pydantic import JsonValue

from danlu.errors import NetworkError, nearest

Number = int | float
Scalar = int | float | str | bool
Sign = Literal["+", "-", "*", "//"]

LONGEST = 200  # characters
DEEPEST = 20  # levels of parentheses and signs
LARGEST = 2**31  # size of any number on the way
_TOKEN = re.compile(
    r"[ \t\n]*(?:(?P<name>[a-z][a-z0-9_]*)|(?P<sign>//|[-+*()])"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![a-z0-9_.])"
    r"|(?P<end>$)|(?P<odd>.))",
    re.DOTALL,
)
_RANK: dict[str, int] = {"+": 1, "-": 1, "*": 2, "//": 2}
_ABOVE = 3  # rank of what needs no parentheses
COUNT: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv,
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A parameter of the block."""

    name: str


@dataclass(frozen=True)
class Literally:
    """A number as it stands."""

    value: Number


@dataclass(frozen=True)
class Minus:
    """The negative of something."""

    of: Tree


@dataclass(frozen=True)
class Pair:
    """Two sides and the sign between them."""

    sign: Sign
    left: Tree
    right: Tree


Tree = Name | Literally | Minus | Pair


def evaluate(text: str, values: Mapping[str, Scalar]) -> JsonValue:
    """Return what ``text`` comes to; a name alone may stand for a text or a switch as well.

    >>> evaluate("channels * 2 + 1", {"channels": 32})
    65
    >>> evaluate("kind", {"kind": "gelu"})
    'gelu'
    """
    found = _value(parse(text), values, text)
    return found if isinstance(found, bool | str) else _bounded(found, text)


def names(text: str) -> frozenset[str]:
    """List the parameters that ``text`` reads.

    >>> sorted(names("(width - 1) // stride"))
    ['stride', 'width']
    """
    return frozenset(part.name for part in parts(parse(text)) if isinstance(part, Name))


@lru_cache(maxsize=1024)
def parse(text: str) -> Tree:
    """Read an expression as a tree."""
    if len(text) > LONGEST:
        raise NetworkError(
            f"it has {len(text)} characters", code="expression_syntax",
            where=f"expression '{text[:20]}...'", do=f"Use at most {LONGEST}.",
        )  # fmt: skip
    return _Reader(text).all()


def write(tree: Tree) -> str:
    """Write a tree with one space around signs and no parentheses it can do without.

    >>> write(parse("(2*( a+b ))"))
    '2 * (a + b)'
    """
    if isinstance(tree, Name):
        return tree.name
    if isinstance(tree, Literally):
        return repr(tree.value)
    if isinstance(tree, Minus):
        return "-" + _inside(tree.of, _ABOVE)
    rank = _RANK[tree.sign]
    return f"{_inside(tree.left, rank)} {tree.sign} {_inside(tree.right, rank + 1)}"


def evened(value: JsonValue) -> JsonValue:
    """Return a value with every {"var": text} in it written evenly; what is no expression stays.

    >>> evened({"units": {"var": "a*2+ (b)"}, "kind": {"var": "??"}})
    {'units': {'var': 'a * 2 + b'}, 'kind': {'var': '??'}}
    """
    if isinstance(value, list):
        return [evened(one) for one in value]
    if not isinstance(value, dict):
        return value
    text = value.get("var")
    if set(value) != {"var"} or not isinstance(text, str):
        return {key: evened(one) for key, one in value.items()}
    with contextlib.suppress(NetworkError):
        return {"var": write(parse(text))}
    return value


def parts(tree: Tree) -> Iterator[Tree]:
    """Yield the tree and everything inside it."""
    yield tree
    if isinstance(tree, Minus):
        yield from parts(tree.of)
    if isinstance(tree, Pair):
        yield from parts(tree.left)
        yield from parts(tree.right)


def _inside(tree: Tree, rank: int) -> str:
    own = _RANK[tree.sign] if isinstance(tree, Pair) else _ABOVE
    return write(tree) if own >= rank else f"({write(tree)})"


class _Reader:
    """Walks over the tokens once; each method reads one level of precedence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.finditer(text)
        self.depth = 0
        self.step()

    def step(self) -> None:
        """Go to the next token."""
        found = next(self.tokens)
        self.kind = found.lastgroup or ""
        self.token = found[self.kind]
        self.at = found.start(self.kind) + 1

    def all(self) -> Tree:
        """Read to the end."""
        tree = self.chain(1)
        if self.kind != "end":
            self.refuse()
        return tree

    def chain(self, rank: int) -> Tree:
        """Read what signs of one rank join, from the left."""
        if rank == _ABOVE:
            return self.one()
        tree = self.chain(rank + 1)
        while _RANK.get(self.token) == rank:
            sign: Sign = self.token  # type: ignore[assignment]  # a key of _RANK
            self.step()
            tree = Pair(sign, tree, self.chain(rank + 1))
        return tree

    def one(self) -> Tree:
        """Read a name, a number, a negative, or what is in parentheses."""
        kind, token = self.kind, self.token
        if kind == "name":
            self.step()
            return Name(token)
        if kind == "number":
            self.step()
            value = float(token) if set(token) & set(".eE") else int(token)
            return Literally(_bounded(value, self.text))
        if token not in ("-", "("):
            self.refuse()
        return self.deeper(token)

    def deeper(self, token: str) -> Tree:
        """Read what follows a minus or an open parenthesis."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise NetworkError(
                f"it is nested more than {DEEPEST} deep", code="expression_syntax",
                where=f"expression '{self.text}'", do="Take parentheses away.",
            )  # fmt: skip
        self.step()
        tree: Tree = Minus(self.one()) if token == "-" else self.chain(1)
        if token == "(":
            if self.token != ")":
                self.refuse()
            self.step()
        self.depth -= 1
        return tree

    def refuse(self) -> NoReturn:
        """Say which character cannot be read."""
        what = f"'{self.token}' cannot stand there" if self.token else "it ends too early"
        raise NetworkError(
            what, code="expression_syntax", where=f"expression '{self.text}', character {self.at}",
            do="Use names of block parameters, numbers, + - * // and parentheses.",
            text=self.text, at=self.at,
        )  # fmt: skip


def _value(tree: Tree, values: Mapping[str, Scalar], text: str) -> Scalar:
    if isinstance(tree, Literally):
        return tree.value
    if isinstance(tree, Name):
        return _named(tree.name, values, text)
    if isinstance(tree, Minus):
        return _bounded(-_number(tree.of, values, text), text)
    left, right = _number(tree.left, values, text), _number(tree.right, values, text)
    if tree.sign == "//" and not right:
        raise NetworkError(
            f"'{write(tree.right)}' is 0, and nothing can be divided by it",
            code="expression_zero", where=f"expression '{text}'",
            do="Choose other values for the block's parameters.", text=text,
        )  # fmt: skip
    return _bounded(COUNT[tree.sign](left, right), text)


def _named(name: str, values: Mapping[str, Scalar], text: str) -> Scalar:
    if name not in values:
        raise NetworkError(
            f"the block has no parameter '{name}'", code="expression_name",
            where=f"expression '{text}'", do=nearest(name, values) or "Add it to 'params'.",
            name=name, text=text,
        )  # fmt: skip
    return values[name]


def _number(tree: Tree, values: Mapping[str, Scalar], text: str) -> Number:
    found = _value(tree, values, text)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise NetworkError(
            f"'{write(tree)}' is {found!r}, and only numbers can be counted with",
            code="expression_name", where=f"expression '{text}'",
            do="Use that parameter alone, or give it a number.", name=write(tree), text=text,
        )  # fmt: skip
    return _bounded(found, text)


def _bounded(number: Number, text: str) -> Number:
    if not abs(number) <= LARGEST:  # not a number is in no range either
        raise NetworkError(
            "it leaves the range of -2**31 to 2**31", code="expression_range",
            where=f"expression '{text}'", do="Use smaller numbers.", text=text,
        )  # fmt: skip
    return number
