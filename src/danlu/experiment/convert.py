"""Convert (a job): a network as PyTorch source, as ONNX or as a drawing."""

from __future__ import annotations

import base64
from typing import Any, Literal

from pydantic import Field
from torch import Tensor

from danlu.compile.module import NetModule
from danlu.compile.onnx import export
from danlu.compile.source import source
from danlu.network.check import check, require
from danlu.network.drawing.outline import uses
from danlu.network.drawing.svg import svg
from danlu.network.faces.lines import lines_of
from danlu.network.graph import Network
from danlu.network.ops.base import ops
from danlu.params import Params
from danlu.tensor import TensorType

Json = dict[str, Any]


class ConvertArgs(Params):
    """A checked document, the types of its inputs, and the form that is wanted."""

    network: Json
    to: Literal["torch", "onnx", "svg"]
    types: dict[str, TensorType] = Field({})
    head: int = 1
    dark: bool = False
    seed: int = 0
    """Of the weights that an ONNX file starts with."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"text", "lines"}``, or for ONNX ``{"base64"}``."""
    del report
    given = ConvertArgs.model_validate(args)
    network = Network.model_validate(given.network)
    if given.to == "svg":
        found = check(network, given.types, given.head).nodes if given.types else None
        kinds = ops()
        groups = {op: kinds.get(op).group for op in uses(network) if op in kinds.names()}
        theme: Literal["light", "dark"] = "dark" if given.dark else "light"
        return {"text": svg(network, theme=theme, reports=found, groups=groups)}
    require(network, given.types, given.head)
    if given.to == "torch":
        text = source(network, given.types, given.head)
        return {"text": text, "lines": lines_of(text, "torch", network)}
    net = NetModule(network, given.types, given.head)
    whole = export([(net, net.initial(given.seed))], _Raw(), given.types)
    return {"base64": base64.b64encode(whole).decode("ascii")}


class _Raw:
    """Leaves the output as it is: no task is known."""

    def answer(self, output: Tensor) -> Tensor:
        return output
