"""ONNX: a graph of the default operator set; what belongs together becomes one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, numpy_helper, shape_inference

from danlu.errors import NetworkError
from danlu.network.imports.base import Imported, Importer, imported
from danlu.network.sketching import strokes
from danlu.network.sketching.onnx_step import FOLDED, Held, Scene, Sideways, Step, Zeros
from danlu.network.sketching.sketch import Misfit, Sketch, Value

MOST_NODES = 20_000
DTYPES = {TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float32", TensorProto.INT64: "int64"}
GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}  # our order, by theirs
CURVES = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Selu": "selu",
    "HardSwish": "hard_swish", "Mish": "mish", "Gelu": "gelu", "LeakyRelu": "leaky_relu",
    "Elu": "elu", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Clip": "",
}  # fmt: skip
_BROKEN = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RuntimeError,
)  # fmt: skip
"""What a graph that breaks its own rules may raise."""
USUAL = {"LeakyRelu": ("alpha", 0.01), "Elu": ("alpha", 1.0), "Gelu": ("approximate", b"none")}
"""What these curves must say, or leave out."""


class Onnx(Importer):
    """Reads an .onnx file with its weights inside."""

    suffixes: ClassVar = (".onnx",)

    def read(self, data: bytes, *, where: str) -> Imported:
        """Read a model; the first axis of every tensor is taken for the rows."""
        try:
            model = shape_inference.infer_shapes(onnx.ModelProto.FromString(data), data_prop=True)
        except (DecodeError, shape_inference.InferenceError, RuntimeError) as error:
            raise _unreadable("it is no ONNX model", where) from error
        if len(model.graph.node) > MOST_NODES:
            raise _unreadable(f"more than {MOST_NODES} nodes", where)
        if any(one.data_location == TensorProto.EXTERNAL for one in model.graph.initializer):
            raise _unreadable("its weights are in another file", where)
        try:
            return _Graph(model.graph).imported()
        except _BROKEN as error:
            raise _unreadable(f"it is broken: {str(error)[:200]}", where) from error


def _unreadable(what: str, where: str) -> NetworkError:
    return NetworkError(
        what, code="unreadable", where=where, do="Export it as one file, in ONNX opset 11 or later."
    )


class _Graph:
    """Goes over the nodes once."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        infos = (*graph.value_info, *graph.output, *graph.input)
        self.scene = Scene(
            Sketch(),
            {one.name: numpy_helper.to_array(one) for one in graph.initializer},
            {one.name: _sizes(one) for one in infos},
        )
        for name in (name for node in graph.node for name in node.input):
            self.scene.readers[name] = self.scene.readers.get(name, 0) + 1

    def imported(self) -> Imported:
        """Draw the whole graph."""
        scene = self.scene
        for one in self.graph.input:
            if one.name not in scene.held:
                dtype: Any = DTYPES.get(one.type.tensor_type.elem_type, "float32")
                value = scene.sketch.input(one.name, scene.shapes[one.name], dtype)
                scene.held[one.name] = value
        for node in self.graph.node:
            made = _drawn(Step(scene, node))
            many = made if isinstance(made, tuple) else (made,)
            scene.held.update(zip(node.output, many, strict=False))
        found = {one.name: scene.held.get(one.name) for one in self.graph.output}
        for key, held in found.items():
            if isinstance(held, Sideways):
                why = "its rows are not the first axis"
                found[key] = scene.sketch.unknown("Transpose", key, [held.value], (1,), why)
        outputs = {key: value for key, value in found.items() if isinstance(value, Value)}
        return imported(scene.sketch, self.graph.name or "network", outputs)


def _drawn(step: Step) -> Any:
    draw = _DRAWN.get(step.kind)
    try:
        if step.kind in FOLDED and not any(isinstance(r, Value | Sideways) for r in step.reads):
            return step.folded()
        return draw(step) if draw else step.unknown("there is no such op")
    except Misfit as misfit:
        return step.unknown(str(misfit))
    except _BROKEN:
        return step.unknown("its attributes and inputs do not fit")


