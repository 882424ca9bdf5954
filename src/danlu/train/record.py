"""Record: run a function of tensors once, and keep the plain operations it came down to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.node import map_aggregate
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from danlu.train.simplify import simplify

Flat = Callable[..., list[Tensor]]
BLANK = {
    torch.ops.aten.empty_like.default, torch.ops.aten.zeros_like.default,
    torch.ops.aten.ones_like.default, torch.ops.aten.new_zeros.default,
    torch.ops.aten.new_empty.default,
}  # fmt: skip
"""What is made to be written on."""


def record(
    function: Flat, example: Sequence[Tensor], *, fixed: Sequence[int] = (),
    stays: Sequence[int] = (),
) -> Flat:  # fmt: skip
    """Return a function that repeats, for inputs of such shapes, what ``function`` did.

    ``vmap`` and autograd cost Python time at every operation; the recording has neither, only
    the operations on whole stacks below them. Whatever is no input is a constant. (make_fx does
    the same at a tenth of the speed: it also simulates every operation.)

    Of the inputs numbered by ``fixed`` the values never change, so what follows from them alone
    is done once; those numbered by ``stays`` will be the very same tensors, written in place, so
    that their views are made once.
    """
    recorder = _Recorder(example)
    recorder.fixed |= {id(example[i]) for i in fixed}
    recorder.stays |= {id(example[i]) for i in stays}
    with recorder:
        outputs = function(*example)
    return recorder.finish(outputs)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's class
    """Writes down each operation below the transforms, by the identity of its tensors."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._root, self._graph = torch.nn.Module(), fx.Graph()
        self._nodes = {id(t): self._graph.placeholder(f"x{i}") for i, t in enumerate(inputs)}
        self._kept: list[Tensor] = list(inputs)  # an identity is unique only while its owner lives
        self.fixed: set[int] = set()
        self.stays: set[int] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that nothing here is compiled; hiding it from the compiler would load that."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        out = func(*args, **given)
        if not (self._is_done(func, args, given, out) or self._is_same_view(func, args, out)):
            node = self._graph.call_function(
                func, map_aggregate(args, self._node_of), map_aggregate(given, self._node_of)
            )
            self._name(out, node)
        return out

    def finish(self, outputs: Sequence[Tensor]) -> Flat:
        """Close the recording: drop what no output needs, and compile the rest."""
        self._graph.output([self._node_of(t) for t in outputs])
        simplify(self._graph)
        return fx.GraphModule(self._root, self._graph).forward

    def _is_done(self, func: Any, args: Any, kwargs: Any, out: Any) -> bool:
        """Whether the result holds for every replay; then it is a constant."""
        given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
        read = {id(t) for t in given}
        unknown = [t for t in given if id(t) not in self._nodes and id(t) not in self.stays]
        self.fixed |= {id(t) for t in unknown}  # made outside: a constant
        self._kept += unknown
        if func._schema.is_mutable:
            constant = id(args[0]) in self.fixed  # the first is what is written on, in aten
            assert not constant or read <= self.fixed, f"{func} writes over a constant"
            return constant
        if not read or not isinstance(out, Tensor) or func in BLANK:
            return False
        if read <= self.fixed:
            self.fixed.add(id(out))
        elif func.is_view and read <= self.stays:
            self.stays.add(id(out))
        else:
            return False
        self._kept.append(out)
        return True

    def _is_same_view(self, func: Any, args: tuple[Any, ...], out: Any) -> bool:
        """Whether an operation only gives its input another name; then it is left out."""
        is_view = func.is_view or func is torch.ops.aten._unsafe_view.default
        if not (is_view and args and isinstance(args[0], Tensor) and isinstance(out, Tensor)):
            return False
        old = args[0]
        same = (out.shape, out.stride(), out.storage_offset(), out.dtype) == (
            old.shape, old.stride(), old.storage_offset(), old.dtype
        )  # fmt: skip
        if same:
            self._nodes[id(out)] = self._node_of(old)
            self._kept.append(out)
        return same

    def _name(self, out: Any, node: fx.Node) -> None:
        if isinstance(out, Tensor):
            self._nodes[id(out)] = node
            self._kept.append(out)
            return
        assert isinstance(out, tuple | list), f"{node} depends on the data: it cannot be recorded"
        for i, part in enumerate(out):
            if isinstance(part, Tensor):
                self._name(part, self._graph.call_function(operator.getitem, (node, i)))

    def _node_of(self, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in self._nodes:
            name = f"constant_{len(self._kept)}"
            setattr(self._root, name, value)
            self._nodes[id(value)] = self._graph.get_attr(name)
            self._kept.append(value)
        return self._nodes[id(value)]
