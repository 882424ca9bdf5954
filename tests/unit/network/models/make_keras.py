"""Writes the Keras files beside it: `.venv/bin/python tests/unit/network/models/make_keras.py`.

Keras is not installed here, so these are not its own output: they are written by hand in the form
that its documentation and its published models show, one in that of Keras 2 and two in Keras 3's.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Json = dict[str, Any]


def layer2(kind: str, name: str, *sources: str, **config: Any) -> Json:
    """A layer of a functional model of Keras 2."""
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    full = {"name": name, "trainable": True, "dtype": "float32", **config}
    return {"class_name": kind, "config": full, "name": name, "inbound_nodes": nodes}


def resnet() -> Json:
    """A ResNet in the manner of keras.applications, of Keras 2."""

    def conv(name: str, source: str, filters: int, kernel: int, strides: int = 1) -> Json:
        return layer2(
            "Conv2D", name, source, filters=filters, kernel_size=[kernel, kernel],
            strides=[strides, strides], padding="same", data_format="channels_last",
            dilation_rate=[1, 1], groups=1, activation="linear", use_bias=True,
        )  # fmt: skip

    def norm(name: str, source: str) -> Json:
        return layer2(
            "BatchNormalization", name, source, axis=[3], momentum=0.99, epsilon=1.001e-05,
            center=True, scale=True,
        )  # fmt: skip

    def relu(name: str, source: str) -> Json:
        return layer2("Activation", name, source, activation="relu")

    layers = [
        layer2("InputLayer", "input_1", batch_input_shape=[None, 32, 32, 3], sparse=False),
        layer2("ZeroPadding2D", "conv1_pad", "input_1", padding=[[3, 3], [3, 3]]),
        layer2(
            "Conv2D", "conv1_conv", "conv1_pad", filters=16, kernel_size=[7, 7], strides=[2, 2],
            padding="valid", data_format="channels_last", activation="linear", use_bias=True,
        ),
        norm("conv1_bn", "conv1_conv"), relu("conv1_relu", "conv1_bn"),
        layer2(
            "MaxPooling2D", "pool1_pool", "conv1_relu", pool_size=[3, 3], padding="same",
            strides=[2, 2], data_format="channels_last",
        ),
    ]  # fmt: skip
    last = "pool1_pool"
    for i in range(1, 4):
        stem = f"conv2_block{i}"
        layers += [
            conv(f"{stem}_1_conv", last, 8, 1), norm(f"{stem}_1_bn", f"{stem}_1_conv"),
            relu(f"{stem}_1_relu", f"{stem}_1_bn"), conv(f"{stem}_2_conv", f"{stem}_1_relu", 8, 3),
            norm(f"{stem}_2_bn", f"{stem}_2_conv"), relu(f"{stem}_2_relu", f"{stem}_2_bn"),
            conv(f"{stem}_3_conv", f"{stem}_2_relu", 16, 1),
            norm(f"{stem}_3_bn", f"{stem}_3_conv"),
            layer2("Add", f"{stem}_add", last, f"{stem}_3_bn"), relu(f"{stem}_out", f"{stem}_add"),
        ]  # fmt: skip
        last = f"{stem}_out"
    layers += [
        layer2("GlobalAveragePooling2D", "avg_pool", last, data_format="channels_last"),
        layer2("Dense", "predictions", "avg_pool", units=10, activation="softmax", use_bias=True),
    ]
    config = {
        "name": "resnet", "trainable": True, "layers": layers,
        "input_layers": [["input_1", 0, 0]], "output_layers": [["predictions", 0, 0]],
    }  # fmt: skip
    return {"class_name": "Functional", "config": config, "keras_version": "2.15.0",
            "backend": "tensorflow"}  # fmt: skip


def layer3(kind: str, name: str, *sources: str, more: Json | None = None, **config: Any) -> Json:
    """A layer of a functional model of Keras 3."""
    tensors = [
        {"class_name": "__keras_tensor__",
         "config": {"shape": [None], "dtype": "float32", "keras_history": [source, 0, 0]}}
        for source in sources
    ]  # fmt: skip
    args = [tensors] if kind in ("Add", "Concatenate", "Multiply") else tensors
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    full = {"name": name, "trainable": True, "dtype": policy, **config}
    node = [{"args": args, "kwargs": more or {}}] if sources else []
    return {"module": "keras.layers", "class_name": kind, "config": full, "name": name,
            "registered_name": None, "inbound_nodes": node}  # fmt: skip


def transformer() -> Json:
    """The text classification of the Keras guides, as a functional model of Keras 3."""
    layers = [
        layer3("InputLayer", "tokens", batch_shape=[None, 20], dtype="int64", sparse=False),
        layer3("Embedding", "embedding", "tokens", input_dim=500, output_dim=32, mask_zero=True),
    ]
    last = "embedding"
    for i in range(2):
        stem = f"encoder_{i}"
        layers += [
            layer3("MultiHeadAttention", f"{stem}_attention", last, last, num_heads=2, key_dim=16,
                   value_dim=16, dropout=0.0, use_bias=True),
            layer3("Add", f"{stem}_add", last, f"{stem}_attention"),
            layer3("LayerNormalization", f"{stem}_norm", f"{stem}_add", axis=[-1], epsilon=1e-06,
                   center=True, scale=True),
            layer3("Dense", f"{stem}_wide", f"{stem}_norm", units=64, activation="relu",
                   use_bias=True),
            layer3("Dense", f"{stem}_back", f"{stem}_wide", units=32, activation="linear",
                   use_bias=True),
            layer3("Add", f"{stem}_sum", f"{stem}_norm", f"{stem}_back"),
            layer3("LayerNormalization", f"{stem}_out", f"{stem}_sum", axis=[-1], epsilon=1e-06,
                   center=True, scale=True),
        ]  # fmt: skip
        last = f"{stem}_out"
    layers += [
        layer3("GlobalAveragePooling1D", "pool", last, data_format="channels_last", keepdims=False),
        layer3("Dropout", "dropout", "pool", rate=0.1, seed=None, noise_shape=None),
        layer3("Dense", "answer", "dropout", units=2, activation="softmax", use_bias=True),
    ]
    config = {"name": "transformer", "trainable": True, "layers": layers,
              "input_layers": [["tokens", 0, 0]], "output_layers": [["answer", 0, 0]]}  # fmt: skip
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config,
            "registered_name": "Functional", "build_config": {"input_shape": None}}  # fmt: skip


def sequential() -> Json:
    """A recurrent model with a layer of its own code, as a Sequential of Keras 3."""

    def layer(kind: str, name: str, **config: Any) -> Json:
        return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config},
                "registered_name": None}  # fmt: skip

    lstm = layer(
        "LSTM", "forward_lstm", units=16, return_sequences=True, activation="tanh",
        recurrent_activation="sigmoid", use_bias=True, go_backwards=False,
    )  # fmt: skip
    layers = [
        layer("InputLayer", "series", batch_shape=[None, 24, 7], dtype="float32"),
        layer("Conv1D", "smooth", filters=8, kernel_size=[5], strides=[1], padding="causal",
              dilation_rate=[1], groups=1, activation="relu", use_bias=True),
        layer("MaxPooling1D", "halve", pool_size=[2], strides=[2], padding="valid"),
        layer("Bidirectional", "both", merge_mode="concat", layer=lstm),
        layer("Lambda", "scale", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}),
        layer("GRU", "last", units=12, return_sequences=False, activation="tanh",
              recurrent_activation="sigmoid", reset_after=True, use_bias=True),
        layer("Dense", "forecast", units=3, activation="linear", use_bias=True),
    ]  # fmt: skip
    return {"module": "keras", "class_name": "Sequential", "registered_name": None,
            "config": {"name": "forecast", "trainable": True, "layers": layers}}  # fmt: skip


if __name__ == "__main__":
    models = {
        "keras2_resnet": resnet(), "keras3_transformer": transformer(),
        "keras3_sequential": sequential(),
    }  # fmt: skip
    for name, model in models.items():
        (HERE / f"{name}.json").write_text(json.dumps(model) + "\n")
