"""ONNX: trained networks and their task as one graph, ready to answer without torch."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import onnx
import torch
from torch import Tensor, nn

from danlu.compile.module import NetModule
from danlu.compile.unexported import find, first_line
from danlu.errors import BundleError
from danlu.network.members import over_members
from danlu.network.ops.base import DTYPES, Live
from danlu.tensor import TensorType

OPSET = 20
EXAMPLE_ROWS = 7  # any number but 0 and 1, which torch.export would take for constants
CHATTY = "torch.onnx._internal.exporter._registration"

Member = tuple[NetModule, Mapping[str, Tensor]]
"""A network and its weights: parameters and buffers by name."""


class Answering(Protocol):
    """What a task adds to the graph: an output (rows, head) becomes an answer (rows, ...)."""

    def answer(self, output: Tensor) -> Tensor:
        """Return what is served."""


def export(members: Sequence[Member], task: Answering, types: Mapping[str, TensorType]) -> bytes:
    """Return an ONNX file: inputs by name (rows, features), output "answer".

    The answer is the mean of the members' answers. Rows are dynamic, weights are inside, and only
    the default operator set is used, without functions.
    """
    answers = _Answers(members, task, tuple(types)).eval()
    example = {name: _example(t) for name, t in types.items()}
    try:
        return export_module(answers, list(example.values()), list(types))
    except torch.onnx.OnnxExporterError as error:
        raise _unexported(members, example, error) from error


def _unexported(
    members: Sequence[Member], example: Mapping[str, Tensor], error: Exception
) -> BundleError:
    """Say which node of which op does not fit into ONNX."""
    nets = (_filled(net, weights).eval() for net, weights in members)
    found = next((c for net in nets if (c := find(net, example, export_module))), None)
    if found is None:
        return BundleError(
            f"the network does not fit into ONNX: {first_line(error)}", code="onnx_refused",
            do="Train another network; each node alone can be exported.", why=first_line(error),
        )  # fmt: skip
    return BundleError(
        f"op '{found.op}' does not fit into ONNX: {found.why}", code="onnx_node",
        where=f"node '{found.node}'", do="Replace that node.",
        node=found.node, op=found.op, why=found.why,
    )  # fmt: skip


def export_module(module: nn.Module, example: Sequence[Tensor], names: Sequence[str]) -> bytes:
    """Return a module as an ONNX file: inputs by name with dynamic rows, output "answer"."""
    rows = tuple({0: "rows"} for _ in example)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            module, tuple(example), dynamo=True, opset_version=OPSET, verbose=False,
            input_names=list(names), output_names=["answer"], dynamic_shapes=(rows,),
        )  # fmt: skip
    assert program is not None
    return _strip(program.model_proto).SerializeToString(deterministic=True)


class _Answers(nn.Module):
    """Members' answers, averaged; tensors come in the order of ``inputs``."""

    def __init__(self, members: Sequence[Member], task: Answering, inputs: tuple[str, ...]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(_filled(net, weights) for net, weights in members)
        self.task, self.inputs = task, inputs

    def forward(self, *tensors: Tensor) -> Tensor:
        """Return the answer  # (rows, ...)."""
        given = dict(zip(self.inputs, tensors, strict=True))
        found = [over_members(self.task.answer, _only(net(given, Live()))) for net in self.nets]
        total = found[0]
        for more in found[1:]:
            total = total + more
        return total / len(found) if len(found) > 1 else total


def _only(outputs: Mapping[str, Tensor]) -> Tensor:
    return next(iter(outputs.values()))


def _filled(net: NetModule, weights: Mapping[str, Tensor]) -> NetModule:
    filled = copy.deepcopy(net)
    filled.load_state_dict({**dict(net.named_buffers()), **weights})
    return filled


def _example(given: TensorType) -> Tensor:
    sizes = [size for size in given.shape if size is not None]
    return torch.zeros((EXAMPLE_ROWS, *sizes), dtype=DTYPES[given.dtype])


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what torch says about itself: its own deprecations, missing torchvision."""
    log = logging.getLogger(CHATTY)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _strip(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove what the exporter notes about this machine, and check the promises."""
    del model.metadata_props[:]
    model.producer_name, model.producer_version, model.doc_string = "danlu", "", ""
    graph = model.graph
    del graph.metadata_props[:]
    del graph.value_info[:]
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    foreign = sorted({n.domain for n in graph.node} - {""})
    outside = [t.name for t in graph.initializer if t.data_location]
    if foreign or model.functions or outside:
        raise BundleError(
            "the network does not fit into plain ONNX", code="onnx_foreign",
            do="Replace the ops that are not in the default set.",
            domains=foreign, functions=[f.name for f in model.functions], outside=outside,
        )  # fmt: skip
    return model
