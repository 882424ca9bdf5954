"""Keras layers: which op does what a layer does, and with which parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from danlu.network.graph import Json
from danlu.network.sketching.sketch import Misfit, Shape

Draw = Callable[[Json], tuple[str, Json]]
"""From the config of a layer to our op and its parameters."""
CURVES = {
    "swish": "silu", "softmax": "softmax", "hard_silu": "hard_swish", "log_softmax": "log_softmax",
    **{word: word for word in (
        "relu", "relu6", "sigmoid", "tanh", "softplus", "selu", "elu", "gelu", "silu", "mish",
        "leaky_relu", "hard_tanh", "log_sigmoid",
    )},
}  # fmt: skip
RECURRENT = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}


def _sides(given: Any) -> Any:
    sides = list(given) if isinstance(given, list | tuple) else [given]
    return sides[0] if len(set(sides)) == 1 else sides


def window(config: Json, kernel: str = "kernel_size") -> Json:
    """Return how kernels slide; unlike Keras we add as much ahead as behind."""
    if config.get("data_format") == "channels_first":
        raise Misfit("channels first")
    found: Json = {"kernel": _sides(config[kernel]), "padding": config.get("padding", "valid")}
    stride, dilation = _sides(config.get("strides") or 1), _sides(config.get("dilation_rate", 1))
    found |= {} if stride == 1 else {"stride": stride}
    return found | ({} if dilation == 1 else {"dilation": dilation})


def bias(config: Json) -> Json:
    """Return whether there is a bias, if there is none."""
    return {} if config.get("use_bias", True) else {"bias": False}


def _conv(op: str) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        if op == "depthwise_conv2d":
            return op, {
                "multiplier": config.get("depth_multiplier", 1),
                **window(config),
                **bias(config),
            }
        groups = {} if config.get("groups", 1) == 1 else {"groups": config["groups"]}
        back = {"stride": 1} if op == "transposed_conv2d" else {}
        return op, {
            "channels": config["filters"],
            **back,
            **window(config),
            **groups,
            **bias(config),
        }

    return draw


def _pool(kind: str) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        found = window(config, "pool_size")
        stride = {"stride": _sides(config.get("strides") or config["pool_size"])}
        return "pool", {"kind": kind, **found, **stride}

    return draw


def _over(kind: str) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        if config.get("keepdims"):
            raise Misfit("axes of size 1 are kept")
        return "global_pool", {} if kind == "average" else {"kind": kind}

    return draw


def _norm(op: str) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        axis = config.get("axis", -1)
        axes = axis if isinstance(axis, list) else [axis]
        if len(axes) != 1 or axes[0] not in (-1, 1, 2, 3):  # built models say which is the last
            raise Misfit(f"along axis {axis}")
        scales = (config.get("scale", True), config.get("center", True))
        params: Json = {"epsilon": config.get("epsilon", 1e-3)}
        if op == "layer_norm" and scales == (False, False):
            return op, {**params, "scale": False}
        if scales != (True, True):
            raise Misfit("a factor without an offset, or neither")
        if op == "batch_norm":
            params["momentum"] = round(1 - config.get("momentum", 0.99), 6)
        return op, params

    return draw


def _recurrent(op: str, curve: str, gate: str | None) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        odd = (config.get("activation", curve), config.get("recurrent_activation", gate))
        reset = op == "gru" and not config.get("reset_after", True)
        if odd != (curve, gate) or reset or not config.get("use_bias", True):
            raise Misfit("a form of it that we do not have")
        if config.get("return_state") or config.get("stateful"):
            raise Misfit("its state is handed on")
        params: Json = {"units": config["units"]}
        params |= {"returns": "sequence"} if config.get("return_sequences") else {}
        return op, params | ({"direction": "backward"} if config.get("go_backwards") else {})

    return draw


def _activation(config: Json) -> tuple[str, Json]:
    word = config.get("activation", "")
    word = word.get("config", "") if isinstance(word, dict) else word
    if word not in CURVES:
        raise Misfit(f"no curve '{word}'")
    return "activation", {"kind": CURVES[word]}


def _relu(config: Json) -> tuple[str, Json]:
    most, slope = config.get("max_value"), config.get("negative_slope") or 0
    if slope or most not in (None, 6, 6.0) or config.get("threshold"):
        raise Misfit("a slope or a threshold")
    return "activation", {"kind": "relu6" if most else "relu"}


def _leaky(config: Json) -> tuple[str, Json]:
    slope = config.get("negative_slope", config.get("alpha", 0.3))
    if slope != 0.01:
        raise Misfit(f"a slope of {slope}; ours is 0.01")
    return "activation", {"kind": "leaky_relu"}


def _margins(op: str) -> Draw:
    def draw(config: Json) -> tuple[str, Json]:
        given = config["padding" if op == "pad" else "cropping"]
        pairs = [one if isinstance(one, list) else [one, one] for one in given]
        return op, {"before": [p[0] for p in pairs], "after": [p[1] for p in pairs]}

    return draw


def _reshape(config: Json) -> tuple[str, Json]:
    to = list(config["target_shape"])
    return "reshape", {"to": [to[-1], *to[:-1]] if len(to) == 3 else to}


def _permute(config: Json) -> tuple[str, Json]:
    order = list(config["dims"])
    if len(order) == 3:  # their 1, 2, 3 are our 2, 3, 1
        ours = [(d % 3) + 1 for d in order]
        order = [ours[2], *ours[:2]]
    return "permute", {"order": order}


def _plain(op: str, *words: tuple[str, str], **fixed: Any) -> Draw:
    """Return an op whose parameters only have other names."""

    def draw(config: Json) -> tuple[str, Json]:
        return op, {ours: config[theirs] for ours, theirs in words} | fixed

    return draw


def _dense(config: Json) -> tuple[str, Json]:
    return "dense", {"units": config["units"], **bias(config)}


BARE = frozenset({
    "activation", "dropout", "flatten", "reshape", "pool", "global_pool", "add", "multiply",
    "concat", "pad", "crop", "permute", "upsample", "noise", "mask_padding",
})  # fmt: skip
"""Ops without weights."""
OPS: dict[str, Draw] = {
    "Dense": _dense, "Activation": _activation, "ReLU": _relu, "LeakyReLU": _leaky,
    "Softmax": _plain("activation", kind="softmax"), "ELU": _plain("activation", kind="elu"),
    "Dropout": _plain("dropout", ("p", "rate")), "Flatten": _plain("flatten"),
    "GaussianNoise": _plain("noise", ("deviation", "stddev")),
    "Masking": _plain("mask_padding", ("value", "mask_value")),
    "Embedding": _plain("embedding", ("units", "output_dim"), ("vocabulary", "input_dim")),
    "Add": _plain("add"), "Multiply": _plain("multiply"), "Concatenate": _plain("concat"),
    "Conv1D": _conv("conv1d"), "Conv2D": _conv("conv2d"), "Reshape": _reshape,
    "Convolution2D": _conv("conv2d"), "Conv2DTranspose": _conv("transposed_conv2d"),
    "DepthwiseConv2D": _conv("depthwise_conv2d"), "Permute": _permute,
    "MaxPooling1D": _pool("max"), "MaxPooling2D": _pool("max"),
    "AveragePooling1D": _pool("average"), "AveragePooling2D": _pool("average"),
    "GlobalAveragePooling1D": _over("average"), "GlobalAveragePooling2D": _over("average"),
    "GlobalMaxPooling1D": _over("max"), "GlobalMaxPooling2D": _over("max"),
    "BatchNormalization": _norm("batch_norm"), "LayerNormalization": _norm("layer_norm"),
    "ZeroPadding2D": _margins("pad"), "Cropping2D": _margins("crop"),
    "UpSampling2D": lambda config: ("upsample", {
        "factor": _sides(config["size"]),
        "kind": config.get("interpolation", "nearest"),
    }),
    "LSTM": _recurrent("lstm", "tanh", "sigmoid"), "GRU": _recurrent("gru", "tanh", "sigmoid"),
    "SimpleRNN": _recurrent("rnn", "tanh", None),
    "MultiHeadAttention": _plain("attention", ("heads", "num_heads")),
}  # fmt: skip
USUAL: dict[tuple[str, str], Any] = {
    ("conv1d", "padding"): "same", ("conv2d", "padding"): "same", ("pool", "kind"): "max",
    ("depthwise_conv2d", "padding"): "same", ("depthwise_conv2d", "multiplier"): 1,
    ("transposed_conv2d", "padding"): "same", ("pool", "padding"): "valid",
}  # fmt: skip
"""What we need not write."""
ALIKE = frozenset({
    "activation", "dropout", "batch_norm", "layer_norm", "noise", "mask_padding", "add", "multiply",
    "attention",
})  # fmt: skip
"""Ops that keep the shape."""


def shape_of(op: str, params: Json, given: Sequence[Shape]) -> Shape | None:
    """Return what comes out, as far as we can tell without running it.

    >>> shape_of("conv2d", {"channels": 8, "kernel": 3, "padding": "valid"}, [(3, 9, 9)])
    (8, 7, 7)
    """
    x = given[0]
    draw = _SHAPES.get(op)
    return x if op in ALIKE else draw(params, x, given) if draw else None


def _joined(params: Json, x: Shape, given: Sequence[Shape]) -> Shape:  # noqa: ARG001
    at = len(x) - 1 if len(x) < 3 else 0
    return tuple(sum(s[at] for s in given) if i == at else n for i, n in enumerate(x))


def _state(params: Json, x: Shape, _: Sequence[Shape]) -> Shape:
    units = params["units"] * (2 if params.get("direction") == "both" else 1)
    return (x[0], units) if params.get("returns") == "sequence" else (units,)


def _framed(sign: int) -> Callable[[Json, Shape, Sequence[Shape]], Shape]:
    def shape(params: Json, x: Shape, _: Sequence[Shape]) -> Shape:
        sides = zip(x[-2:], params["before"], params["after"], strict=True)
        return (x[0], *(n + sign * (b + a) for n, b, a in sides))

    return shape


def _slid(params: Json, x: Shape, *, pooled: bool) -> Shape:
    sides = x[1:] if len(x) == 3 else x[:1]
    usual = "valid" if pooled else "same"
    found = []
    for at, size in enumerate(sides):
        kernel, stride, dilation = (
            given[at] if isinstance(given, list) else given
            for given in (params["kernel"], params.get("stride", 1), params.get("dilation", 1))
        )
        span = dilation * (kernel - 1) + 1
        room = size - span if params.get("padding", usual) == "valid" else size - 1
        found.append(room // stride + 1)
    count = x[0] if len(x) == 3 else x[-1]
    channels = params.get("channels", count * params.get("multiplier", 1))
    return (channels, *found) if len(x) == 3 else (*found, channels)


_SHAPES: dict[str, Callable[[Json, Shape, Sequence[Shape]], Shape]] = {
    "dense": lambda params, x, _: (*x[:-1], params["units"]),
    "embedding": lambda params, x, _: (*x, params["units"]),
    "pool": lambda params, x, _: _slid(params, x, pooled=True),
    **dict.fromkeys(
        ("conv1d", "conv2d", "depthwise_conv2d"),
        lambda params, x, _: _slid(params, x, pooled=False),
    ),
    **dict.fromkeys(RECURRENT.values(), _state),
    "concat": _joined,
    "flatten": lambda _, x, __: (math.prod(x),),
    "global_pool": lambda _, x, __: x[-1:] if len(x) == 2 else x[:1],
    "pad": _framed(1),
    "crop": _framed(-1),
}
