"""Op: one kind of step; its parameters, the ports it reads, and the layer it builds.

An op is a frozen class of parameters. ``build`` returns a `Layer`, an ordinary ``nn.Module``
written for one trial, rows first; ``trace`` runs that layer on torch's meta device, and this run
is the only rule there is for shapes and costs.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, NoReturn

import torch
from pydantic import ConfigDict
from torch import Generator, Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from danlu.catalog import Catalog
from danlu.network.along import Fit, Lie, every
from danlu.network.ports import Inputs, Law, Port, Refusal
from danlu.params import Params
from danlu.tensor import Axis, Dtype, TensorType

Start = Callable[[tuple[int, ...], Generator], Tensor]
"""Makes the first value of one weight from its shape and a seeded generator."""
Masks = tuple[Tensor | None, ...]
"""One (rows, length) bool tensor per input, True = real, False = padding; None = all real."""
Group = Literal[
    "columns", "layers", "norms", "shape", "joins", "image", "sequence", "attention", "graph"
]

DTYPES: dict[Dtype, torch.dtype] = {
    "float32": torch.float32,
    "int64": torch.int64,
    "bool": torch.bool,
}
TRACE_ROWS = 2  # no result depends on it
SMALL = 1024  # sizes up to which a layer is tried for real
MOST_WEIGHTS = 2**31 - 1  # of one node
MOST_BYTES = 2**30  # that come out of one node for one row


def no_draw(node: str, shape: tuple[int, ...]) -> NoReturn:
    """Refuse noise: outside training nothing may be random."""
    raise AssertionError(f"'{node}' asked for noise of shape {shape} while not training")


def no_penalty(node: str, value: Tensor) -> None:
    """Forget an extra loss: nobody is training."""


@dataclass(frozen=True)
class Live:
    """What a layer may know of the moment; the default is evaluation."""

    training: bool = False
    draw: Callable[[str, tuple[int, ...]], Tensor] = no_draw
    """Uniform float32 noise in (0, 1): a pure function of trial seed, step, node and element."""
    dials: Mapping[str, Tensor] = dataclasses.field(default_factory=dict)
    """Values of dials by "<node>.<field>", one 0-dim tensor each; absent = as written."""
    masks: Masks = ()
    """Of the tensors this layer is given; empty = none of them has padding."""
    penalise: Callable[[str, Tensor], None] = no_penalty
    """Add a 0-dim tensor to the loss, in the name of a node."""
    fused: bool = False
    """Whether the layer runs under ``vmap``, where native recurrent kernels do not."""
    real: Mapping[str, Tensor] = dataclasses.field(default_factory=dict)
    """By node, which features or channels it is given are real: 1.0, else 0.0, with as many axes
    as it takes to lie along them; absent = all."""


class Layer(nn.Module, ABC):
    """What an op builds: tensors in, one tensor out, rows first.

    Weights are declared with ``learn``, which also says how they start. Nothing here draws random
    numbers: noise comes from ``live``, first values from a generator.
    """

    def __init__(self) -> None:
        super().__init__()
        self.starts: dict[str, Start] = {}

    def learn(self, name: str, shape: tuple[int, ...], start: Start) -> nn.Parameter:
        """Declare a weight; assign the answer to the attribute ``name``."""
        self.starts[name] = start
        return nn.Parameter(torch.zeros(shape))

    @abstractmethod
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Compute the output (rows, ...) from the tensors of all ports in port order."""

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return what is real of an output that has a length; the mask of the first input."""
        del tensors
        return next((m for m in masks if m is not None), None)


def constant(value: float) -> Start:
    """Start every element at ``value``."""
    return lambda shape, _: torch.full(shape, value)


def uniform(bound: float) -> Start:
    """Start uniformly in [-bound, bound)."""
    return lambda shape, generator: (torch.rand(shape, generator=generator) * 2 - 1) * bound


def normal(deviation: float) -> Start:
    """Start from a normal distribution around zero."""
    return lambda shape, generator: torch.randn(shape, generator=generator) * deviation


class Source(NamedTuple):
    """How a person would write a layer in PyTorch; outputs in evaluation are the same."""

    call: str
    """An expression: {0}, {1} are the tensors in port order, {m0}, {m1} their masks, {self} the
    module or the dictionary of weights, {of} the node whose weights are borrowed."""
    make: str = ""
    """The module: "nn.Linear(64, 32)"; empty if there is none."""
    functions: tuple[Callable[..., Any], ...] = ()
    """Functions the call needs, written into the file as they are: nothing but torch in them."""
    weights: Mapping[str, tuple[int, ...]] = {}
    """Names and shapes of weights that no ready module holds."""
    mask: str = ""
    """The mask of the output, if it begins here or changes."""


class Op(Params, ABC):
    """One kind of step; the fields are what a user may set."""

    model_config = ConfigDict(strict=True)
    title: ClassVar[dict[str, str]]
    """Name for people, by language."""
    words: ClassVar[dict[str, tuple[str, ...]]]
    """What people may search for, by language."""
    group: ClassVar[Group]
    formula: ClassVar[str]
    """What is computed, in one line of plain text."""
    paper: ClassVar[str] = ""
    """Where it comes from: "Ioffe 2015, arXiv:1502.03167"."""
    ports: ClassVar[tuple[Port, ...]] = (Port(name="x"),)
    laws: ClassVar[tuple[Law, ...]] = ()
    gives: ClassVar[tuple[str, ...] | None] = None
    """Names of the output's axes; None = those of the first input."""
    on_padding: ClassVar[Literal["each", "reads", "refuses"]] = "refuses"
    """Padded sequences: position by position, with the mask in view, or not at all."""
    fusible: ClassVar[bool] = True
    """Whether trials may be stacked by ``torch.func.vmap``."""
    maskable: ClassVar[tuple[str, ...]] = ()
    """Sizes in which stacked trials may differ: smaller ones lie ``along`` larger ones. One that
    counts what is real (``on_fill``) is told its own in ``live.dials``."""
    on_fill: ClassVar[Literal["each", "sums", "counts", "refuses"]] = "refuses"
    """What zeros among an input's features, or channels, do: stay, number by number; vanish in
    sums; are left out by ``live.real``; or may not be."""
    borrows: ClassVar[bool] = False
    """Whether the weight of the node's ``tied`` arrives as one more tensor, the last."""
    examples: ClassVar[tuple[dict[str, Any], ...]] = ()
    """Parameters worth trying beside the default ones, for contracts and docs."""
    sample: ClassVar[Mapping[str, tuple[TensorType, ...]]] = {}
    """Input types by port for contracts and docs, where the usual ones do not fit."""

    @abstractmethod
    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer for inputs of these types; ``head`` is what "target" stands for."""

    @abstractmethod
    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""

    def axes(self, inputs: Inputs) -> tuple[str, ...]:
        """Name the axes of the output."""
        return self.gives or tuple(a.name for a in first(self, inputs).axes)

    def refuse(self, inputs: Inputs) -> Refusal | None:
        """Return the first port or law that these inputs break, or None."""
        for port in self.ports:
            for edge, given in enumerate(inputs[port.name]):
                refusal = port.refuse(given) or self._refuse_mask(port, given)
                if refusal is not None:
                    return refusal.model_copy(update={"args": {**refusal.args, "edge": edge}})
        found = next((r for law in self.laws if (r := law(inputs)) is not None), None)
        return found or self.misfit(inputs)

    def misfit(self, inputs: Inputs) -> Refusal | None:  # noqa: ARG002
        """Return what these parameters cannot do with inputs that fit every port and law."""
        return None

    def along(self, fit: Fit) -> Lie | None:
        """Say where a smaller trial lies, of which this is the op in the whole; None = nowhere.

        Asked only where it is smaller, and with the parameters that cannot be masked the same.
        """
        if self.on_fill == "refuses" or not fit.agrees:
            return None
        return Lie(every(1) if self.on_fill == "sums" else fit.x)  # a sum is one number

    def on(self, *given: str, head: int = 1) -> str:
        """Return the sizes that inputs of these sizes become, for trying things out."""
        types = iter(given)
        inputs: dict[str, tuple[TensorType, ...]] = {}
        for port in self.ports:
            texts = list(types) if port.many else [t for t in [next(types, None)] if t is not None]
            dtype: Dtype = "int64" if port.wants in ("tokens", "indices") else "float32"
            inputs[port.name] = tuple(TensorType.of(t, dtype=dtype) for t in texts)
        found = trace(self, inputs, head=head)
        if isinstance(found, Refusal):
            raise ValueError(f"{found.code}: {found.args}")  # no type is wrong
        return ", ".join(f"{a.name}={a.size}" for a in found.type.axes)

    def _refuse_mask(self, port: Port, given: TensorType) -> Refusal | None:
        if not given.masked or self.on_padding != "refuses":
            return None
        return Refusal(code="mask_unread", port=port.name)


def first(op: Op, inputs: Inputs) -> TensorType:
    """Return the type of the first tensor an op is given."""
    return next(t for port in op.ports for t in inputs[port.name])


class Trace(Params):
    """What a node makes of its inputs, read off a run on the meta device."""

    type: TensorType
    parameters: int
    macs: int
    """Multiply-adds of one row, in matrix products and convolutions."""
    activation_bytes: int
    """Size of the output of one row."""
    passes: bool
    """Whether the node may be switched off: one input, of the very type of the output."""


def trace(op: Op, inputs: Inputs, *, head: int, borrowed: tuple[int, ...] = ()) -> Trace | Refusal:
    """Build the layer without memory and run it once; or say why it does not fit.

    ``borrowed`` is the shape of the weight of another node, for an op that reads one. What is
    small is run for real: ten times faster, and none of torch's compiler is loaded for it.
    """
    refusal = op.refuse(inputs)
    if refusal is not None:
        return refusal
    given = [t for port in op.ports for t in inputs[port.name]]
    device = "cpu" if _is_small(op, given, (head, *borrowed)) else "meta"
    tensors, masks = [_empty(t, device) for t in given], tuple(_mask(t) for t in given)
    more = [torch.zeros(borrowed, device=device)] if op.borrows else []
    live = Live(masks=masks if any(t.masked for t in given) else ())
    try:
        with torch.device(device), torch.no_grad(), Counter() as counter:
            layer = op.build(inputs, head=head)
            out = layer(*tensors, *more, node="", live=live)
            mask = layer.mask(tuple(tensors), masks) if "length" in op.axes(inputs) else None
    except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
        return Refusal(code="op_failed", args={"message": str(error).split("\n", 1)[0][:200]})
    parameters = sum(p.numel() for p in layer.parameters())
    if parameters > MOST_WEIGHTS:
        return Refusal(code="too_large", args={"parameters": parameters, "most": MOST_WEIGHTS})
    size = math.prod(out.shape[1:]) * out.element_size()
    if size > MOST_BYTES:
        return Refusal(code="output_large", args={"bytes": size, "most": MOST_BYTES})
    kind = _type_of(out, op.axes(inputs), masked=mask is not None)
    plain = [t.model_copy(update={"fields": ()}) for t in given]
    return Trace(
        type=kind,
        parameters=parameters,
        macs=counter.flops // 2 // TRACE_ROWS,
        activation_bytes=size,
        passes=plain == [kind],
    )


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's class
    """Counts floating point operations by torch's own formulas (torch.utils.flop_counter)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that nothing here is compiled; hiding it from the compiler would load that."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=out)
        return out


