"""Attention: every position gathers from all positions what answers its question."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from danlu.network.along import Fit, Lie, every, first
from danlu.network.ops.base import Layer, Live, Masks, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size
from danlu.tensor import TensorType


def rotated(x: Tensor) -> Tensor:
    """Turn pairs of features by an angle that grows with the position (Su 2021)."""
    length, half = x.shape[-2], x.shape[-1] // 2
    speed = 10_000 ** (-torch.arange(half, device=x.device) / half)
    angle = torch.arange(length, device=x.device).unsqueeze(1) * speed  # (length, half)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], dim=-1)


def attend(
    q: Tensor, k: Tensor, v: Tensor, *, heads: int, seen: Tensor | None, rotary: bool = False
) -> Tensor:
    """Mix v by how well k answers q, where it is seen  # (rows, length, features).

    A position that sees nothing gets zeros.
    """
    q, k, v = (t.view(*t.shape[:2], heads, -1).transpose(1, 2) for t in (q, k, v))
    if rotary:
        q, k = rotated(q), rotated(k)
    scores = (q * q.shape[-1] ** -0.5) @ k.mT  # (rows, heads, length, memory)
    if seen is None:
        mixed = scores.softmax(-1) @ v
    else:
        weights = scores.masked_fill(~seen, torch.finfo(scores.dtype).min).softmax(-1)
        mixed = weights.masked_fill(~seen, 0.0) @ v
    return mixed.transpose(1, 2).flatten(2)


def what_is_seen(x: Tensor, mask: Tensor | None, *, causal: bool) -> Tensor | None:
    """Return which positions each may look at, or None if at all  # (rows, 1, length, memory)."""
    real = None if mask is None else mask[:, None, None]
    if not causal:
        return real
    past = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
    return past if real is None else past & real


