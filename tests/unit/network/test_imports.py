"""Models of other programs become networks that give the same answers; what is lost is named."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from danlu.compile.imports import module_of
from danlu.errors import DanluError, NetworkError
from danlu.network.check import check
from danlu.network.file import dump, parse
from danlu.network.imports.base import Imported, importers, load
from danlu.network.imports.keras import Keras
from danlu.network.imports.onnx import Onnx
from danlu.network.ops.base import Live
from danlu.network.sketching.repeats import fold

MODELS = Path(__file__).parent / "models"
ONNX = [
    "sklearn_mlp", "torch_resnet", "torch_text_convolution", "torch_text_lstm"
]  # fmt: skip
KERAS = ["keras2_resnet", "keras3_sequential", "keras3_transformer"]


def example(found: Imported, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    generator = np.random.default_rng(3)
    sizes = {key: (rows, *(s or 0 for s in kind.shape)) for key, kind in found.types.items()}
    return {
        key: generator.integers(1, 40, size) if found.types[key].dtype == "int64"
        else generator.standard_normal(size).astype(np.float32)
        for key, size in sizes.items()
    }  # fmt: skip


def answers(found: Imported, inputs: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    with torch.no_grad():
        tensors = {key: torch.as_tensor(value) for key, value in inputs.items()}
        outputs = module_of(found)(tensors, Live())
    return next(iter(outputs.values())).numpy()


def original(file: Path, inputs: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    session = onnxruntime.InferenceSession(file)
    names = [one.name for one in session.get_inputs()]
    outputs = session.run(None, dict(zip(names, inputs.values(), strict=True)))
    return np.asarray(outputs[0])


@pytest.mark.parametrize("name", ONNX)
def test_an_onnx_model_answers_as_before(name: str) -> None:
    found = load(MODELS / f"{name}.onnx")
    for rows in (1, 5):
        inputs = example(found, rows)
        want = original(MODELS / f"{name}.onnx", inputs)
        np.testing.assert_allclose(answers(found, inputs), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ONNX + KERAS)
def test_what_was_imported_has_every_face(name: str) -> None:
    file = MODELS / f"{name}{'.onnx' if name in ONNX else '.json'}"
    network = load(file).network
    assert parse(dump(network, ".py")) == network
    assert parse(dump(network, ".yaml")) == network


@pytest.mark.parametrize("name", ["keras2_resnet", "keras3_transformer"])
def test_a_keras_model_is_checked_without_a_problem(name: str) -> None:
    found = load(MODELS / f"{name}.json")
    head = 10 if "resnet" in name else 2
    problems = check(found.network, found.types, head).problems
    assert [p for p in problems if p.level == "error"] == []
    assert found.unmapped == ()
    assert answers(found, example(found, 3)).shape == (3, head)


def test_layers_without_an_op_are_named() -> None:
    found = load(MODELS / "keras3_sequential.json")
    assert [(one.op, one.node) for one in found.unmapped] == [("Lambda", "scale")]
    assert found.network.nodes["scale"].op == "lambda_unmapped"
    assert found.network.nodes["last"].in_ == {"x": "scale"}


def test_an_output_that_is_no_tensor_of_ours_is_left_out_and_said() -> None:
    found = load(MODELS / "sklearn_mlp.onnx")
    assert [*found.network.outputs] == ["probabilities"]
    assert [one.op for one in found.unmapped] == ["ArgMax"]
    assert found.notes[0].text == "the output 'label' is left out"


def test_a_bias_that_is_added_belongs_to_its_dense() -> None:
    nodes = load(MODELS / "sklearn_mlp.onnx").network.nodes.values()
    assert [n.op for n in nodes] == ["dense", "activation"] * 3


REPEATS = {"torch_resnet.onnx": 3, "keras2_resnet.json": 3, "keras3_transformer.json": 2}


@pytest.mark.parametrize(("name", "times"), REPEATS.items())
def test_a_repeated_chain_folds_into_a_block(name: str, times: int) -> None:
    found = load(MODELS / name)
    (repeat,) = found.repeats
    assert repeat.times == times
    network, weights = fold(found.network, found.weights, repeat, "deep")
    assert network.nodes["deep"].repeat == times
    assert len(network.nodes) == len(found.network.nodes) - len(repeat.all()) + 1
    inputs = example(found, 2)
    folded = replace(found, network=network, weights=weights)
    if found.weights:
        np.testing.assert_array_equal(answers(folded, inputs), answers(found, inputs))
    else:
        assert answers(folded, inputs).shape == answers(found, inputs).shape


def test_all_repeats_fold_into_blocks_with_names_of_their_own() -> None:
    found = load(MODELS / "keras3_transformer.json").folded()
    assert found.repeats == ()
    assert found.network.nodes["encoder"].block == "encoder"
    assert [*found.network.blocks["encoder"].nodes][:2] == ["attention", "add"]


def test_a_block_needs_a_free_name() -> None:
    found = load(MODELS / "torch_resnet.onnx")
    with pytest.raises(NetworkError, match="'conv1' is there already"):
        fold(found.network, found.weights, found.repeats[0], "conv1")


def graph(*nodes: onnx.NodeProto, shape: tuple[int, ...], **weights: Any) -> bytes:
    made = helper.make_graph(
        list(nodes), "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(w), key) for key, w in weights.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 20)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString()


def normal(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32) * 0.5


N = helper.make_node
PATTERNS: dict[str, tuple[bytes, list[str]]] = {
    "swish": (
        graph(N("Sigmoid", ["x"], ["s"]), N("Mul", ["x", "s"], ["y"]), shape=(4,)), ["activation"],
    ),
    "clip": (
        graph(N("Clip", ["x", "a", "b"], ["y"]), shape=(4,), a=np.float32(0), b=np.float32(6)),
        ["activation"],
    ),
    "gemm": (
        graph(N("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=2.0), shape=(4,),
              w=normal(4, 3), b=normal(3)), ["dense"],
    ),
    "uneven padding": (
        graph(N("Conv", ["x", "w"], ["y"], pads=[0, 1, 2, 1], strides=[2, 2]), shape=(2, 7, 7),
              w=normal(3, 2, 3, 3)), ["pad", "conv2d"],
    ),
    "depthwise": (
        graph(N("Conv", ["x", "w"], ["y"], group=4, pads=[1] * 4), shape=(4, 6, 6),
              w=normal(8, 1, 3, 3)), ["depthwise_conv2d"],
    ),
    "transposed": (
        graph(N("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2], pads=[1] * 4),
              shape=(3, 5, 5), w=normal(3, 2, 4, 4)), ["transposed_conv2d"],
    ),
    "squeeze and excite": (
        graph(N("GlobalAveragePool", ["x"], ["p"]), N("Conv", ["p", "w"], ["y"]), shape=(3, 5, 5),
              w=normal(2, 3, 1, 1)), ["global_pool", "reshape", "conv2d"],
    ),
    "batch norm over a sequence": (
        graph(N("BatchNormalization", ["x", "a", "b", "m", "v"], ["y"]), shape=(3, 5),
              a=normal(3), b=normal(3), m=normal(3), v=np.abs(normal(3))),
        ["permute", "batch_norm", "permute"],
    ),
    "flatten": (graph(N("Flatten", ["x"], ["y"]), shape=(2, 3, 4)), ["flatten"]),
    "transpose and mean": (
        graph(N("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
              N("ReduceMean", ["t", "axes"], ["y"], keepdims=0), shape=(5, 3), axes=np.array([2])),
        ["global_pool"],
    ),
    "image turned": (
        graph(N("Transpose", ["x"], ["y"], perm=[0, 2, 3, 1]), shape=(2, 3, 4)), ["permute"]
    ),
    "gru": (
        graph(N("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
              N("GRU", ["t", "w", "r", "b"], ["all", "last"], hidden_size=3, linear_before_reset=1),
              N("Squeeze", ["last", "axes"], ["y"]), shape=(5, 2), w=normal(1, 9, 2),
              r=normal(1, 9, 3), b=normal(1, 18), axes=np.array([0])), ["gru"],
    ),
    "weights that are worked out": (
        graph(N("Concat", ["a", "b"], ["ab"], axis=0), N("Unsqueeze", ["ab", "i"], ["r"]),
              N("Shape", ["x"], ["size"]), N("ConstantOfShape", ["hs"], ["h"]),
              N("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
              N("RNN", ["t", "w", "r", "", "", ""], ["all"], hidden_size=2),
              N("Squeeze", ["all", "one"], ["s"]), N("Transpose", ["s"], ["y"], perm=[1, 0, 2]),
              shape=(4, 3), a=normal(1, 2), b=normal(1, 2), i=np.array([0]), one=np.array([1]),
              w=normal(1, 2, 3), hs=np.array([1, 3, 2])), ["rnn"],
    ),
    "positions": (graph(N("Add", ["x", "w"], ["y"]), shape=(5, 3), w=normal(1, 5, 3)),
                  ["positional_encoding"]),
    "bias of channels": (graph(N("Add", ["w", "x"], ["y"]), shape=(3, 2, 2), w=normal(3, 1, 1)),
                         ["bias"]),
    "concat of channels": (
        graph(N("Relu", ["x"], ["r"]), N("Concat", ["x", "r"], ["y"], axis=1), shape=(3, 2, 2)),
        ["activation", "concat"],
    ),
    "average pool": (
        graph(N("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2]),
              shape=(2, 7, 7)), ["pool"],
    ),
    "one position": (
        graph(N("Gather", ["x", "i"], ["y"], axis=1), shape=(4, 3), i=np.array(1)),
        ["slice", "flatten"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_drawn_as_one_reads_it(name: str, tmp_path: Path) -> None:
    data, want = PATTERNS[name]
    found = Onnx().read(data, where="here")
    assert [node.op for node in found.network.nodes.values()] == want
    inputs = example(found, 3)
    file = tmp_path / "model.onnx"
    file.write_bytes(data)
    np.testing.assert_allclose(answers(found, inputs), original(file, inputs), rtol=1e-4, atol=1e-5)


UNMAPPED = {
    "op": (graph(N("Erf", ["x"], ["y"]), shape=(3,)), "Erf", "no such op"),
    "slope": (graph(N("LeakyRelu", ["x"], ["y"], alpha=0.3), shape=(3,)), "LeakyRelu", "alpha"),
    "axis": (graph(N("Softmax", ["x"], ["y"], axis=1), shape=(4, 3)), "Softmax", "axis 1"),
    "rows": (graph(N("Transpose", ["x"], ["y"], perm=[1, 0]), shape=(3,)), "Transpose", "rows"),
    "scalar": (graph(N("Add", ["x", "c"], ["y"]), shape=(3,), c=np.float32(1)), "Add", "constant"),
    "first state": (
        graph(N("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
              N("RNN", ["t", "w", "r", "", "", "h"], ["all"], hidden_size=2),
              N("Squeeze", ["all", "one"], ["s"]), N("Transpose", ["s"], ["y"], perm=[1, 0, 2]),
              shape=(4, 3), w=normal(1, 2, 3), r=normal(1, 2, 2), h=normal(1, 3, 2),
              one=np.array([1])), "RNN", "first state",
    ),
    "computed places": (
        graph(N("Cast", ["x"], ["i"], to=TensorProto.INT64), N("Gather", ["w", "i"], ["y"]),
              shape=(4,), w=normal(9, 2)), "Gather", "computed",
    ),
    "ceiling": (
        graph(N("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], ceil_mode=1), shape=(1, 5, 5)),
        "MaxPool", "size",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNMAPPED)
def test_what_cannot_be_said_with_our_ops_is_listed(name: str) -> None:
    data, op, why = UNMAPPED[name]
    found = Onnx().read(data, where="here")
    one = found.unmapped[0]
    assert one.op == op
    assert why in one.why
    assert found.network.nodes[one.node].op.endswith("_unmapped")


def keras(*layers: dict[str, Any]) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


ENTRY = layer("InputLayer", batch_shape=[None, 8, 8, 2], dtype="float32")
LAYERS = {
    "separable": (
        layer("SeparableConv2D", filters=4, kernel_size=[3, 3], padding="same"),
        ["depthwise_conv2d", "conv2d"], (4, 8, 8),
    ),
    "upsampling": (layer("UpSampling2D", size=[2, 2]), ["upsample"], (2, 16, 16)),
    "cropping": (layer("Cropping2D", cropping=[[1, 2], [0, 1]]), ["crop"], (2, 5, 7)),
    "permute": (layer("Permute", dims=[3, 1, 2]), ["permute"], (8, 2, 8)),
    "reshape": (layer("Reshape", target_shape=[4, 4, 8]), ["reshape"], (8, 4, 4)),
    "same": (
        layer("Conv2D", filters=3, kernel_size=[3, 3], strides=[2, 2], padding="same",
              activation="swish"), ["conv2d", "activation"], (3, 4, 4),
    ),
    "transposed": (
        layer("Conv2DTranspose", filters=3, kernel_size=[4, 4], strides=[2, 2], padding="same"),
        ["transposed_conv2d"], (3, 16, 16),
    ),
    "nested": (
        layer("Sequential", layers=[layer("Flatten"), layer("Dense", units=5)]),
        ["flatten", "dense"], (5,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_keras_layer_gives_the_same_shape_here(name: str) -> None:
    given_layer, ops, shape = LAYERS[name]
    found = Keras().read(keras(ENTRY, given_layer), where="here")
    assert [node.op for node in found.network.nodes.values()] == ops
    assert found.unmapped == ()
    assert answers(found, example(found, 2)).shape == (2, *shape)


def test_a_layer_that_is_called_twice_shares_its_weights() -> None:
    def inner(kind: str, name: str, *calls: list[str], **config: Any) -> dict[str, Any]:
        nodes = [[[source, 0 if at != "1" else 1, 0, {}] for source, at in [c]] for c in calls]
        return {"class_name": kind, "config": {"name": name, **config}, "inbound_nodes": nodes}

    layers = [
        inner("InputLayer", "a", batch_input_shape=[None, 4]),
        inner("Dense", "twin", ["a", "0"], ["twin", "0"], units=4),
    ]
    ends = {"input_layers": [["a", 0, 0]], "output_layers": [["twin", 1, 0]]}
    document = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    found = Keras().read(json.dumps(document).encode(), where="here")
    assert found.network.nodes["twin_2"].tied == "twin"
    assert answers(found, example(found, 2)).shape == (2, 4)


HOSTILE = {
    "nothing": b"", "text": b"hello", "zip": b"PK\x03\x04" * 10, "json list": b"[]",
    "deep json": b'{"config":' * 100_000, "no config": b"{}",
    "layers": b'{"config": {"layers": 3}}',
    "no layers": b'{"config": {"layers": []}}',
    "loop": json.dumps({"config": {"input_layers": [], "output_layers": [["a", 0, 0]], "layers": [
        {"class_name": "Dense", "config": {"name": "a", "units": 1},
         "inbound_nodes": [[["a", 0, 0, {}]]]}]}}).encode(),
    "sizes that are words": keras(layer("InputLayer", batch_shape=[None, "a"]), layer("Flatten")),
    "many layers": json.dumps({"config": {"input_layers": [], "output_layers": [], "layers": [
        layer("InputLayer", batch_shape=[None, 3])] * 6000}}).encode(),
    "open size": keras(layer("InputLayer", batch_shape=[None, None, 3])),
    "five axes": keras(layer("InputLayer", batch_shape=[None, 2, 2, 2, 2]), layer("Flatten")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["keras", "onnx"])
def test_what_is_no_model_is_refused_soon(name: str, kind: str) -> None:
    start = time.perf_counter()
    with pytest.raises(DanluError) as caught:
        importers().get(kind)().read(HOSTILE[name], where="file 'x'")
    assert caught.value.what
    assert time.perf_counter() - start < 10


def test_weights_in_another_file_are_not_fetched() -> None:
    model = onnx.load(MODELS / "sklearn_mlp.onnx")
    one = model.graph.initializer[0]
    one.data_location = TensorProto.EXTERNAL
    one.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(NetworkError, match="another file"):
        Onnx().read(model.SerializeToString(), where="file 'x'")


@given(seed=st.integers(0, 2**32), name=st.sampled_from(["sklearn_mlp", "torch_text_lstm"]))
@settings(deadline=None)
def test_a_damaged_file_is_read_or_refused(seed: int, name: str) -> None:
    generator = np.random.default_rng(seed)
    data = bytearray((MODELS / f"{name}.onnx").read_bytes())
    for place in generator.integers(0, len(data), 4):
        data[place] = generator.integers(0, 256)
    with suppress(DanluError):
        assert Onnx().read(bytes(data), where="file 'x'").network


def test_a_report_says_all_but_the_weights() -> None:
    found = load(MODELS / "sklearn_mlp.onnx").report()
    assert json.loads(json.dumps(found)) == found
    assert found["unmapped"][0]["op"] == "ArgMax"
    assert found["weights"] == 139
    assert "ends in softmax" in found["notes"][1]["text"]


def test_an_unknown_suffix_names_those_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"\.json or \.onnx"):
        load(tmp_path / "model.h5")