def _filled(step: Step) -> Held:
    """ConstantOfShape and Expand: only zeros are followed, whatever their size."""
    value = step.constant(0, "value") if step.kind == "Expand" else _constant(step)
    is_zero = value is None or (isinstance(value, np.ndarray) and not value.any())
    return Zeros() if is_zero else step.unknown("a constant of a size that is computed")


def _sizes(info: Any) -> tuple[int | None, ...]:
    dims = info.type.tensor_type.shape.dim[1:]
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in dims)


def _constant(step: Step) -> Held:
    value = step.given.get("value")
    return numpy_helper.to_array(value) if value is not None else None


def _same(step: Step) -> Held:
    return step.reads[0]


def _curve(step: Step) -> Held:
    word, usual = USUAL.get(step.kind, ("", None))
    if word and not _alike(step.given.get(word, usual), usual):
        raise Misfit(f"{word} is {step.given[word]}")
    return strokes.activation(
        step.sketch, step.name, step.x(), CURVES[step.kind], step.given.get("axis", -1)
    )


def _alike(given: Any, usual: Any) -> bool:
    return bool(np.isclose(given, usual) if isinstance(usual, float) else given == usual)


def _clip(step: Step) -> Held:
    low, high = step.constant(1, "min"), step.constant(2, "max")
    bounds = (None if low is None else low.item(), None if high is None else high.item())
    kinds: dict[Any, str] = {(0.0, 6.0): "relu6", (-1.0, 1.0): "hard_tanh", (0.0, None): "relu"}
    kind = kinds.get(bounds)
    if kind is None:
        raise Misfit(f"cut off at {bounds}")
    return strokes.activation(step.sketch, step.name, step.x(), kind)


def _gemm(step: Step) -> Held:
    given = step.given
    if given.get("transA"):
        raise Misfit("the input is transposed")
    weight = step.weight(1) * given.get("alpha", 1.0)
    weight = weight if given.get("transB") else weight.T
    bias = step.constant(2)
    if bias is not None:
        bias = np.broadcast_to(bias.reshape(-1) * given.get("beta", 1.0), weight.shape[:1])
    return strokes.dense(step.sketch, step.name, step.x(), weight, bias)


def _matmul(step: Step) -> Held:
    if isinstance(step.reads[1], np.ndarray):
        weight = step.weight(1)
        if weight.ndim != 2:
            raise Misfit(f"a constant of {weight.ndim} axes")
        return strokes.dense(step.sketch, step.name, step.x(), weight.T, None)
    x, y = step.sketch.straight(step.x()), step.sketch.straight(step.x(1))
    if len(x.ours) != 2 or len(y.ours) != 2:
        raise Misfit(f"{x.ours} times {y.ours}")
    ours = (x.ours[0], y.ours[1])
    return step.sketch.step("matmul", step.name, {"x": x, "y": y}, ours, {"transpose": False})


def _add(step: Step) -> Held:
    place = next((i for i, r in enumerate(step.reads) if isinstance(r, np.ndarray)), None)
    if place is None:
        return strokes.join(step.sketch, "add", step.name, [step.x(), step.x(1)])
    x, by = step.x(1 - place), step.weight(place)
    node = step.sketch.nodes.get(x.node, {"params": {}})
    alone = step.scene.readers.get(step.node.input[1 - place]) == 1
    units = node["params"].get("units")
    if alone and node["params"].get("bias") is False and by.size == units == by.shape[-1]:
        node["params"].pop("bias")
        step.sketch.weights[f"{x.node}.bias"] = np.ascontiguousarray(by.reshape(-1), np.float32)
        return x
    return strokes.shift(step.sketch, step.name, x, by)


def _multiply(step: Step) -> Held:
    x, y = step.x(), step.x(1)
    for value, gate in ((x, y), (y, x)):  # x * sigmoid(x)
        node = step.sketch.nodes.get(gate.node, {})
        if node.get("params") == {"kind": "sigmoid"} and node["in"] == {"x": value.node}:
            return strokes.activation(step.sketch, step.name, value, "silu")
    return strokes.join(step.sketch, "multiply", step.name, [x, y])


