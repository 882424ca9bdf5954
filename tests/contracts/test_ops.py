"""Every op keeps the contract, and answers the same in ONNX."""

import doctest
import importlib

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from danlu.compile.onnx import export_module
from danlu.network.ops.base import Live, ops
from danlu.testing.ops import OpContract, Stand, choices, draw, given, variants

OPS = ops()
CASES = [
    (f"{name}-{number}-{choice}", name, number, choice)
    for name, kind in OPS.all().items()
    for number, op in enumerate(variants(kind))
    for choice in range(choices(op) if number == 0 else 1)
]


@pytest.fixture(params=OPS.names())
def kind(request):
    return OPS.get(request.param)


@pytest.fixture(params=CASES, ids=[c[0] for c in CASES])
def stand(request):
    _, name, number, choice = request.param
    op = variants(OPS.get(name))[number]
    return Stand(op, given(op, choice))


class TestOps(OpContract):
    pass


class Branches(nn.Module):
    """Every variant of one op, side by side."""

    def __init__(self, stands):
        super().__init__()
        self.layers = nn.ModuleList(s.layer for s in stands)
        self.counts = [len(s.tensors) for s in stands]

    def forward(self, *tensors):
        start, found = 0, []
        for layer, count in zip(self.layers, self.counts, strict=True):
            out = layer(*tensors[start : start + count], node="it", live=Live())
            found.append(out.flatten(1).float())
            start += count
        return torch.cat(found, dim=1)


@pytest.mark.parametrize("name", OPS.names())
def test_onnx_gives_what_torch_gives(name: str) -> None:
    stands = []
    for _, of, number, choice in CASES:
        if of == name:
            op = variants(OPS.get(name))[number]
            stands.append(Stand(op, given(op, choice)))
            stands[-1].layer.load_state_dict({**stands[-1].weights(3), **stands[-1].buffers()})
    if stands[0].op.borrows:
        stands = stands[:0]
    branches = Branches(stands).eval()
    tensors = [t for s in stands for t in s.tensors]
    if not tensors:
        return
    names = [f"x{i}" for i in range(len(tensors))]
    session = onnxruntime.InferenceSession(
        export_module(branches, tensors, names), providers=["CPUExecutionProvider"]
    )
    for rows in (1, 7):
        types = [t for s in stands for t in s.types]
        again = [draw(t, seed=i, rows=rows) for i, t in enumerate(types)]
        with torch.no_grad():
            wanted = branches(*again).numpy()
        given_ = {n: t.numpy() for n, t in zip(names, again, strict=True)}
        kept = {i.name for i in session.get_inputs()}
        found = session.run(None, {n: v for n, v in given_.items() if n in kept})[0]
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OPS.names())
def test_its_example_runs(name: str) -> None:
    module = importlib.import_module(f"danlu.network.ops.{name}")
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
