"""Lines: which lines of a network's text write which node, so that one leads to the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from danlu.network.graph import Network

Lines = dict[str, dict[str, list[tuple[int, int]]]]
"""Scope ("" or a block) to node to first and last lines, counted from 1."""
_BLOCK = re.compile(r"^The block `([a-z][a-z0-9_]*)`")


def lines_of(text: str, form: str, network: Network) -> Lines:
    """Return where the nodes stand; ``form`` is "json", "yaml", "py" or "torch".

    >>> net = Network.model_validate({"inputs": {"t": {}}, "outputs": {"y": "a"},
    ...     "nodes": {"a": {"op": "dense", "in": {"x": "t"}}}})
    >>> lines_of("inputs: {t: {}}\\nnodes:\\n  a:\\n    op: dense\\n    in: {x: t}\\n", "yaml", net)
    {'': {'a': [(3, 5)]}}
    """
    found = {"py": _python, "torch": _torch}.get(form, _document)(text, network)
    lines: Lines = {}
    for scope, name, first, last in found:
        lines.setdefault(scope, {}).setdefault(name, []).append((first, last))
    return lines


_Found = Iterator[tuple[str, str, int, int]]


def _document(text: str, network: Network) -> _Found:
    """JSON is YAML too, and its reader tells where everything stands."""
    del network
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    for key, value in _pairs(root):
        if key.value == "nodes":
            yield from _entries("", value)
        for block, body in _pairs(value) if key.value == "blocks" else ():
            inner = next((v for k, v in _pairs(body) if k.value == "nodes"), None)
            yield from _entries(block.value, inner)


def _entries(scope: str, tree: Any) -> _Found:
    for key, value in _pairs(tree):
        yield scope, key.value, key.start_mark.line + 1, _last(value) + 1


def _pairs(tree: Any) -> list[tuple[Any, Any]]:
    return list(tree.value) if isinstance(tree, yaml.MappingNode) else []


def _last(tree: Any) -> int:
    """Return the last line with something of it; the mark after a block is that of what follows."""
    if isinstance(tree, yaml.MappingNode) and tree.value and not tree.flow_style:
        return _last(tree.value[-1][1])
    if isinstance(tree, yaml.SequenceNode) and tree.value and not tree.flow_style:
        return _last(tree.value[-1])
    return int(tree.end_mark.line)


def _python(text: str, network: Network) -> _Found:
    """Every statement that makes a step says its name; blocks are functions."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.FunctionDef):
            scope = _said(statement.decorator_list[0]) or statement.name
            for inner in statement.body:
                yield from _step(scope, inner, network)
        else:
            yield from _step("", statement, network)


def _step(scope: str, statement: ast.stmt, network: Network) -> _Found:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return
    made = statement.value.func
    name = _said(made)
    nodes = network.nodes if not scope else network.blocks[scope].nodes
    if name is None and isinstance(made, ast.Name) and made.id == "Input":
        name = ast.literal_eval(statement.value.args[0])
        nodes = {**nodes, **dict.fromkeys(network.inputs)} if not scope else nodes  # type: ignore[dict-item]
    if name in nodes:
        yield scope, name, statement.lineno, statement.end_lineno or statement.lineno


def _said(call: ast.expr) -> str | None:
    """Return what a call is told to be called."""
    words = call.keywords if isinstance(call, ast.Call) else []
    given = next((w.value for w in words if w.arg == "name"), None)
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _torch(text: str, network: Network) -> _Found:
    """A node is made in `__init__` and used in `forward`; an output may only be returned."""
    for made in ast.parse(text).body:
        about = ast.get_docstring(made) if isinstance(made, ast.ClassDef) else None
        if about is None:
            continue
        said = _BLOCK.match(about)
        block = network.blocks.get(said.group(1)) if said else None
        scope = said.group(1) if said and block else ""
        nodes = block.nodes if block else network.nodes
        ends = (block.output,) if block else tuple(network.outputs.values())
        for statement in _statements(made):
            for name in dict.fromkeys(_owners(statement, nodes, ends)):
                yield scope, name, statement.lineno, statement.end_lineno or statement.lineno


def _statements(made: ast.stmt) -> list[ast.stmt]:
    """List the statements of all methods of a class."""
    methods = made.body if isinstance(made, ast.ClassDef) else []
    return [s for m in methods if isinstance(m, ast.FunctionDef) for s in m.body]


def _owners(statement: ast.stmt, nodes: Mapping[str, Any], ends: tuple[str, ...]) -> Iterator[str]:
    """Name the nodes a statement makes: what it assigns to, or what it calls to return."""
    if isinstance(statement, ast.Return):
        words = [w.attr for w in ast.walk(statement) if isinstance(w, ast.Attribute)]
        called = [_node(w, nodes) for w in words]
        yield from [n for n in called if n in ends] or [n for n in ends if n in nodes][:1]
        return
    for one in ast.walk(statement):
        targets = one.targets if isinstance(one, ast.Assign) else []
        for target in targets:
            word = target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
            name = _node(word, nodes)
            if name is not None:
                yield name


def _node(word: str, nodes: Mapping[str, Any]) -> str | None:
    """Return the node that a variable is called after; `sum_` is that of "sum"."""
    return next((n for n in (word, word.rstrip("_")) if n in nodes), None)
