"""Source: a network as one file of PyTorch, as a person would write it.

The file needs only torch. Its state dict has the names of ours, so that trained weights load
strictly, and in evaluation it answers the same.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

from danlu.compile.alike import Instance, classes
from danlu.compile.body import Facts, Place, Use
from danlu.compile.module import NetModule, op_of
from danlu.compile.statements import write
from danlu.errors import NetworkError
from danlu.network.expand import arguments, expand, expansion, repeats
from danlu.network.graph import Network, Node
from danlu.network.ops.base import Source
from danlu.network.ports import Inputs
from danlu.tensor import TensorType

Types = Mapping[str, TensorType]
WEIGHTS = '''\
def weights(**shapes: tuple[int, ...]) -> nn.ParameterDict:
    """Hold weights that no ready module has; they start small and random."""
    return nn.ParameterDict({name: 0.1 * torch.randn(shape) for name, shape in shapes.items()})
'''


def source(network: Network, types: Types, head: int) -> str:
    """Return a Python file with one ``nn.Module`` for inputs of these types.

    ``head`` is what "target" stands for, as everywhere.
    """
    flat = expand(network)
    with torch.device("meta"):
        module = NetModule(network, types, head)
    found, known = _read(flat, module, types, head)
    functions = _functions(found.values())
    named = frozenset(f.__name__ for f in functions)
    facts = Facts(found, known, expansion(network).alias, named)
    top = Place(None, "", {}, network.nodes, tuple(network.inputs), network.outputs)
    written = "\n\n\n".join("\n".join(lines).rstrip() for lines in _classes(network, top, facts))
    helpers = [_text(f) for f in functions] + ([WEIGHTS] if "weights(" in written else [])
    written = "\n\n\n".join([*(h.rstrip() for h in helpers), written])
    count = sum(p.numel() for p in module.parameters())
    return "\n".join([_heading(network, types, count), _imports(written), "", "", written, ""])


def _imports(written: str) -> str:
    """Return the imports that the text needs."""
    asked = {
        "import math\n": r"\bmath\.", "import torch": r"\btorch\.",
        "from torch import Tensor, nn": "", "from torch.nn import functional": r"\bfunctional\.",
    }  # fmt: skip
    return "\n".join(line for line, sign in asked.items() if re.search(sign, written))


def _heading(network: Network, types: Types, count: int) -> str:
    inputs = ", ".join(f"{n} ({_sizes(types[n])})" for n in network.inputs)
    about = f"{network.name}: {inputs} to {', '.join(network.outputs)}; {count:,} parameters."
    return f'''"""{_in_quotes(about)}

Written by Danlu from network {network.hash[:12]}. It needs only torch. Weights fit by name:
`net.load_state_dict(weights)`; after `net.eval()` it answers as Danlu does.
"""
'''


def _in_quotes(said: str) -> str:
    """Return what is safe within the three quotes of a docstring."""
    return re.sub(r"[\\\"\n\r]", " ", said)


def _sizes(kind: TensorType) -> str:
    return ", ".join(["rows", *(str(s) for s in kind.shape)])


def _read(
    flat: Network, module: NetModule, types: Types, head: int
) -> tuple[dict[str, Source], dict[str, TensorType]]:
    """Ask every op that is used for its source, and note the type of every value."""
    known, found = dict(types), {}
    for wire in module.wires:
        known[wire.node] = wire.type
    for wire in module.wires:
        node = flat.nodes[wire.node]
        op = op_of(wire.node, node)
        inputs = _inputs(node, known)
        inputs = {port.name: inputs.get(port.name, ()) for port in op.ports}
        if op.borrows:
            inputs = {**inputs, "tied": _inputs(flat.nodes[str(node.tied)], known)["x"]}
        found[wire.node] = _quoted(op.source(inputs, head=head))
    return found, known


def _quoted(given: Source) -> Source:
    """Put words into double quotes, as formatters do."""
    call, make, mask = (
        re.sub(r"'([^'\"\\]*)'", r'"\1"', t) for t in (given.call, given.make, given.mask)
    )
    return given._replace(call=call, make=make, mask=mask)


def _inputs(node: Node, known: Types) -> Inputs:
    given: dict[str, tuple[TensorType, ...]] = {}
    for port, _, source_ in node.edges():
        given[port] = (*given.get(port, ()), known[source_])
    return given


def _functions(sources: Iterable[Source]) -> list[Callable[..., Any]]:
    """Return the functions that the file needs, each once, in order of need."""
    return list(dict.fromkeys(f for s in sources for f in s.functions))


def _text(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function))


def _classes(network: Network, top: Place, facts: Facts) -> Iterator[list[str]]:
    """Yield the classes of the blocks, inner ones first, then that of the network."""
    places: dict[str, list[Place]] = {}
    _gather(network, top, facts, places)
    taken: set[str] = set()
    uses: dict[str, Use] = {}
    for block in _inner_first(network, places):
        instances = [Instance(p, write(p, facts, uses)) for p in places[block]]
        name = _class_name(block, taken)
        for made in classes(name, f"The block `{block}`.", instances, facts):
            yield made.lines
            bodies = {i.place.prefix: i.body for i in instances}
            uses |= {p: Use(make, bodies[p]) for p, make in made.makes.items()}
    name = _class_name(network.name, taken)
    whole = Instance(top, write(top, facts, uses))
    for made in classes(name, f"The network `{_in_quotes(network.name)}`.", [whole], facts):
        yield made.lines


def _class_name(name: str, taken: set[str]) -> str:
    words = re.sub(r"[^a-zA-Z0-9]+", " ", name).split()
    said = "".join(w[:1].upper() + w[1:] for w in words) or "Network"
    said = said if said[0].isalpha() else f"Network{said}"
    while said in taken or said in ("Tensor", "None", "True", "False"):
        said += "Net"
    taken.add(said)
    return said


def _gather(network: Network, place: Place, facts: Facts, found: dict[str, list[Place]]) -> None:
    """List every use of every block, one for all applications of a repeat."""
    for name, written in place.nodes.items():
        node, path = written.chosen(), place.prefix + name
        if node.block is None or not node.enabled or not facts.is_used(path):
            continue
        block = network.blocks[node.block]
        params = arguments(node, block, place.params, path)
        times = repeats(node, place.params, path)
        if times > 1 and not facts.is_used(f"{path}.0"):
            raise NetworkError(
                f"'{path}' repeats a block whose output does not depend on its first input",
                code="repeat_idle", where=f"network '{network.name}'", do="Repeat it once.",
            )  # fmt: skip
        prefix = f"{path}.0." if times > 1 else f"{path}."
        inner = Place(
            node.block, prefix, params, block.nodes, block.inputs, {block.output: block.output}
        )
        found.setdefault(node.block, []).append(inner)
        _gather(network, inner, facts, found)


def _inner_first(network: Network, used: Iterable[str]) -> list[str]:
    """Order blocks so that each comes after those it uses."""
    order: dict[str, None] = {}
    waiting = dict.fromkeys(used)

    def visit(block: str) -> None:
        waiting.pop(block, None)
        for node in network.blocks[block].nodes.values():
            inner = node.chosen().block
            if inner is not None and inner in waiting:
                visit(inner)
        order[block] = None

    while waiting:
        visit(next(iter(waiting)))
    return list(order)
