"""Simplify: a recording with the same result in fewer operations and passes over memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

_aten = torch.ops.aten
VIEWS = {
    _aten.transpose.int, _aten.view.default, _aten.unsqueeze.default, _aten.expand.default,
    _aten.select.int, _aten.slice.Tensor, _aten.squeeze.dims,
}  # fmt: skip


METHODS = {
    _aten.mul.Tensor: "mul", _aten.mul_.Tensor: "mul_", _aten.add.Tensor: "add",
    _aten.sub.Tensor: "sub", _aten.div.Tensor: "div", _aten.div.Scalar: "div",
    _aten.neg.default: "neg", _aten.ceil.default: "ceil", _aten.relu.default: "relu",
    _aten.bmm.default: "bmm", _aten.mm.default: "mm", _aten.view.default: "view",
    _aten.expand.default: "expand", _aten.transpose.int: "transpose",
    _aten.unsqueeze.default: "unsqueeze", _aten.sum.dim_IntList: "sum", _aten.mean.dim: "mean",
    _aten.bitwise_xor.Tensor: "bitwise_xor", _aten.bitwise_xor_.Tensor: "bitwise_xor_",
    _aten.__rshift__.Scalar: "__rshift__", _aten.lerp.Tensor: "lerp",
    _aten.gather.default: "gather", _aten.scatter_add.default: "scatter_add",
}  # fmt: skip
"""torch's own bindings of an operation cost half of what calling the operation itself does."""


def simplify(graph: fx.Graph) -> None:
    """Rewrite a recorded graph in place; rounding of weight gradients may differ in the last bit.

    autograd gives the gradient of x W' as the transpose of x' g, which costs a transposed copy of
    every weight; g' x is the same, already in order.
    """
    nodes: list[Any] = list(graph.nodes)
    for node in nodes:
        if node.target is _aten.mul.Scalar and node.args[1] == 1:
            node.replace_all_uses_with(node.args[0])
        elif node.target is _aten.clone.default and _is_turned_product(node.args[0]):
            _turn(graph, node)
    _share_views(graph)
    graph.eliminate_dead_code()
    for node in list(graph.nodes):
        _bind(graph, node)


def _is_turned_product(node: Any) -> bool:
    """Whether this is the transpose of a batched product."""
    return _is_turned(node) and node.args[0].target is _aten.bmm.default


def _is_turned(node: Any) -> bool:
    return node.target is _aten.transpose.int and sorted(node.args[1:]) == [1, 2]


def _turn(graph: fx.Graph, copy: Any) -> None:
    """Replace the copy of (a b)' by b' a'."""
    a, b = copy.args[0].args[0].args
    with graph.inserting_before(copy):
        product = graph.call_function(_aten.bmm.default, (_turned(graph, b), _turned(graph, a)))
    copy.replace_all_uses_with(product)


def _turned(graph: fx.Graph, node: Any) -> fx.Node:
    if _is_turned(node):
        found: fx.Node = node.args[0]
        return found
    return graph.call_function(_aten.transpose.int, (node, 1, 2))


def _share_views(graph: fx.Graph) -> None:
    """Make each view of a tensor once; a view of the same memory is always the same."""
    known: dict[tuple[Any, ...], fx.Node] = {}
    for node in list(graph.nodes):
        if node.target in VIEWS and not node.kwargs:
            key = (node.target, *(_frozen(a) for a in node.args))
            first = known.setdefault(key, node)
            if first is not node:
                node.replace_all_uses_with(first)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) else value


def _bind(graph: fx.Graph, node: Any) -> None:
    """Call a method of the first tensor where it does the very same."""
    name = METHODS.get(node.target) if node.op == "call_function" else None
    kwargs = dict(node.kwargs)
    if node.target is _aten._to_copy.default and set(kwargs) == {"dtype"}:
        name = "to"
    if name is None or (kwargs and name not in ("to", "add", "sub")):
        return
    if not isinstance(node.args[0], fx.Node):
        return
    with graph.inserting_before(node):
        method = graph.call_method(name, node.args, kwargs)
    node.replace_all_uses_with(method)
    graph.erase_node(node)
