"""A network that ONNX cannot hold is refused by the name of the node and its op."""

import pytest
import torch
from torch import Tensor

from danlu.compile.module import NetModule
from danlu.compile.onnx import export
from danlu.errors import BundleError
from danlu.network.ops.base import Layer, Live
from danlu.network.propose import propose
from danlu.tasks.regression import Regression
from danlu.testing.ops import TABLE


class Eigen(Layer):
    """What no ONNX operator computes."""

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Add eigenvalues to the rows."""
        del node, live
        x = tensors[0]
        return x + torch.linalg.eigvals(x[:, :, None] * x[:, None, :]).real.sum(-1, keepdim=True)


def test_the_refusal_names_the_node_and_its_op() -> None:
    task = Regression(target="y", mean=0.0, scale=1.0)
    found = propose({"table": TABLE}, rows=300, task="regression", head=1)
    net = NetModule(found.network, {"table": TABLE}, 1)
    at = len(net.wires) - 2
    layer = Eigen()
    net.wires[at] = net.wires[at]._replace(layer=layer)
    net.add_module("eigen", layer)
    with pytest.raises(BundleError) as caught:
        export([(net, net.initial(0))], task, {"table": TABLE})
    assert caught.value.code == "onnx_node"
    assert caught.value.values["node"] == net.wires[at].node
    assert caught.value.values["op"] == "test_unexported"
    assert "eig" in caught.value.values["why"]