def _is_small(op: Op, given: Sequence[TensorType], sizes: Sequence[int]) -> bool:
    """Whether a real run takes neither time nor memory: vectors, and small numbers all over."""
    fields = [f.cardinality or 0 for t in given for f in t.fields]
    params = [v for v in op.model_dump().values() if isinstance(v, int)]
    flat = all(len(t.axes) == 1 and t.dtype == "float32" and not t.masked for t in given)
    numbers = [*(t.axes[0].size or 0 for t in given), *sizes, *params]
    return flat and sum(fields) <= SMALL and max(numbers) <= SMALL


def _empty(given: TensorType, device: str) -> Tensor:
    sizes = [s for s in given.shape if s is not None]
    return torch.zeros((TRACE_ROWS, *sizes), dtype=DTYPES[given.dtype], device=device)


def _mask(given: TensorType) -> Tensor | None:
    if not given.masked:
        return None
    length = next(a.size for a in given.axes if a.name == "length")
    return torch.empty((TRACE_ROWS, length or 0), dtype=torch.bool, device="meta")


def _type_of(out: Tensor, names: tuple[str, ...], *, masked: bool) -> TensorType:
    sizes = tuple(out.shape[1:])
    assert len(sizes) == len(names), f"axes {names} for sizes {sizes}"
    axes = tuple(Axis(name=n, size=s) for n, s in zip(names, sizes, strict=True))
    dtype = next(name for name, value in DTYPES.items() if value == out.dtype)
    return TensorType(axes=axes, dtype=dtype, masked=masked)


def ops() -> Catalog[Op]:
    """Return the catalogue of this family."""
    return Catalog("danlu.network.ops", Op)  # type: ignore[type-abstract]  # the family's base
