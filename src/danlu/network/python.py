"""Python: the words of a network written as calls; to run such a file is to build the network.

>>> table = Input("table")
>>> head = ops.Dense(units="target", name="head")(table)
>>> network("tiny", outputs={"answer": head}).nodes["head"].op
'dense'
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from pydantic import ValidationError

from danlu.catalog import Catalog
from danlu.errors import NetworkError, nearest
from danlu.network.graph import Json, Network
from danlu.network.python_wires import (
    Block,
    Entry,
    Input,
    Made,
    Scope,
    Step,
    Var,
    Wire,
    every,
    once,
    plain,
    single,
    step,
)

__all__ = ["Block", "Input", "Step", "Var", "block", "choice", "network", "ops"]


class _Ops:
    """Every op by its name in capitals: ``ops.BatchNorm``; ``ops["batch_norm"]`` is the same."""

    def __getattr__(self, word: str) -> Callable[..., Step]:
        if word.startswith("_"):
            raise AttributeError(word)  # what Python itself asks for
        op = words().get(word)
        if op is None:
            raise NetworkError(
                f"no op 'ops.{word}'", code="op_unknown",
                do=f"{nearest(word, words())} An op this Danlu does not know: ops[\"its_name\"].",
                op=word,
            )  # fmt: skip
        return self[op]

    def __getitem__(self, op: str) -> Callable[..., Step]:
        return partial(step, {"op": op}, (), None)

    def __dir__(self) -> list[str]:
        return sorted(words())


ops = _Ops()


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    """Return the known ops by how Python calls them; no op is imported.

    >>> words()["BatchNorm"]
    'batch_norm'
    """
    names = Catalog("danlu.network.ops", object).names()
    return {"".join(p.capitalize() for p in name.split("_")): name for name in names}


def choice(options: Mapping[str, Step], /, *, choose: str | None = None, **given: Any) -> Step:
    """Offer several steps for one place; ``choose`` is the one in force."""
    for key, option in options.items():
        if not isinstance(option, Step) or option.name is not None or option.tied is not None:
            raise NetworkError(
                f"option '{key}' is no plain step", code="choice_option",
                do='Write a step without a name: "wide": ops.Dense(units=64).', option=key,
            )  # fmt: skip
    what: Json = {"choices": {key: option.node for key, option in options.items()}}
    if choose is not None:
        what["choose"] = choose
    return step(what, tuple(b for o in options.values() for b in o.blocks), None, **given)


_Kind = inspect.Parameter


def block(
    function: Callable[..., Any] | None = None, /, *, name: str | None = None,
    inputs: Sequence[str] | None = None, params: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Make a function a block: arguments are inputs, those with a default are parameters.

    ``name``, ``inputs`` and ``params`` are for names that are no Python words.

    >>> @block
    ... def wide(x, units=8):
    ...     return ops.Dense(units=units * 2, name="inner")(x)
    >>> wide.body["nodes"]
    {'inner': {'op': 'dense', 'params': {'units': {'var': 'units * 2'}}, 'in': {'x': 'x'}}}
    """
    if function is None:
        return partial(block, name=name, inputs=inputs, params=params)
    found = inspect.signature(function).parameters.values()
    odd = {p.kind for p in found} - {_Kind.POSITIONAL_OR_KEYWORD, _Kind.KEYWORD_ONLY}
    entries = [p.name for p in found if p.default is p.empty]
    named = entries if inputs is None else list(inputs)
    if odd or len(entries) != len(named):
        raise NetworkError(
            f"its inputs are {', '.join(named)}, which its arguments are not",
            code="python_form", where=f"block '{function.__name__}'",
            do="Write one plain argument for every input, then the parameters with a value.",
        )  # fmt: skip
    given = {p.name: p.default for p in found if p.default is not p.empty}
    variables = {word: Var(word) for word in given}
    return define(
        function.__name__ if name is None else name,
        named,
        {**given, **(params or {})},
        lambda wires: function(**dict(zip(entries, wires, strict=True)), **variables),
    )


def define(
    name: str, inputs: Sequence[str], params: Json, body: Callable[[list[Entry]], Any]
) -> Block:
    """Make a block of what ``body`` returns for its inputs: the output, then what it leaves."""
    entries = [Entry(one) for one in inputs]
    given = body(entries)
    output, *also = given if isinstance(given, tuple) else (given,)
    scope = Scope([single(output), *also])
    stray = next((w for w in scope.wires if not isinstance(w, Made) and w not in entries), None)
    if stray is not None:
        raise NetworkError(
            f"it reads '{stray.name}' from outside", code="block_outside", where=f"block '{name}'",
            do="Give the block one more input.", source=stray.name,
        )  # fmt: skip
    written = {"params": plain(params), "inputs": list(inputs), "nodes": scope.nodes()}
    return Block(name, {**written, "output": scope.name(output)}, scope.blocks)


def network(
    name: str = "network", /, *, outputs: Mapping[str, Wire | str],
    also: Iterable[Wire | Block | str] = (),
) -> Network:  # fmt: skip
    """Make the network that leads to ``outputs``; ``also`` = what leads to none of them."""
    scope = Scope([*(single(w) for w in outputs.values()), *also])
    inputs = [w for w in scope.wires if isinstance(w, Input)]
    once(w.name for w in inputs)
    stray = next((w for w in scope.wires if isinstance(w, Entry)), None)
    if stray is not None:
        raise NetworkError(
            f"'{stray.name}' is an input of a block", code="block_outside",
            where=f"network '{name}'", do="Call the block with what it reads.", source=stray.name,
        )  # fmt: skip
    document: Json = {
        "name": name,
        "inputs": {w.name: w.selector for w in inputs},
        "nodes": scope.nodes(),
        "blocks": {b.name: b.body for b in every(scope.blocks)},
        "outputs": {key: scope.name(wire) for key, wire in outputs.items()},
    }
    try:
        return Network.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = "/".join(str(part) for part in first["loc"][:6])
        raise NetworkError(
            f"'{path}': {first['msg'].lower()}", code="document_invalid",
            where=f"network '{name}'", path=path,
        ) from error  # fmt: skip
