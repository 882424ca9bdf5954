"""Bundles: small whole models to test serving with, made by hand, without any training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from danlu.data.dataset import Column, Schema, rows_of
from danlu.data.encoder import Encoder
from danlu.registry.bundle import pack
from danlu.serve.bundle import Bundle

OPSET, IR_VERSION = 18, 9
COLUMNS = (
    Column(name="distance", kind="number"),
    Column(name="hour", kind="number"),
    Column(name="carrier", kind="category"),
    Column(name="holiday", kind="boolean"),
)
CLASSES = ("on_time", "late")


def tiny_table(rows: int = 120, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Make a table of flights, some cells missing."""
    rng = np.random.default_rng(seed)
    carrier = rng.choice(np.array(["AA", "UA", "DL", None], dtype=object), rows)
    distance = rng.normal(1000.0, 300.0, rows)
    distance[::17] = np.nan
    return {
        "distance": distance,
        "hour": rng.integers(0, 24, rows).astype(np.float64),
        "carrier": carrier,
        "holiday": rng.integers(0, 2, rows).astype(np.float64),
    }


def tiny_bundle(
    folder: Path,
    *,
    seed: int = 0,
    hidden: Sequence[int] = (16,),
    golden: int = 60,
    manifest: dict[str, Any] | None = None,
) -> Bundle:
    """Pack an untrained two-class network on `tiny_table`; its seed tells it from others."""
    table = tiny_table()
    encoder = Encoder.fit(table, Schema(columns=COLUMNS), {"table": [c.name for c in COLUMNS]})
    encoded = encoder.encode(table)["table"]  # (rows, features)
    weights = dense_weights([encoded.shape[1], *hidden, len(CLASSES)], seed=seed)
    answers = forward(weights, encoded)
    rows = rows_of(table, COLUMNS)[:golden]
    return pack(
        folder,
        onnx=dense_onnx(weights, "table"),
        encoder=encoder,
        decoder={"form": "classes", "classes": CLASSES, "target": "late"},
        golden=[
            {"row": row, "answer": answer.tolist()}
            for row, answer in zip(rows, answers, strict=False)
        ],
        manifest=manifest or {},
        card="# Tiny\n\nMade by hand, to test serving.\n",
    )


def dense_weights(sizes: Sequence[int], *, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw weights (inputs, outputs) and biases (outputs,) of dense layers."""
    rng = np.random.default_rng(seed)
    return [
        (
            rng.normal(0, 1 / np.sqrt(a), (a, b)).astype(np.float32),
            rng.normal(0, 0.1, b).astype(np.float32),
        )
        for a, b in pairwise(sizes)
    ]


def forward(weights: Sequence[tuple[np.ndarray, np.ndarray]], encoded: np.ndarray) -> np.ndarray:
    """Answer with numpy what the graph answers: probabilities (rows, classes)."""
    h = encoded
    for number, (weight, bias) in enumerate(weights):
        h = h @ weight + bias
        h = np.maximum(h, 0) if number < len(weights) - 1 else h
    e = np.exp(h - h.max(axis=1, keepdims=True))
    answer: np.ndarray = e / e.sum(axis=1, keepdims=True)
    return answer


def dense_onnx(weights: Sequence[tuple[np.ndarray, np.ndarray]], name: str) -> bytes:
    """Write dense layers, relu between them and softmax at the end, as an ONNX model."""
    nodes, tensors, last = [], [], name
    for number, (weight, bias) in enumerate(weights):
        tensors += [
            numpy_helper.from_array(weight, f"w{number}"),
            numpy_helper.from_array(bias, f"b{number}"),
        ]
        nodes.append(helper.make_node("Gemm", [last, f"w{number}", f"b{number}"], [f"h{number}"]))
        last = f"h{number}"
        if number < len(weights) - 1:
            nodes.append(helper.make_node("Relu", [last], [f"r{number}"]))
            last = f"r{number}"
    nodes.append(helper.make_node("Softmax", [last], ["answer"], axis=-1))
    widths = weights[0][0].shape[0], weights[-1][0].shape[1]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", widths[0]])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["rows", widths[1]])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
