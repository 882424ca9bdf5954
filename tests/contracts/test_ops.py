"""Every op keeps the contract, and answers the same in ONNX."""

import numpy as np
import onnxruntime
import pytest
import torch

from danlu.compile.module import NetModule
from danlu.compile.onnx import export
from danlu.network.graph import Network, Node, Selector
from danlu.network.ops.base import Live, ops
from danlu.tasks.classification import Classification
from danlu.testing.ops import TABLE, VECTOR, OpContract, Stand, draw, given, variants

OPS = ops()
CASES = [(name, op) for name, kind in OPS.all().items() for op in variants(kind)]


@pytest.fixture(params=OPS.names())
def kind(request):
    return OPS.get(request.param)


@pytest.fixture(params=CASES, ids=[f"{n}-{op}" for n, op in CASES])
def stand(request):
    return Stand(*request.param)


class TestOps(OpContract):
    pass


@pytest.fixture(scope="module")
def branches():
    """One network with every op in every variant as a branch, exported once."""
    types = {"vector": VECTOR, "table": TABLE}
    nodes, widths = {}, {}
    for number, (name, op) in enumerate(CASES):
        port = op.ports[0]
        source = "vector" if port.wants == "vector" else "table"
        edges = (source, source) if port.many else source
        assert len(op.ports) == 1
        assert len(given(port)) == (2 if port.many else 1)
        nodes[f"b{number:02}"] = Node(op=name, params=op.model_dump(), in_={port.name: edges})
    nodes["all"] = Node(op="concat", in_={"xs": tuple(nodes)})
    network = Network(inputs={n: Selector() for n in types}, nodes=nodes, outputs={"out": "all"})
    module = NetModule(network, types, 1)
    state = {
        **module.initial(3),
        **{n: torch.rand_like(b) + 0.5 for n, b in module.named_buffers()},
    }
    tensors = {"vector": draw(VECTOR, seed=5), "table": draw(TABLE, seed=6)}
    module.load_state_dict(state)
    wanted = module(tensors, Live())["out"].detach().numpy()
    classes = tuple(range(wanted.shape[1]))
    task = Classification(target="y", classes=classes, labels_are="number")
    session = onnxruntime.InferenceSession(
        export([(module, state)], task, types), providers=["CPUExecutionProvider"]
    )
    found = np.log(session.run(None, {n: t.numpy() for n, t in tensors.items()})[0])
    wanted, found = wanted - wanted[:, :1], found - found[:, :1]  # softmax forgets a constant
    for number, (_, op) in enumerate(CASES):
        stand = Stand(CASES[number][0], op)
        widths[f"b{number:02}"] = stand.run(stand.state(0), Live()).shape[1]
    ends = np.cumsum(list(widths.values()))
    return {n: (wanted[:, e - w : e], found[:, e - w : e])
            for (n, w), e in zip(widths.items(), ends, strict=True)}  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{n}-{op}" for n, op in CASES])
def test_onnx_gives_what_torch_gives(branches, number: int) -> None:
    wanted, found = branches[f"b{number:02}"]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
