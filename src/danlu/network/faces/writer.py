"""Python writer: a network as the Python text that builds it, one statement per node."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping

from danlu.network import python
from danlu.network.faces.text import (
    WIDE,
    call,
    fresh,
    indented,
    is_python,
    is_word,
    literal,
    quoted,
)
from danlu.network.graph import Json, Network
from danlu.network.python_wires import USES

RESULT = "net"
SWITCHES = ("repeat", "shared", "enabled", "frozen")
RESERVED = (*USES, "params", "choose")
"""Words of a call that are no parameters."""


def write(network: Network) -> str:
    """Write a network as Python; running the text builds the same network.

    >>> from danlu.network.python import Input, network, ops
    >>> x = ops.Dense(units=3, name="lambda")(Input("table"))
    >>> print(write(network("small", outputs={"answer": x})))
    from danlu.network.python import Input, network, ops
    <BLANKLINE>
    table = Input("table")
    <BLANKLINE>
    lambda_ = ops.Dense(units=3, name="lambda")(table)
    <BLANKLINE>
    net = network("small", outputs={"answer": lambda_})
    <BLANKLINE>
    """
    page = _Page()
    body = page.write(network.document())
    gap = "\n\n" if page.functions else "\n"
    return f"from danlu.network.python import {', '.join(sorted(page.words))}\n{gap}{body}\n"


class _Page:
    """The text of one document; knows which words it needs and which blocks are written."""

    def __init__(self) -> None:
        self.words = {"network"}
        self.taken = {*python.__all__, RESULT}
        self.functions: dict[str, str] = {}
        """Block to its function."""
        self.inputs: dict[str, tuple[str, ...]] = {}
        """Function to where its positions lead."""
        self.called: set[str] = set()

    def write(self, document: Json) -> str:
        """Write blocks, inputs, nodes, and the network at the end."""
        blocks = document.get("blocks", {})
        order = _order(blocks, _uses)
        names = {name: fresh(name, self.taken, blocks) for name in order}
        functions = [self._block(name, names[name], blocks[name]) for name in order]
        scope = _Scope(self, (*document["inputs"], *document["nodes"]))
        inputs = [scope.input(name, given) for name, given in document["inputs"].items()]
        nodes = scope.nodes(document["nodes"])
        main = "\n\n".join("\n".join(x) for x in (inputs, nodes, [self._end(document, scope)]) if x)
        return "\n\n\n".join([*functions, main])

    def function(self, block: str) -> str:
        """Return how a block is called: by its function, or by name if it is not written yet."""
        if block not in self.functions:
            self.words.add("Block")
            return f"Block({quoted(block)})"
        self.called.add(self.functions[block])
        return self.functions[block]

    def _block(self, name: str, function: str, body: Json) -> str:
        self.words.add("block")
        inputs, params = body.get("inputs", ["x"]), body.get("params", {})
        scope = _Scope(self, (*inputs, *params, *body["nodes"]), margin=4)
        arguments = [scope.entry(one) for one in inputs]
        plain = {p: value for p, value in params.items() if scope.take(p)}
        nodes = [indented(line) for line in scope.nodes(body["nodes"])]
        given = [] if function == name else [f"name={quoted(name)}"]
        given += [] if arguments == inputs else [f"inputs={literal(inputs)}"]
        odd = {p: value for p, value in params.items() if p not in plain}
        given += [f"params={literal(odd)}"] if odd else []
        self.functions[name], self.inputs[function] = function, tuple(inputs)
        signature = arguments + [f"{p}={literal(value)}" for p, value in plain.items()]
        ends = [scope.source(body["output"]), *scope.loose()]
        return "\n".join([
            call("@block", given) if given else "@block", call(f"def {function}", signature) + ":",
            *nodes, f"    return {', '.join(ends)}",
        ])  # fmt: skip

    def _end(self, document: Json, scope: _Scope) -> str:
        outputs = [f"{quoted(k)}: {scope.source(name)}" for k, name in document["outputs"].items()]
        also = scope.loose() + [f for f in self.functions.values() if f not in self.called]
        given = [quoted(document["name"]), f"outputs={{{', '.join(outputs)}}}"]
        return call(f"{RESULT} = network", given + ([f"also=[{', '.join(also)}]"] if also else []))


class _Scope:
    """One list of statements: its variables, and which of them each was made of."""

    def __init__(self, page: _Page, wanted: Iterable[str], *, margin: int = 0) -> None:
        self.page = page
        self.wide = WIDE - margin
        self.wanted = frozenset(wanted)
        self.taken = set(page.taken)
        self.params: set[str] = set()
        self.variables: dict[str, str] = {}
        """Source to variable."""
        self.behind: dict[str, set[str]] = {}
        """Variable to the variables in its statement."""
        self.used: set[str] = set()
        """Variables in the statement that is being written."""

    def entry(self, name: str) -> str:
        """Take a variable for what comes from outside."""
        self.variables[name] = fresh(name, self.taken, self.wanted)
        return self.variables[name]

    def take(self, param: str) -> bool:
        """Take a block parameter as an argument, if it makes a good one."""
        if not is_word(param) or param in self.taken:
            return False
        self.taken.add(param)
        self.params.add(param)
        return True

    def input(self, name: str, given: Json) -> str:
        """Write an input."""
        self.page.words.add("Input")
        variable = self.entry(name)
        self.behind[variable] = set()
        selector = [f"{key}={literal(value)}" for key, value in given.items()]
        return call(f"{variable} = Input", [quoted(name), *selector])

    def nodes(self, nodes: Json) -> list[str]:
        """Write one statement for each node."""
        return [self._node(name, nodes[name]) for name in _order(nodes, _reads)]

    def source(self, name: str) -> str:
        """Write what is read: a variable, or a name in quotes if it comes later or never."""
        variable = self.variables.get(name)
        if variable is None:
            return quoted(name)
        self.used.add(variable)
        return variable

    def loose(self) -> list[str]:
        """List the ends of branches that the last statement does not lead back to."""
        met: set[str] = set()
        self._reach(self.used, met)
        found = []
        for variable in reversed(self.behind):
            if variable not in met:
                found.append(variable)
                self._reach({variable}, met)
        return found[::-1]

    def _reach(self, ends: Iterable[str], met: set[str]) -> None:
        waiting = list(ends)
        while waiting:
            variable = waiting.pop()
            if variable not in met:
                met.add(variable)
                waiting += self.behind.get(variable, ())

    def _node(self, name: str, node: Json) -> str:
        head, given = self._step(node)
        tied = [f"tied={self.source(node['tied'])}"] if "tied" in node else []
        sources = self._sources(node.get("in", {}), self.page.inputs.get(head))
        variable = self.entry(name)
        self.behind[variable], self.used = self.used, set()
        return call(
            f"{variable} = {head}", [*given, f"name={quoted(name)}", *tied], sources, wide=self.wide
        )

    def _step(self, node: Json) -> tuple[str, list[str]]:
        """Return the call that makes a step, and what is in its parentheses."""
        kinds = [key for key in ("op", "block", "choices") if key in node]
        if len(kinds) != 1 or ("choose" in node and kinds != ["choices"]):  # no law forbids it
            self.page.words.add("Step")
            return "Step", [literal({k: v for k, v in node.items() if k not in ("in", "tied")})]
        given = self._params(node.get("params", {}))
        uses = [f"{word}={self._value(node[word])}" for word in SWITCHES if word in node]
        if kinds == ["choices"]:
            self.page.words.add("choice")
            options = [f"{quoted(k)}: {self._option(v)}" for k, v in node["choices"].items()]
            choose = [f"choose={quoted(node['choose'])}"] if "choose" in node else []
            return "choice", [f"{{{', '.join(options)}}}", *choose, *given, *uses]
        head = self._op(node["op"]) if kinds == ["op"] else self.page.function(node["block"])
        return head, given + uses

    def _option(self, option: Json) -> str:
        head, given = self._step(option)
        return f"{head}({', '.join(given)})"

    def _op(self, op: str) -> str:
        self.page.words.add("ops")
        known = next((word for word, name in python.words().items() if name == op), None)
        return f"ops.{known}" if known else f"ops[{quoted(op)}]"

    def _params(self, params: Json) -> list[str]:
        plain = [p for p in params if is_word(p) and p not in RESERVED]
        odd = [f"{quoted(p)}: {self._value(params[p])}" for p in params if p not in plain]
        found = [f"{p}={self._value(params[p])}" for p in plain]
        return found + ([f"params={{{', '.join(odd)}}}"] if odd else [])

    def _value(self, value: object) -> str:
        text = value["var"] if isinstance(value, dict) and set(value) == {"var"} else None
        if not isinstance(text, str):
            return literal(value)
        if is_python(text, self.params):
            return text
        self.page.words.add("Var")
        return f"Var({quoted(text)})"

    def _sources(self, given: Json, positions: tuple[str, ...] | None) -> list[str]:
        written = {port: self._edges(edges) for port, edges in given.items()}
        xs = given.get("xs")
        if positions is None and set(given) == {"xs"} and isinstance(xs, list) and len(xs) > 1:
            return [self.source(one) for one in xs]
        in_place = tuple(given) == (("x",) if positions is None else positions[: len(given)])
        return list(written.values()) if in_place else _named(written)

    def _edges(self, edges: str | list[str]) -> str:
        if isinstance(edges, str):
            return self.source(edges)
        return f"[{', '.join(self.source(one) for one in edges)}]"


def _named(written: Mapping[str, str]) -> list[str]:
    plain = [f"{p}={s}" for p, s in written.items() if is_word(p) and p != "ports"]
    odd = [f"{quoted(p)}: {s}" for p, s in written.items() if not is_word(p) or p == "ports"]
    return plain + ([f"ports={{{', '.join(odd)}}}"] if odd else [])


def _reads(node: Json) -> Iterable[str]:
    for edges in node.get("in", {}).values():
        yield from [edges] if isinstance(edges, str) else edges
    if node.get("tied") is not None:
        yield node["tied"]


def _uses(block: Json) -> Iterable[str]:
    for node in block["nodes"].values():
        for one in (node, *node.get("choices", {}).values()):
            if "block" in one:
                yield one["block"]


def _order(things: Mapping[str, Json], reads: Callable[[Json], Iterable[str]]) -> list[str]:
    """Keep the written order, but move what is read before its reader; rings stay at the end."""
    index = {name: i for i, name in enumerate(things)}
    waiting = {name: {r for r in reads(one) if r in things} for name, one in things.items()}
    readers: dict[str, list[str]] = {name: [] for name in things}
    for name, read in waiting.items():
        for one in read:
            readers[one].append(name)
    ready = [index[name] for name, read in waiting.items() if not read]
    names, found = list(things), []
    while ready:
        found.append(names[heapq.heappop(ready)])
        for reader in readers[found[-1]]:
            waiting[reader].discard(found[-1])
            if not waiting[reader]:
                heapq.heappush(ready, index[reader])
    placed = set(found)
    return found + [name for name in names if name not in placed]
