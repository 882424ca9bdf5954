"""Blend: the answers of networks and baselines, weighed in one ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from danlu.experiment.portable import finished
from danlu.tensor import TensorType

ANSWER = "answer"


def blend(parts: Sequence[tuple[bytes, float]], types: Mapping[str, TensorType]) -> bytes:
    """Return one file that answers the weighted mean; each part is a file and what it weighs.

    A part's inner names must not be those of another: baselines begin with their own name.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    total = ""
    for place, (content, share) in enumerate(parts):
        graph = onnx.load_from_string(content).graph
        own = f"blend/{place}"
        nodes += [_renamed(node, own) for node in graph.node]
        constants += [*graph.initializer, _number(f"{own}/share", share)]
        nodes.append(onnx.helper.make_node("Mul", [own, f"{own}/share"], [f"{own}/part"]))
        if total:
            summed = f"{own}/sum"
            nodes.append(onnx.helper.make_node("Add", [total, f"{own}/part"], [summed]))
        total = summed if total else f"{own}/part"
    return finished(types, nodes, constants, total)


def _renamed(node: onnx.NodeProto, answer: str) -> onnx.NodeProto:
    """Give a part's answer a name of its own."""
    for names in (node.input, node.output):
        for place, name in enumerate(names):
            if name == ANSWER:
                names[place] = answer
    if node.name == ANSWER:
        node.name = answer
    return node


def _number(name: str, value: float) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, np.float32), name)
