"""Outputs of members: every one is judged, their answers are averaged."""

import torch

from danlu.compile.module import NetModule
from danlu.network.check import check
from danlu.network.graph import Network, Node, Selector
from danlu.network.members import over_members
from danlu.network.ops.base import Live, ops
from danlu.tensor import TensorType

TYPES = {"x": TensorType.of("features=5")}
NETWORK = Network(
    inputs={"x": Selector()},
    nodes={
        "many": Node(op="batch_ensemble", params={"units": 6, "members": 4}, in_={"x": "x"}),
        "act": Node(op="activation", in_={"x": "many"}),
        "more": Node(op="dense", params={"units": 7}, in_={"x": "act"}),
        "head": Node(
            op="batch_ensemble", params={"units": "target", "kind": "own"}, in_={"x": "more"}
        ),
    },
    outputs={"answer": "head"},
)


def run(network, x):
    net = NetModule(network, TYPES, 3)
    weights = net.initial(0)
    return next(iter(torch.func.functional_call(net, weights, ({"x": x}, Live())).values()))


def test_members_stay_apart_to_the_end() -> None:
    out = run(NETWORK, torch.randn(2, 5))
    assert out.shape == (2, 4, 3)
    assert (out[:, 0] - out[:, 1]).abs().max() > 1e-3


def test_an_output_of_members_fits_the_target() -> None:
    assert check(NETWORK, TYPES, head=3).problems == ()


def test_each_member_is_judged_for_itself() -> None:
    out, wanted = torch.randn(6, 4, 1), torch.randn(6)
    found = over_members(lambda o, y: (o[:, 0] - y).square(), out, wanted)
    torch.testing.assert_close(found, (out[..., 0] - wanted[:, None]).square().mean(1))


def test_a_sequence_is_no_set_of_members() -> None:
    op = ops().get("batch_ensemble")()
    found = op.refuse({"x": (TensorType.of("length=4, features=5"),)})
    assert found is not None
    assert found.code == "axes_mismatch"
