"""Python reader: the text of a network in Python, walked over and never run.

Only what builds a network is read: the import, inputs, steps, blocks, and one ``network(...)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

from danlu.errors import NetworkError, TooLargeError, nearest
from danlu.network import python
from danlu.network.expression import COUNT, Literally, Pair, Sign, evaluate, write
from danlu.network.graph import Network
from danlu.network.python_wires import Block, Entry, Step, Var

MOST_WORDS = 220_000  # of 10,000 small nodes; up to 0.9 kB of memory each while it is read
DEEPEST = 100  # levels of a statement
MODULE = "danlu.network.python"
IMPORT = re.compile(rf"^from {re.escape(MODULE)} import ", re.MULTILINE)
"""What a network in Python has, and no other face."""
_WORD = re.compile(r"\w+|[^\w \t]")
_SIGNS: dict[type[ast.operator], Sign] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//",
}  # fmt: skip
Names = dict[str, Any]


def read(text: str, *, where: str = "the text") -> Network:
    """Read a network from Python text; a refusal names the line and what to write instead.

    >>> read('''
    ... from danlu.network.python import Input, network, ops
    ... x = Input("table")
    ... x = ops.Dense(units="target", name="head")(x)
    ... net = network("tiny", outputs={"answer": x})
    ... ''').outputs
    {'answer': 'head'}
    """
    if sum(1 for _ in _WORD.finditer(text)) > MOST_WORDS:
        raise TooLargeError(
            f"more than {MOST_WORDS} words of Python", code="document_large", where=where,
            do="Split the network, or give it as JSON.",
        )  # fmt: skip
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise NetworkError(
            f"it is no Python: {error.msg}", code="python_syntax",
            where=f"{where}, line {error.lineno}, column {error.offset}",
            do="Mend that line.", line=error.lineno or 0, column=error.offset or 0,
        ) from error  # fmt: skip
    except (ValueError, MemoryError, RecursionError) as error:
        raise NetworkError(
            "it is no Python that can be read", code="python_syntax", where=where,
            do="Write shorter statements.",
        ) from error  # fmt: skip
    return _Reader(where).all(tree)


class _Reader:
    """Walks over statements; every call goes to the very function a running file would call."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.found: list[Network] = []
        self.depth = 0

    def all(self, tree: ast.Module) -> Network:
        """Read a whole file."""
        names: Names = {}
        for statement in tree.body:
            self.statement(statement, names)
        if len(self.found) != 1:
            raise NetworkError(
                f"it calls network() {len(self.found)} times", code="python_form",
                where=self.where, do='End with one: net = network("name", outputs={"answer": x}).',
            )  # fmt: skip
        return self.found[0]

    def statement(self, one: ast.stmt, names: Names) -> None:
        """Read one statement of a file."""
        if isinstance(one, ast.ImportFrom):
            self.imported(one, names)
        elif isinstance(one, ast.FunctionDef):
            names[one.name] = self.block(one, names)
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            self.value(one.value, names)
        else:
            self.assigned(one, names)

    def assigned(self, one: ast.stmt, names: Names) -> None:
        """Read ``x = ...``, or text that stands alone and is a comment."""
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
            return
        if not isinstance(one, ast.Assign):
            self.refuse(one, "this statement is not read", _instead(one))
        if len(one.targets) != 1 or not isinstance(one.targets[0], ast.Name):
            self.refuse(
                one, "only one name can be on the left", "Write x = ops.Dense(units=64)(y)."
            )
        names[one.targets[0].id] = self.value(one.value, names)

    def imported(self, one: ast.ImportFrom, names: Names) -> None:
        """Read the import."""
        if one.module != MODULE or one.level:
            self.refuse(one, f"'{one.module}' is not read", f"Import from {MODULE} only.")
        for alias in one.names:
            if alias.name not in python.__all__:
                self.refuse(one, f"no word '{alias.name}'", nearest(alias.name, python.__all__))
            if alias.asname:
                self.refuse(one, "words keep their names", f"Import {alias.name} without 'as'.")
            names[alias.name] = getattr(python, alias.name)

    def block(self, one: ast.FunctionDef, names: Names) -> Block:
        """Read a function under ``@block``."""
        given = self.decorator(one, names)
        arguments = one.args
        if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
            self.refuse(one, "a block has no * and no /", "Name every input and every parameter.")
        plain = [a.arg for a in arguments.args]
        entries = plain[: len(plain) - len(arguments.defaults)]
        params = dict(zip(plain[len(entries) :], arguments.defaults, strict=True))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is None:
                entries.append(argument.arg)
            else:
                params[argument.arg] = default
        values = {word: self.value(default, names) for word, default in params.items()}
        inner = {**names, **{word: Var(word) for word in params}}
        with self.at(one):
            return python.define(
                given.get("name", one.name), given.get("inputs", entries),
                {**values, **given.get("params", {})},
                lambda wires: self.body(one, {**inner, **self.paired(one, entries, wires)}),
            )  # fmt: skip

    def decorator(self, one: ast.FunctionDef, names: Names) -> Names:
        """Read ``@block`` or ``@block(name="...")``."""
        found = one.decorator_list[0] if len(one.decorator_list) == 1 else None
        word = found.func if isinstance(found, ast.Call) else found
        if not isinstance(word, ast.Name) or names.get(word.id) is not python.block:
            self.refuse(one, "a function must be a block", "Write @block above it.")
        if not isinstance(found, ast.Call):
            return {}
        sources, given = self.arguments(found, names)
        odd = next((key for key in given if key not in ("name", "inputs", "params")), "")
        if sources or odd:
            self.refuse(found, f"@block does not take '{odd}'", "It takes name, inputs, params.")
        kinds = {"name": str, "inputs": list, "params": dict}
        wrong = next((key for key, value in given.items() if not isinstance(value, kinds[key])), "")
        if wrong:
            self.refuse(found, f"'{wrong}' cannot be that", f"Give a {kinds[wrong].__name__}.")
        return given

    def paired(self, one: ast.FunctionDef, entries: list[str], wires: Sequence[Entry]) -> Names:
        """Give the inputs of a block to the arguments of its function."""
        if len(entries) != len(wires):
            self.refuse(one, f"{len(wires)} inputs for {len(entries)} arguments", "Name each once.")
        return dict(zip(entries, wires, strict=True))

    def body(self, one: ast.FunctionDef, names: Names) -> Any:
        """Read the statements of a block; the last one returns."""
        *before, last = one.body
        for statement in before:
            self.assigned(statement, names)
        if not isinstance(last, ast.Return) or last.value is None:
            self.refuse(last, "a block must end with what it gives", "Write return x.")
        if isinstance(last.value, ast.Tuple):
            return tuple(self.value(part, names) for part in last.value.elts)
        return self.value(last.value, names)

    def value(self, one: ast.expr, names: Names) -> Any:
        """Return what an expression stands for."""
        read = _FORMS.get(type(one))
        if read is None:
            self.refuse(one, "this is not read", _instead(one))
        if self.depth >= DEEPEST:
            self.refuse(one, f"it is nested more than {DEEPEST} deep", "Write it in several steps.")
        self.depth += 1
        found = read(self, one, names)
        self.depth -= 1
        return found

    def constant(self, one: ast.Constant, _: Names) -> Any:
        """Read a text, a number, True, False or None."""
        if one.value is None or isinstance(one.value, str | bool | int | float):
            return one.value
        return self.refuse(one, "this value is in no document", "Use texts and plain numbers.")

    def name(self, one: ast.Name, names: Names) -> Any:
        """Read a variable."""
        if one.id not in names:
            self.refuse(one, f"'{one.id}' is not known here", nearest(one.id, names))
        return names[one.id]

    def several(self, one: ast.List | ast.Tuple, names: Names) -> Any:
        """Read a list."""
        return [self.value(part, names) for part in one.elts]

    def keyed(self, one: ast.Dict, names: Names) -> Any:
        """Read an object."""
        found: Names = {}
        for key, value in zip(one.keys, one.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                self.refuse(one, "every key must be a text", 'Write {"answer": x}.')
            if key.value in found:
                self.refuse(key, f"'{key.value}' is there twice", "Keep one of them.")
            found[key.value] = self.value(value, names)
        return found

    def minus(self, one: ast.UnaryOp, names: Names) -> Any:
        """Read a minus in front."""
        value = self.value(one.operand, names)
        if not isinstance(one.op, ast.USub) or not _counts(value):
            self.refuse(one, "this is not read", "Use a minus before a number or a parameter.")
        with self.at(one):
            return -value

    def pair(self, one: ast.BinOp, names: Names) -> Any:
        """Read arithmetic on numbers and parameters of a block."""
        left, right = self.value(one.left, names), self.value(one.right, names)
        sign = _SIGNS.get(type(one.op))
        if sign is None or not _counts(left) or not _counts(right):
            self.refuse(one, "this cannot be counted", "Use + - * // on numbers and parameters.")
        with self.at(one):
            if isinstance(left, Var) or isinstance(right, Var):
                return COUNT[sign](left, right)
            return evaluate(write(Pair(sign, Literally(left), Literally(right))), {})

    def item(self, one: ast.Subscript, names: Names) -> Any:
        """Read ``ops["name"]``."""
        if self.value(one.value, names) is not python.ops or not _is_text(one.slice):
            self.refuse(one, "only ops has items", 'Write ops["dense"].')
        return python.ops[one.slice.value]  # type: ignore[attr-defined]

    def attribute(self, one: ast.Attribute, names: Names) -> Any:
        """Read ``ops.Name``."""
        if self.value(one.value, names) is not python.ops or one.attr.startswith("_"):
            self.refuse(one, f"'.{one.attr}' is not read", "Only ops has parts: ops.Dense.")
        with self.at(one):
            return getattr(python.ops, one.attr)

    def call(self, one: ast.Call, names: Names) -> Any:
        """Read a call of a word, a block, an op, or a step."""
        function = self.value(one.func, names)
        if not (isinstance(function, Step | Block | partial) or function in _WORDS):
            self.refuse(one, "this cannot be called", "Call ops, blocks and what they return.")
        sources, given = self.arguments(one, names)
        takes = _PLAIN_WORDS.get(function) if isinstance(function, type) else None
        if takes and ([*map(type, sources)] != [takes[0]] or set(given) - {*takes[1:]}):
            self.refuse(one, "it cannot be called so", f"Give it one {takes[0].__name__}.")
        with self.at(one):
            try:
                found = function(*sources, **given)
            except (TypeError, AttributeError) as error:
                what = str(error).replace("_Ops.", "")[:200]
                self.refuse(
                    one, f"it cannot be called so: {what}", "Look it up in docs/networks.md."
                )
        if function is python.network:
            self.found.append(found)
        return found

    def arguments(self, one: ast.Call, names: Names) -> tuple[list[Any], Names]:
        """Read what stands in the parentheses."""
        given: Names = {}
        for keyword in one.keywords:
            if keyword.arg is None or keyword.arg in given:
                what = f"'{keyword.arg}' is there twice" if keyword.arg else "** is not read"
                self.refuse(keyword.value, what, "Write every word once.")
            given[keyword.arg] = self.value(keyword.value, names)
        return [self.value(part, names) for part in one.args], given

    @contextmanager
    def at(self, one: ast.stmt | ast.expr) -> Iterator[None]:
        """Say at which place a refusal from below arose."""
        try:
            yield
        except NetworkError as error:
            if "line" in error.values:
                raise
            self.refuse(one, error.what, error.do, error)

    def refuse(
        self, one: ast.stmt | ast.expr, what: str, do: str, cause: NetworkError | None = None
    ) -> NoReturn:
        """Refuse what stands at a place."""
        values = cause.values if cause else {}
        line, column = one.lineno, one.col_offset + 1
        raise NetworkError(
            what, code=cause.code if cause else "python_form",
            where=f"{self.where}, line {line}, column {column}", do=do,
            **{**values, "line": line, "column": column},
        ) from cause  # fmt: skip


_FORMS: dict[type[ast.expr], Callable[..., Any]] = {
    ast.Constant: _Reader.constant, ast.Name: _Reader.name, ast.List: _Reader.several,
    ast.Tuple: _Reader.several, ast.Dict: _Reader.keyed, ast.UnaryOp: _Reader.minus,
    ast.BinOp: _Reader.pair, ast.Subscript: _Reader.item, ast.Attribute: _Reader.attribute,
    ast.Call: _Reader.call,
}  # fmt: skip
_PLAIN_WORDS: dict[type, tuple[Any, ...]] = {
    Block: (str,), Var: (str,), Step: (dict, "name", "tied"),
}  # fmt: skip
"""What the plain words take: one value of a type, and a few words."""
_WORDS = (python.Block, python.Input, python.Step, python.Var, python.choice, python.network)
_INSTEAD = {
    (ast.For, ast.While, ast.ListComp): "Write each step out, or use a block with repeat=3.",
    (ast.If, ast.IfExp): "Use enabled=False, or choice({...}, choose=...).",
    (ast.Import,): f"Write from {MODULE} import Input, network, ops.",
    (ast.Lambda, ast.AsyncFunctionDef, ast.ClassDef): "Use a function with @block above it.",
    (ast.JoinedStr,): "Write the text out.",
    (ast.AnnAssign, ast.AugAssign, ast.NamedExpr): "Write x = ops.Dense(units=64)(y).",
    (ast.Starred,): "Write each one out.",
}


def _instead(one: ast.stmt | ast.expr) -> str:
    return next(
        (do for kinds, do in _INSTEAD.items() if isinstance(one, kinds)),
        "Use only inputs, steps, blocks and network(...).",
    )


def _counts(value: object) -> bool:
    return isinstance(value, int | float | Var) and not isinstance(value, bool)


def _is_text(one: ast.expr) -> bool:
    return isinstance(one, ast.Constant) and isinstance(one.value, str)