def _conv(step: Step) -> Held:
    weights = (step.weight(1), step.constant(2))
    windows = step.windows(weights[0].shape[2:])
    draw = strokes.conv if step.kind == "Conv" else strokes.conv_back
    if any(step.given.get("output_padding", ())) or "output_shape" in step.given:
        raise Misfit("an output that is padded")
    return draw(step.sketch, step.name, step.x(), weights, windows, step.given.get("group", 1))


def _batch_norm(step: Step) -> Held:
    weights = [step.weight(i) for i in range(1, 5)]
    momentum = round(1 - step.given.get("momentum", 0.9), 6)
    epsilon = round(step.given.get("epsilon", 1e-5), 12)
    return strokes.batch_norm(step.sketch, step.name, step.x(), weights, epsilon, momentum)


def _layer_norm(step: Step) -> Held:
    x = step.x()
    if step.given.get("axis", -1) not in (-1, len(x.theirs)):
        raise Misfit("over more than the last axis")
    epsilon = round(step.given.get("epsilon", 1e-5), 12)
    params = {} if epsilon == 1e-5 else {"epsilon": epsilon}
    weights = (step.weight(1), step.constant(2))
    return strokes.norm(step.sketch, "layer_norm", step.name, x, weights, params)


def _pool(step: Step) -> Held:
    windows = step.windows(step.given["kernel_shape"], pool=True)
    kind = "max" if step.kind == "MaxPool" else "average"
    counts = bool(step.given.get("count_include_pad", 0))
    return strokes.pool(step.sketch, step.name, step.x(), kind, windows, counts=counts)


def _over(step: Step) -> Held:
    kind = "max" if "Max" in step.kind else "average"
    x = step.x()
    everywhere = list(range(2, len(x.theirs) + 1))
    axes = everywhere if step.kind.startswith("Global") else step.numbers(1, "axes")
    if not axes:
        raise Misfit("over all axes")
    keeps = bool(step.given.get("keepdims", 1))
    return strokes.over(step.sketch, step.name, x, kind, axes, keeps=keeps)


def _reshape(step: Step) -> Held:
    """Reshape, Flatten, Squeeze and Unsqueeze, as far as rows stay rows."""
    if isinstance(step.reads[0], Sideways):
        return step.reads[0]
    x, size = step.x(), step.size()
    if step.kind == "Flatten" and step.given.get("axis", 1) == 1:
        size = (int(np.prod(x.theirs)),)
    to = step.constant(1) if step.kind == "Reshape" and size is None else None
    if to is not None:
        known = [int(n) for n in to.reshape(-1)[1:]]
        rest = int(np.prod(x.theirs)) // max(1, int(np.prod([n for n in known if n > 0])))
        size = tuple(rest if n == -1 else n for n in known)
    if size is None:
        raise Misfit("to sizes that are not known")
    return step.sketch.reshape(x, size)


def _squeeze(step: Step) -> Held:
    found = step.reads[0]
    if isinstance(found, Sideways):
        return found.last if step.numbers(1, "axes") == [0] and found.last else found
    return _reshape(step)


def _transpose(step: Step) -> Held:
    order, found = list(step.given.get("perm", ())), step.reads[0]
    if isinstance(found, Sideways):
        return found.value if order == [1, 0, 2] else found
    if order == [1, 0, 2]:
        return Sideways(step.x())
    if not order or order[0]:
        raise Misfit("rows change places")
    return step.sketch.permute(step.x(), order[1:])


def _concat(step: Step) -> Held:
    values = [step.x(i) for i in range(len(step.reads))]
    return strokes.concat(step.sketch, step.name, values, step.given["axis"])


