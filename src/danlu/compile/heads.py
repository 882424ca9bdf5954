"""Heads: attention that a module writes out itself around ``scaled_dot_product_attention``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor, fx

from danlu.network.sketching.sketch import Array, Misfit, Shape, Sketch, Value

SEEN_THROUGH = ("contiguous", "clone", "alias")


@dataclass(frozen=True)
class Heads:
    """What the heads gathered, until the layer that mixes them."""

    x: Value
    memory: Value
    weights: tuple[tuple[Array, Array], ...]
    """Of questions, keys and values: weight and bias."""
    count: int
    causal: bool

    is_turned: bool = False
    """Whether positions come before heads again."""

    def turned(self, order: Sequence[Any]) -> Heads:
        """Change the axes of heads and positions, and no others."""
        if self.is_turned or list(order) not in ([1, 2], [2, 1], [[0, 2, 1, 3]]):
            raise Misfit("heads that change places with something else")
        return replace(self, is_turned=True)

    def joined(self, size: Shape) -> Heads:
        """Lay the heads side by side."""
        if not self.is_turned or size != self.x.theirs:
            raise Misfit("heads that are not laid side by side")
        return self

    def mixed(self, sketch: Sketch, name: str, weight: Array, bias: Array | None) -> Value:
        """Draw all of it as one node."""
        if not self.is_turned:
            raise Misfit("heads that are not laid side by side")
        x, memory = sketch.straight(self.x), sketch.straight(self.memory)
        features = x.ours[-1]
        shapes = [w.shape for w, _ in self.weights]
        if shapes[0] != (features, features) or weight.shape != (features, features):
            raise Misfit("heads that are not a share of the features")
        if shapes[1] != (features, memory.ours[-1]) or shapes[2] != shapes[1]:
            raise Misfit("keys and values of other sizes")
        together = {"in_proj_weight": np.concatenate([w for w, _ in self.weights])}
        apart = {f"{n}_proj_weight": w for n, (w, _) in zip("qkv", self.weights, strict=True)}
        drawn = {
            **(together if memory.ours[-1] == features else apart),
            "in_proj_bias": np.concatenate([b for _, b in self.weights]),
            "out_proj.weight": weight,
            "out_proj.bias": np.zeros(features) if bias is None else bias,
        }
        reads = {"x": x} if memory == x else {"x": x, "memory": memory}
        params = {"heads": self.count, **({"causal": True} if self.causal else {})}
        return sketch.step("attention", name, reads, x.ours, params, drawn)


def gathered(node: fx.Node, held: Mapping[fx.Node, Any]) -> Heads:
    """Read back from the call how questions, keys and values were made."""
    given = dict(zip(("q", "k", "v", "mask", "dropout", "causal"), node.args, strict=False))
    given |= {"causal": node.kwargs.get("is_causal", given.get("causal", False))}
    if given.get("mask") is not None or node.kwargs.get("attn_mask") is not None:
        raise Misfit("with a mask")
    if node.kwargs.get("scale") is not None or node.kwargs.get("enable_gqa"):
        raise Misfit("with a scale of its own, or shared keys")
    made = [_projected(given[word], held) for word in ("q", "k", "v")]
    if made[1][0] != made[2][0]:
        raise Misfit("keys that are not the values")
    count = int(node.meta["val"].shape[1])
    weights = tuple((weight, bias) for _, weight, bias in made)
    return Heads(made[0][0], made[1][0], weights, count, bool(given["causal"]))


def name_of(node: Any) -> str:
    """Return "conv2d" of aten.conv2d.default; in place or not is one."""
    schema = getattr(getattr(node, "target", None), "_schema", None)
    if schema is None:
        target = getattr(node, "target", None)
        return str(getattr(target, "__name__", target))
    return str(schema.name.rpartition("::")[2].rstrip("_"))


def _projected(node: Any, held: Mapping[fx.Node, Any]) -> tuple[Value, Array, Array]:
    """Return what one of the three was made from, and by which weight and bias."""
    node = _through(node)
    if name_of(node) == "transpose" and set(node.args[1:]) in ({1, 2}, {-2, -3}, {1, -2}, {2, -3}):
        return _dense(_split_of(_through(node.args[0])), held)
    parts = _through(node.args[0]) if name_of(node) == "getitem" else node
    if name_of(parts) == "unbind" and not (parts.args[1:] or (0,))[0]:  # as timm writes it
        turned = _through(parts.args[0])
        if name_of(turned) == "permute" and list(turned.args[1]) == [2, 0, 3, 1, 4]:
            return _dense((_split_of(_through(turned.args[0]))[0], node.args[1], 3), held)
    raise Misfit("heads that are parted in a way we do not know")


def _split_of(node: Any) -> tuple[Any, int, int]:
    """Return the layer below a view, and which part of how many of its features this is."""
    if name_of(node) not in ("view", "reshape", "unflatten"):
        raise Misfit("heads that are parted in a way we do not know")
    below = _through(node.args[0])
    if name_of(below) == "getitem" and name_of(below.args[0]) in ("split", "chunk"):
        parts = below.args[0]
        if parts.args[-1] not in (2, -1):
            raise Misfit("heads that are parted in a way we do not know")
        return _through(parts.args[0]), below.args[1], len(parts.meta["val"])
    return below, 0, 1


def _dense(part: tuple[Any, int, int], held: Mapping[fx.Node, Any]) -> tuple[Value, Array, Array]:
    node, at, count = part
    if name_of(node) != "linear":
        raise Misfit("questions, keys or values that are no plain layer")
    x, weight = held.get(node.args[0]), held.get(node.args[1])
    bias = held.get(node.args[2]) if len(node.args) > 2 and node.args[2] is not None else None
    if not isinstance(x, Value) or not isinstance(weight, Tensor):
        raise Misfit("a weight that is computed")
    own = np.split(weight.detach().float().numpy(), count)[at]
    zeros = np.zeros(own.shape[0], np.float32)
    if not isinstance(bias, Tensor):
        return x, own, zeros
    return x, own, np.split(bias.detach().float().numpy(), count)[at]


def _through(node: Any) -> Any:
    while name_of(node) in SEEN_THROUGH:
        node = node.args[0]
    return node
