"""Aten: how each call of an exported program is drawn; sizes leave out the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, fx

from danlu.compile.heads import Heads, gathered, name_of
from danlu.network.sketching import strokes
from danlu.network.sketching.sketch import Array, Misfit, Shape, Sketch, Value
from danlu.network.sketching.strokes import Windows

WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
REVERSE = tuple(f"{name}_reverse" for name in WEIGHTS)


@dataclass(frozen=True)
class States:
    """What a recurrent layer gives: every state, and the last one."""

    every: Value | None
    last: Value | None


Held = Value | Tensor | States | Heads | None


@dataclass
class Step:
    """One call in the program."""

    sketch: Sketch
    node: fx.Node
    name: str
    args: list[Any]
    held: Mapping[fx.Node, Any]
    """What the calls so far have become."""

    def x(self, place: int = 0) -> Value:
        """Return an argument that the network computes."""
        if not isinstance(self.args[place], Value):
            raise Misfit("a constant where the network should be")
        found: Value = self.args[place]
        return found

    def get(self, place: int, usual: Any = None) -> Any:
        """Return an argument, or what it usually is."""
        return self.args[place] if place < len(self.args) else usual

    def weight(self, place: int) -> Array | None:
        """Return a constant argument."""
        found = self.get(place)
        if found is None:
            return None
        if not isinstance(found, Tensor):
            raise Misfit("a weight that is computed")
        return found.detach().float().numpy()

    def there(self, place: int) -> Array:
        """Return a constant argument that has to be there."""
        found = self.weight(place)
        if found is None:
            raise Misfit("no weight")
        return found

    def size(self) -> Shape:
        """Return the sizes of the result, without the rows."""
        shape = self.node.meta["val"].shape[1:]
        if not all(isinstance(s, int) for s in shape):
            raise Misfit("sizes that depend on the rows")
        return tuple(shape)

    def windows(self, kernel: Sequence[int], at: tuple[int, int, int]) -> Windows:
        """Return how kernels slide; ``at`` is where stride, padding and dilation stand."""
        rank = len(kernel)
        stride, padding, dilation = (self.get(place) for place in at)
        if isinstance(padding, str):
            raise Misfit("padding by a word")
        sides = [
            _sides(given, rank) for given in (stride or list(kernel), padding or 0, dilation or 1)
        ]
        return Windows(tuple(kernel), sides[0], sides[1], sides[1], sides[2])


def _sides(given: int | Sequence[int], rank: int) -> Shape:
    sides = (given,) if isinstance(given, int) else tuple(given)
    return sides * rank if len(sides) == 1 else sides


def unknown(step: Step, kind: str, why: str) -> Held:
    """Draw what no op does; of sizes and constants nothing is drawn."""
    reads = [v.x if isinstance(v, Heads) else v for v in step.args if isinstance(v, Value | Heads)]
    value = step.node.meta.get("val")
    if not reads or not isinstance(value, Tensor):
        return None
    size = tuple(s for s in value.shape[1:] if isinstance(s, int))
    return step.sketch.unknown(kind, step.name, reads, size, why)


def _same(step: Step) -> Held:
    return step.args[0]


def _curve(kind: str) -> Callable[[Step], Held]:
    usual = {"leaky_relu": [0.01], "elu": [1.0], "softplus": [1.0, 20.0]}

    def draw(step: Step) -> Held:
        more, own = step.args[1:], usual.get(kind, [])
        if kind == "gelu" and step.node.kwargs.get("approximate", "none") != "none":
            raise Misfit("approximate")
        if own and [float(a) for a in more] != own[: len(more)]:
            raise Misfit(f"parameters {more}")
        axis = step.get(1, -1) if kind.endswith("softmax") else -1
        return strokes.activation(step.sketch, step.name, step.x(), kind, axis)

    return draw


def _hard(step: Step) -> Held:
    bounds = (step.get(1, -1), step.get(2, 1))
    kind = {(-1, 1): "hard_tanh", (0, 6): "relu6"}.get(bounds)
    if kind is None:
        raise Misfit(f"cut off at {bounds}")
    return strokes.activation(step.sketch, step.name, step.x(), kind)


def _heads(step: Step) -> Held:
    return gathered(step.node, step.held)


def _linear(step: Step) -> Held:
    found = step.args[0]
    if isinstance(found, Heads):
        return found.mixed(step.sketch, step.name, step.there(1), step.weight(2))
    return strokes.dense(step.sketch, step.name, step.x(), step.there(1), step.weight(2))


def _conv(step: Step) -> Held:
    weight = step.there(1)
    windows = step.windows(weight.shape[2:], (3, 4, 5))
    windows = windows._replace(stride=_sides(step.get(3, 1), weight.ndim - 2))
    weights = (weight, step.weight(2))
    return strokes.conv(step.sketch, step.name, step.x(), weights, windows, step.get(6, 1))


def _conv_back(step: Step) -> Held:
    weight = step.there(1)
    if any(_sides(step.get(5, 0), 1)):
        raise Misfit("an output that is padded")
    windows = step.windows(weight.shape[2:], (3, 4, 7))
    windows = windows._replace(stride=_sides(step.get(3, 1), weight.ndim - 2))
    weights = (weight, step.weight(2))
    return strokes.conv_back(step.sketch, step.name, step.x(), weights, windows, step.get(6, 1))


def _batch_norm(step: Step) -> Held:
    weights = [step.there(i) for i in range(1, 5)]
    return strokes.batch_norm(
        step.sketch, step.name, step.x(), weights, step.args[7], step.args[6]
    )  # fmt: skip


def _norm(op: str, at: tuple[int, int], usual: float) -> Callable[[Step], Held]:
    def draw(step: Step) -> Held:
        if op != "group_norm" and len(step.args[1]) != 1:
            raise Misfit("over more than the last axis")
        params = {"groups": step.args[1]} if op == "group_norm" else {}
        epsilon = step.get(at[1]) or usual
        params |= {} if epsilon == usual else {"epsilon": epsilon}
        weights = (step.weight(at[0]), None if op == "rms_norm" else step.weight(at[0] + 1))
        return strokes.norm(step.sketch, op, step.name, step.x(), weights, params)

    return draw


def _pool(kind: str) -> Callable[[Step], Held]:
    def draw(step: Step) -> Held:
        rank = len(step.x().theirs) - 1
        windows = step.windows(_sides(step.args[1], rank), (2, 3, 4 if kind == "max" else 99))
        if step.get(5 if kind == "max" else 4, False):  # ceil_mode
            raise Misfit("a last window that is not whole")
        counts = kind == "average" and step.get(5, True)
        return strokes.pool(step.sketch, step.name, step.x(), kind, windows, counts=counts)

    return draw


def _adaptive(step: Step) -> Held:
    x, to = step.x(), _sides(step.args[1], 1)
    axes = list(range(2, len(x.theirs) + 1))
    if set(to) == {1}:
        return strokes.over(step.sketch, step.name, x, "average", axes, keeps=True)
    if len(x.theirs) != 3:
        raise Misfit("only images")
    x, size = step.sketch.straight(x), step.size()
    return step.sketch.step("adaptive_pool", step.name, {"x": x}, size, {"to": list(size[1:])})


def _over(kind: str) -> Callable[[Step], Held]:
    def draw(step: Step) -> Held:
        keeps = bool(step.get(2, False))
        return strokes.over(step.sketch, step.name, step.x(), kind, step.args[1], keeps=keeps)

    return draw


def _reshape(step: Step) -> Held:
    if isinstance(step.args[0], Heads):
        return step.args[0].joined(step.size())
    return step.sketch.reshape(step.x(), step.size())


def _squeeze(step: Step) -> Held:
    found = step.args[0]
    if isinstance(found, States):
        return found.last
    return _reshape(step)


def _permute(step: Step) -> Held:
    if isinstance(step.args[0], Heads):
        return step.args[0].turned(step.args[1:])
    x = step.x()
    rank = len(x.theirs) + 1
    order = list(range(rank))
    if len(step.args) == 3:
        a, b = step.args[1] % rank, step.args[2] % rank
        order[a], order[b] = order[b], order[a]
    else:
        order = [i % rank for i in step.args[1]]
    if order[0]:
        raise Misfit("rows change places")
    return step.sketch.permute(x, order[1:])


def _join(op: str) -> Callable[[Step], Held]:
    def draw(step: Step) -> Held:
        if step.node.kwargs.get("alpha", 1) != 1:
            raise Misfit("one side is scaled")
        constants = [i for i in (0, 1) if isinstance(step.args[i], Tensor)]
        if constants and op == "add":
            by = step.there(constants[0])
            return strokes.shift(step.sketch, step.name, step.x(1 - constants[0]), by)
        return strokes.join(step.sketch, op, step.name, [step.x(), step.x(1)])

    return draw


def _cat(step: Step) -> Held:
    values, axis = step.args[0], step.get(1, 0)
    token = values[0]
    if (
        isinstance(token, Tensor)
        and len(values) == 2
        and axis == 1
        and isinstance(values[1], Value)
    ):
        x = step.sketch.straight(values[1])
        if token.numel() == x.ours[-1] and len(x.ours) == 2:
            weights = {"weight": token.detach().reshape(-1).numpy()}
            ours = (x.ours[0] + 1, x.ours[1])
            return step.sketch.step("class_token", step.name, {"x": x}, ours, None, weights)
    if not all(isinstance(v, Value) for v in values):
        raise Misfit("a constant beside the network")
    return strokes.concat(step.sketch, step.name, values, axis)


def _matmul(step: Step) -> Held:
    if isinstance(step.args[1], Tensor):
        return strokes.dense(step.sketch, step.name, step.x(), step.there(1).T, None)
    x, y = step.sketch.straight(step.x()), step.sketch.straight(step.x(1))
    if len(x.ours) != 2 or len(y.ours) != 2:
        raise Misfit(f"{x.ours} times {y.ours}")
    reads, ours = {"x": x, "y": y}, (x.ours[0], y.ours[1])
    return step.sketch.step("matmul", step.name, reads, ours, {"transpose": False})


def _embedding(step: Step) -> Held:
    table, x = step.there(0), step.x(1)
    if len(x.ours) != 1:
        raise Misfit("tokens of more than one axis")
    params = {"units": table.shape[1], "vocabulary": table.shape[0]}
    ours = (*x.ours, table.shape[1])
    return step.sketch.step("embedding", step.name, {"x": x}, ours, params, {"weight": table})


def _select(step: Step) -> Held:
    found, axis, index = step.args[0], step.args[1], step.args[2]
    if isinstance(found, States) and axis == 0:
        return found.last
    if not axis:
        raise Misfit("one row")
    return strokes.pick(step.sketch, step.name, step.x(), axis % (len(step.x().theirs) + 1), index)


def _slice(step: Step) -> Held:
    axis = step.get(1, 0) % (len(step.x().theirs) + 1)
    start, end, by = step.get(2) or 0, step.get(3), step.get(4, 1)
    if not axis:
        if start or by != 1:
            raise Misfit("some of the rows")
        return step.x()
    return strokes.cut(step.sketch, step.name, step.x(), axis, (start, end, by))


def _pad(step: Step) -> Held:
    x, given = step.sketch.straight(step.x()), step.args[1]
    if len(x.ours) != 3 or len(given) != 4:
        raise Misfit("only the sides of images")
    left, right, top, bottom = given
    named = name_of(step.node) == "pad"
    mode, value = (step.get(2, "constant"), step.get(3)) if named else ("constant", step.get(2))
    if mode not in ("constant", "reflect", "replicate"):
        raise Misfit(f"in mode {mode}")
    params: dict[str, Any] = {"before": [top, left], "after": [bottom, right]}
    params |= {"mode": mode} if mode != "constant" else {}
    params |= {"value": float(value)} if value else {}
    return step.sketch.step("pad", step.name, {"x": x}, step.size(), params)


def _recurrent(step: Step) -> Held:
    """Draw one node for every layer; both directions lie side by side."""
    kind = name_of(step.node)
    weights, biased, layers, _, _, both, rows_first = step.args[2:9]
    zeros = [n for n in step.node.all_input_nodes if name_of(n) == "zeros"]
    if not rows_first or not biased or not zeros:
        raise Misfit("rows not first, no bias, or a first state of its own")
    users = {user.args[1] for user in step.node.users if user.users}
    names, x = WEIGHTS + REVERSE if both else WEIGHTS, step.sketch.straight(step.x())
    units = weights[1].shape[1]
    params: dict[str, Any] = {"units": units, **({"direction": "both"} if both else {})}
    params |= {"kind": "relu"} if kind == "rnn_relu" else {}
    op = kind.partition("_")[0]
    wide = units * (2 if both else 1)
    arrays = [w.detach().numpy() for w in weights]
    for layer in range(layers):
        own = dict(zip(names, arrays[layer * len(names) :], strict=False))
        sequence = layer < layers - 1 or 0 in users
        ours = (x.ours[0], wide) if sequence else (wide,)
        more = {"returns": "sequence"} if sequence else {}
        x = step.sketch.step(op, step.name, {"x": x}, ours, {**params, **more}, own)
    if 0 not in users:
        return States(None, None if both else x)
    last = None
    if not both and users - {0}:
        last = step.sketch.step("select_last", f"{step.name}_last", {"x": x}, (wide,))
    return States(x, last)


def _getitem(step: Step) -> Held:
    found, place = step.args[0], step.args[1]
    if isinstance(found, States):
        return found.every if place == 0 else found if place == 1 and found.last else None
    return found if place == 0 else None


def _drop(step: Step) -> Held:
    return strokes.each(step.sketch, "dropout", step.name, step.x(), {"p": float(step.args[1])})


DRAWN: Mapping[str, Callable[[Step], Held]] = {
    **{name: _curve(name) for name in (
        "relu", "leaky_relu", "relu6", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "log_sigmoid", "softmax", "log_softmax",
    )},
    "hardswish": _curve("hard_swish"), "hardtanh": _hard,
    **dict.fromkeys(("contiguous", "clone", "alias", "detach", "expand", "to", "_to_copy"), _same),
    **dict.fromkeys(("flatten", "view", "reshape", "unsqueeze", "unflatten"), _reshape),
    "linear": _linear, "scaled_dot_product_attention": _heads,
    "conv1d": _conv, "conv2d": _conv, "conv_transpose2d": _conv_back,
    "batch_norm": _batch_norm, "layer_norm": _norm("layer_norm", (2, 4), 1e-5),
    "rms_norm": _norm("rms_norm", (2, 3), 1e-6), "group_norm": _norm("group_norm", (2, 4), 1e-5),
    "max_pool1d": _pool("max"), "max_pool2d": _pool("max"), "avg_pool1d": _pool("average"),
    "avg_pool2d": _pool("average"), "adaptive_avg_pool1d": _adaptive,
    "adaptive_avg_pool2d": _adaptive, "mean": _over("average"), "amax": _over("max"),
    "squeeze": _squeeze, "transpose": _permute, "permute": _permute, "add": _join("add"),
    "mul": _join("multiply"), "cat": _cat, "matmul": _matmul, "embedding": _embedding,
    "select": _select, "slice": _slice, "constant_pad_nd": _pad, "pad": _pad, "lstm": _recurrent,
    "gru": _recurrent, "rnn_tanh": _recurrent, "rnn_relu": _recurrent, "getitem": _getitem,
    "dropout": _drop,
}  # fmt: skip