def _gather(step: Step) -> Held:
    axis = step.given.get("axis", 0)
    if isinstance(step.reads[0], np.ndarray) and isinstance(step.reads[1], Value):
        table, x = step.weight(0), step.x(1)
        kind = step.sketch.types.get(x.node)
        if axis or table.ndim != 2 or kind is None or kind.dtype != "int64":
            raise Misfit("no table of vectors, or places that are computed")
        params = {"units": table.shape[1], "vocabulary": table.shape[0]}
        name = step.node.input[0].removesuffix(".weight")
        ours = (*x.ours, table.shape[1])
        return step.sketch.step("embedding", name, {"x": x}, ours, params, {"weight": table})
    index = step.weight(1)
    if index.ndim or not axis:
        raise Misfit("many places, or rows")
    return strokes.pick(step.sketch, step.name, step.x(), axis, int(index))


def _slice(step: Step) -> Held:
    starts, ends = step.numbers(1, "starts"), step.numbers(2, "ends")
    axes, steps = step.numbers(3, "axes"), step.numbers(4, "steps") or [1]
    if not starts or not ends or not axes or len(axes) != 1 or axes[0] < 1:
        raise Misfit("not along one axis")
    at = (starts[0], ends[0], steps[0])
    return strokes.cut(step.sketch, step.name, step.x(), axes[0], at)


def _dropout(step: Step) -> Held:
    ratio = step.constant(1, "ratio")
    p = 0.5 if ratio is None else round(float(ratio), 6)
    return strokes.each(step.sketch, "dropout", step.name, step.x(), {"p": p})


def _recurrent(step: Step) -> Held | tuple[Held, ...]:
    """LSTM, GRU and RNN: (length, rows, features) to (length, directions, rows, units)."""
    found, given = step.reads[0], step.given
    ways = {b"forward": "forward", b"reverse": "backward"}
    direction = ways.get(given.get("direction", b"forward"))
    plain = given.get("linear_before_reset", 1) and not given.get("layout") and direction
    odd = {"activations", "clip", "input_forget"} & {k for k, v in given.items() if v}
    if (
        not isinstance(found, Sideways)
        or not plain
        or odd
        or (step.kind == "GRU" and len(given) < 2)
    ):
        raise Misfit("a form of it that we do not have")
    if not all(step.is_zero(place) for place in (4, 5, 6, 7)):
        raise Misfit("a first state of its own")
    w, r = step.weight(1)[0], step.weight(2)[0]
    biases = step.constant(3)
    units, order = r.shape[1], GATES[step.kind]
    halves = np.zeros((2, w.shape[0]), np.float32) if biases is None else biases[0].reshape(2, -1)
    ours = dict(zip(
        ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"),
        (np.concatenate([np.split(p, len(order))[g] for g in order]) for p in (w, r, *halves)),
        strict=True,
    ))  # fmt: skip
    x = step.sketch.straight(found.value)
    params = (
        {"units": units, "direction": direction} if direction != "forward" else {"units": units}
    )
    op, reads = step.kind.lower(), {"x": x}
    every = step.sketch.step(
        op, step.name, reads, (x.ours[0], units), {**params, "returns": "sequence"}, ours
    )
    outputs = [*step.node.output, "", ""]
    if not step.scene.readers.get(outputs[1]):
        return (Sideways(every), None, None)
    last = step.sketch.step(op, step.name, reads, (units,), params, ours)
    return (Sideways(every), Sideways(every, last), None)


_DRAWN: dict[str, Callable[[Step], Any]] = {
    **dict.fromkeys(CURVES, _curve), "Clip": _clip, "Constant": _constant,
    "Identity": _same, "ConstantOfShape": _filled, "Expand": _filled,
    "Cast": _same, "Gemm": _gemm, "MatMul": _matmul, "Add": _add, "Mul": _multiply,
    "Conv": _conv, "ConvTranspose": _conv, "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm, "MaxPool": _pool, "AveragePool": _pool,
    "GlobalAveragePool": _over, "GlobalMaxPool": _over, "ReduceMean": _over, "ReduceMax": _over,
    "Reshape": _reshape, "Flatten": _reshape, "Squeeze": _squeeze, "Unsqueeze": _reshape,
    "Transpose": _transpose, "Concat": _concat, "Gather": _gather, "Slice": _slice,
    "Dropout": _dropout, "LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent,
}  # fmt: skip