class Attention(Op):
    """Self-attention; with ``memory`` connected, x looks at the memory instead of itself.

    >>> Attention(heads=2).on("length=6, features=4")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "Attention", "zh": "注意力"}
    words: ClassVar = {
        "en": (
            "self-attention",
            "cross-attention",
            "multi-head",
            "transformer",
            "rotary",
            "causal",
        ),
        "zh": ("自注意力", "交叉注意力", "多头", "变换器", "旋转位置", "因果"),
    }
    group: ClassVar = "attention"
    formula: ClassVar = "y = concat over heads of softmax(q k' / sqrt(d)) v, times W + b"
    paper: ClassVar = "Vaswani 2017, arXiv:1706.03762; rotary: Su 2021, arXiv:2104.09864"
    ports: ClassVar = (
        Port(name="x", wants="sequence"),
        Port(name="memory", wants="sequence", optional=True),
    )
    on_padding: ClassVar = "reads"
    examples: ClassVar = ({"heads": 1}, {"causal": True, "positions": "rotary"})
    sample: ClassVar = {"x": (TensorType.of("length=6, features=8"),)}
    on_fill: ClassVar = "counts"
    maskable: ClassVar = ("heads",)

    heads: int = size(4, ge=1, le=256)
    """Questions asked at once; each has its share of the features."""
    causal: bool = False
    """Whether a position sees only itself and what comes before."""
    positions: Literal["none", "rotary"] = size("none")
    """"rotary" lets what is asked depend on how far apart two positions are."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Attention(self, *self._features(inputs))

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse heads that do not divide the features, and an order between two sequences."""
        features, memory = self._features(inputs)
        shares = 2 * self.heads if self.positions == "rotary" else self.heads
        if features % shares:
            told: dict[str, str | int] = {"heads": shares, "features": features}
            return Refusal(code="heads_uneven", port="x", args=told)
        if memory and (self.causal or self.positions == "rotary"):
            param = "causal" if self.causal else "positions"
            return Refusal(code="memory_unordered", port="memory", args={"param": param})
        return None

    def along(self, fit: Fit) -> Lie | None:
        """Say where each head's share of the features lies; turned pairs would lie elsewhere."""
        if self.positions == "rotary":
            return None
        head = first(len(fit.x.at) // self.heads, fit.x.of // self.heads)
        memory = fit.given[-1]
        share = fit.x if "heads" in fit.differ else every(self.heads) * head
        if memory != fit.x and memory.of == fit.x.of:
            return None  # one weight reads both
        weights = {
            "in_proj_weight": (every(3) * share, fit.x), "in_proj_bias": (every(3) * share,),
            "q_proj_weight": (share, fit.x), "k_proj_weight": (share, memory),
            "v_proj_weight": (share, memory),
            "out_proj.weight": (fit.x, share), "out_proj.bias": (fit.x,),
        }  # fmt: skip
        return Lie(fit.x, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        features, memory = self._features(inputs)
        length = inputs["x"][0].shape[0]
        other = f", kdim={memory}, vdim={memory}" if memory not in (0, features) else ""
        make = f"nn.MultiheadAttention({features}, {self.heads}, batch_first=True{other})"
        read, mask = ("{1}", "{m1}") if memory else ("{0}", "{m0}")
        masked = inputs["memory" if memory else "x"][0].masked
        if self.positions == "rotary":
            qkv = "functional.linear({0}, {self}.in_proj_weight, {self}.in_proj_bias)"
            seen = f"what_is_seen({{0}}, {mask if masked else None}, causal={self.causal})"
            call = f"attend(*{qkv}.chunk(3, -1), heads={self.heads}, seen={seen}, rotary=True)"
            needs = (rotated, attend, what_is_seen)
            return Source(f"{{self}}.out_proj({call})", make, needs)
        more = f", key_padding_mask=~{mask}" if masked else ""
        if self.causal:
            more += f", attn_mask=torch.ones({length}, {length}, dtype=torch.bool).triu(1)"
        return Source(f"{{self}}({{0}}, {read}, {read}{more}, need_weights=False)[0]", make)

    def _features(self, inputs: Inputs) -> tuple[int, int]:
        """Return the features of x and those of the memory; 0 = there is none."""
        memory = inputs.get("memory", ())
        return inputs["x"][0].shape[1] or 0, (memory[0].shape[1] or 0) if memory else 0


class _Attention(Layer):
    def __init__(self, op: Attention, features: int, memory: int) -> None:
        super().__init__()
        self.op, self.memory = op, memory
        if memory in (0, features):
            start = uniform((6 / (4 * features)) ** 0.5)
            self.in_proj_weight = self.learn("in_proj_weight", (3 * features, features), start)
        else:
            for name, given in (("q", features), ("k", memory), ("v", memory)):
                start = uniform((6 / (features + given)) ** 0.5)
                weight = self.learn(f"{name}_proj_weight", (features, given), start)
                self.register_parameter(f"{name}_proj_weight", weight)
        self.in_proj_bias = self.learn("in_proj_bias", (3 * features,), constant(0.0))
        out = (features, features)
        self.out_proj = nn.ParameterDict({
            "weight": self.learn("out_proj.weight", out, uniform(features**-0.5)),
            "bias": self.learn("out_proj.bias", (features,), constant(0.0)),
        })  # fmt: skip

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return what each position gathered  # (rows, length, features)."""
        q, k, v = self._asked(tensors)
        count = live.dials.get(f"{node}.heads")
        if node in live.real:  # answers are weighed by the size of a head, and fill has none
            q = q * (q.shape[-1] / live.real[node].sum()).sqrt()
        if count is not None:
            q, k, v = self._apart((q, k, v), live.real[node], count)
        mask = live.masks[-1] if live.masks else None
        seen = what_is_seen(tensors[0], mask, causal=self.op.causal)
        rotary = self.op.positions == "rotary"
        mixed = attend(q, k, v, heads=self.op.heads, seen=seen, rotary=rotary)
        if count is not None:
            mixed = mixed.view(*mixed.shape[:2], self.op.heads, -1).sum(2)
        return functional.linear(mixed, self.out_proj["weight"], self.out_proj["bias"])

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Positions are those of x."""
        del tensors
        return masks[0]

    def _apart(
        self, given: tuple[Tensor, Tensor, Tensor], real: Tensor, count: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Give each of ``count`` heads all features, of which its own are not zero."""
        q, k, v = given
        head = ((real.cumsum(0) - 1) * count / real.sum()).floor()  # of every feature
        heads = torch.arange(self.op.heads, device=q.device)[:, None]
        own = (heads == head) * real  # (heads, features)
        q = q.unsqueeze(2) * own * count.sqrt()  # a head has so many times fewer than it is given
        k = k.unsqueeze(2).expand(-1, -1, self.op.heads, -1)
        return q.flatten(2), k.flatten(2), (v.unsqueeze(2) * own).flatten(2)

    def _asked(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """Return questions, keys and values."""
        x = tensors[0]
        if not self.memory:
            q, k, v = functional.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, -1)
            return q, k, v
        biases = self.in_proj_bias.chunk(3)
        if "in_proj_weight" in self.starts:
            weights = self.in_proj_weight.chunk(3)
        else:
            weights = tuple(getattr(self, f"{name}_proj_weight") for name in "qkv")
        given = zip((x, tensors[1], tensors[1]), weights, biases, strict=True)
        q, k, v = (functional.linear(*one) for one in given)
        return q, k, v
