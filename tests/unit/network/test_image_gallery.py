"""Networks for pictures fit pictures of any side, and every corner of their spaces."""

import itertools

import numpy as np
import onnxruntime
import pytest
import torch

from danlu.compile.module import NetModule
from danlu.compile.onnx import export
from danlu.network.check import check
from danlu.network.gallery.base import gallery
from danlu.network.ops.base import Live
from danlu.space import Choice, Int
from danlu.tensor import TensorType

NAMES = ("alexnet_small", "lenet5", "resnet")


def proposed(name, side, head=10):
    types = {"table": TensorType.of(f"features={side * side}")}
    task = "classification" if head > 1 else "regression"
    return types, gallery().get(name)().propose(types, rows=1000, task=task, head=head)


def corners(space):
    """Return the first and the last value of every size in a space, in all combinations."""
    ends = {
        key: (span.low, span.high) if isinstance(span, Int) else (span.options[0], span.options[-1])
        for key, span in space.items()
        if isinstance(span, Int | Choice) and not key.startswith("recipe.")
    }
    return [dict(zip(ends, values, strict=True)) for values in itertools.product(*ends.values())]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", [4, 5, 7, 8, 16, 21, 28])
@pytest.mark.parametrize("head", [1, 10])
def test_any_side_fits(name, side, head):
    types, found = proposed(name, side, head)
    assert check(found.network, types, head).problems == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_corner_of_the_space_fits(name):
    types, found = proposed(name, 8)
    for values in corners(found.space):
        assert check(found.network.with_values(values), types, 10).problems == ()


@pytest.mark.parametrize("name", NAMES)
def test_numbers_that_are_no_square_do_not_fit(name):
    entry = gallery().get(name)()
    assert entry.why_not({"table": TensorType.of("features=63")})


class Plain:
    """Serves what the network gives."""

    def answer(self, output):
        return output


@pytest.mark.parametrize("name", NAMES)
def test_onnx_answers_as_torch_does(name):
    types, found = proposed(name, 8)
    net = NetModule(found.network, types, 10)
    weights = net.initial(0)
    session = onnxruntime.InferenceSession(
        export([(net, weights)], Plain(), types), providers=["CPUExecutionProvider"]
    )
    net.load_state_dict({**dict(net.named_buffers()), **weights})
    for rows in (1, 7):
        table = torch.randn(rows, 64, generator=torch.Generator().manual_seed(rows))
        with torch.no_grad():
            wanted = next(iter(net({"table": table}, Live()).values())).numpy()
        np.testing.assert_allclose(
            session.run(None, {"table": table.numpy()})[0], wanted, rtol=1e-4, atol=1e-5
        )
