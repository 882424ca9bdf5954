"""Imports: a module of PyTorch as a network, through torch.export, and back with its weights."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram

from danlu.compile.aten import DRAWN, Step, unknown
from danlu.compile.heads import name_of
from danlu.compile.module import NetModule, file_of
from danlu.errors import NetworkError
from danlu.network.imports.base import Imported, imported
from danlu.network.sketching.sketch import Misfit, Sketch, Value

ATTENTION = "torch.nn.modules.activation.MultiheadAttention"


def from_torch(module: nn.Module, example: Sequence[Tensor]) -> Imported:
    """Return a module as a network; ``example`` are its inputs, rows first, two rows or more.

    >>> found = from_torch(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), [torch.randn(2, 4)])
    >>> [(name, node.op) for name, node in found.network.nodes.items()]
    [('n_0', 'dense'), ('n_1', 'activation')]
    """
    module = module.eval()
    rows = torch.export.ShapesCollection()  # type: ignore[no-untyped-call]
    for tensor in example:
        rows[tensor] = {0: torch.export.Dim.AUTO}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about the module's own ways
            program = torch.export.export(module, tuple(example), dynamic_shapes=rows)  # type: ignore[arg-type]  # it may be
    except Exception as error:  # a stranger's module may raise anything
        raise NetworkError(
            f"torch.export refuses it: {str(error).strip().splitlines()[0][:200]}",
            code="import_refused", where=f"module '{type(module).__name__}'",
            do="Make it exportable: no branches that depend on data.",
        ) from error  # fmt: skip
    return _Program(program, module).imported()


def module_of(found: Imported, *, head: int = 1, seed: int = 0) -> NetModule:
    """Return what was imported as a module with its weights; with first ones if it has none."""
    module = NetModule(found.network, found.types, head)
    given = {_file(key): torch.as_tensor(np.array(w)) for key, w in found.weights.items()}
    module.load_state_dict(given or {**module.state_dict(), **module.initial(seed)})
    return module.eval()


def _file(key: str) -> str:
    node, _, tensor = key.partition(".")
    return f"{file_of(node)}.{tensor}"


class _Program:
    """Goes over the calls once; ``held`` is what each has become."""

    def __init__(self, program: ExportedProgram, module: nn.Module) -> None:
        self.program, self.module, self.sketch = program, module, Sketch()
        self.held: dict[fx.Node, Any] = {}
        self.owners: dict[fx.Node, str] = {}
        """Of a weight: the module that has it."""
        self.shared: dict[str, str] = {}
        """Module to the node that has its weights."""
        self.attentions: set[str] = set()
        named = module.named_modules()
        self.leaves = {name for name, one in named if name and not [*one.children()]}

    def imported(self) -> Imported:
        """Draw the whole program."""
        signature = self.program.graph_signature
        stored = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        constants = signature.inputs_to_lifted_tensor_constants
        outputs: dict[str, Value] = {}
        for node in self.program.graph.nodes:
            if node.op == "placeholder" and node.name in stored:
                key = stored[node.name]
                self.held[node] = self.program.state_dict.get(key, self.program.constants.get(key))
                self.owners[node] = key.rpartition(".")[0] or key
            elif node.op == "placeholder" and node.name in constants:
                self.held[node] = self.program.constants[constants[node.name]]
            elif node.op == "placeholder":
                self.held[node] = self._input(node)
            elif node.op == "output":
                outputs = self._outputs(node.args[0])
            else:
                self._call(node)
        return imported(self.sketch, type(self.module).__name__, outputs)

    def _input(self, node: fx.Node) -> Value:
        example = node.meta["val"]
        whole = not example.dtype.is_floating_point
        return self.sketch.input(node.name, example.shape[1:], "int64" if whole else "float32")

    def _outputs(self, given: Any) -> dict[str, Value]:
        values = [self.held.get(one) for one in given if isinstance(one, fx.Node)]
        found = [value for value in values if isinstance(value, Value)]
        return {"answer" if not i else f"answer_{i + 1}": value for i, value in enumerate(found)}

    def _call(self, node: fx.Node) -> None:
        stack = [
            (k, path, kind) for k, (path, kind) in node.meta.get("nn_module_stack", {}).items()
        ]
        attention = next(((k, path) for k, path, kind in stack if kind == ATTENTION), None)
        if attention is not None:
            self._attention(*attention)
            return
        name = name_of(node)
        args = [self._arg(arg) for arg in node.args]
        step = Step(self.sketch, node, self._name(node, name, stack), args, self.held)
        before = set(self.sketch.nodes)
        try:
            draw = DRAWN.get(name)
            self.held[node] = draw(step) if draw else unknown(step, name, "there is no such op")
        except Misfit as misfit:
            self.held[node] = unknown(step, name, str(misfit))
        owner = next((self.owners[n] for n in node.all_input_nodes if n in self.owners), None)
        if owner is not None:
            self._share(owner, [n for n in self.sketch.nodes if n not in before])

    def _share(self, owner: str, drawn: list[str]) -> None:
        """Tie a node to the one that was drawn first for the same weights."""
        for at, name in enumerate(drawn):
            own = [key for key in self.sketch.weights if key.startswith(f"{name}.")]
            first = self.shared.setdefault(f"{owner}/{at}", name) if own else name
            if first != name:
                self.sketch.nodes[name]["tied"] = first
                for key in own:
                    self.sketch.weights.pop(key)

    def _name(self, node: fx.Node, kind: str, stack: list[tuple[str, str, str]]) -> str:
        owner = next((self.owners[n] for n in node.all_input_nodes if n in self.owners), "")
        _, path, module = stack[-1] if stack else ("", "", "")
        if module.startswith("torch.nn.modules") and path in self.leaves:
            return path
        return f"{path}.{kind}" if path else (owner or kind)

    def _arg(self, arg: Any) -> Any:
        if isinstance(arg, fx.Node):
            return self.held.get(arg)
        return [self._arg(one) for one in arg] if isinstance(arg, list | tuple) else arg

    def _attention(self, key: str, path: str) -> None:
        """Draw all calls inside nn.MultiheadAttention as one node."""
        if key in self.attentions:
            return
        self.attentions.add(key)
        inside = [
            n for n in self.program.graph.nodes if key in n.meta.get("nn_module_stack", {})
        ]  # fmt: skip
        reads = [n for one in inside for n in one.all_input_nodes if n not in inside]
        given = list(dict.fromkeys(n for n in reads if isinstance(self.held.get(n), Value)))
        others = [n for n in reads if isinstance(self.held.get(n), Tensor) and n not in self.owners]
        ends = [
            n for n in inside
            if isinstance(n.meta["val"], Tensor) and any(user not in inside for user in n.users)
        ]  # fmt: skip
        values = [self.held[n] for n in given]
        own = self.module.get_submodule(path)
        assert isinstance(own, nn.MultiheadAttention)
        plain = own.batch_first and own.bias_k is None and not own.add_zero_attn
        fits = plain and not others and len(ends) == 1 and len(values) in (1, 2)
        if fits and own.in_proj_bias is not None:
            made = self._attended(own, path, values)
        else:
            size = tuple(int(s) for s in ends[0].meta["val"].shape[1:])
            why = "with a mask, not batch first, or without a bias"
            made = self.sketch.unknown("MultiheadAttention", path, values, size, why)
        self.held.update(dict.fromkeys(ends, made))

    def _attended(self, own: nn.MultiheadAttention, path: str, values: list[Value]) -> Value:
        values = [self.sketch.straight(v) for v in values]
        reads = dict(zip(("x", "memory"), values, strict=False))
        names = (
            "in_proj_weight",
            "q_proj_weight",
            "k_proj_weight",
            "v_proj_weight",
            "in_proj_bias",
        )
        found = {name: getattr(own, name) for name in names}
        found |= {"out_proj.weight": own.out_proj.weight, "out_proj.bias": own.out_proj.bias}
        weights = {k: w.detach().numpy() for k, w in found.items() if w is not None}
        params = {"heads": own.num_heads}
        return self.sketch.step("attention", path, reads, values[0].ours, params, weights)
