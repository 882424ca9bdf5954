"""The exported graph answers like the members, averaged, for any number of rows."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch.func import functional_call

from danlu.compile.module import NetModule
from danlu.compile.onnx import export
from danlu.network.ops.base import Live
from danlu.network.propose import propose
from danlu.tasks.base import Task
from danlu.tasks.classification import Classification
from danlu.tasks.regression import Regression
from danlu.testing.ops import TABLE, VECTOR, draw

TASKS: dict[str, Task] = {
    "two classes": Classification(target="y", classes=(False, True), labels_are="boolean"),
    "three classes": Classification(target="y", classes=("a", "b", "c"), labels_are="category"),
    "a quantity": Regression(target="y", mean=-3.0, scale=20.0),
}
TYPES = {"table": TABLE, "spare": VECTOR}


@pytest.fixture(scope="module", params=TASKS)
def exported(request):
    """A task, two members with weights of their own, and their one graph."""
    task = TASKS[request.param]
    found = propose({"table": TABLE}, rows=300, task="classification", head=task.head)
    net = NetModule(found.network, TYPES, task.head)
    members = [(net, net.initial(seed)) for seed in (0, 1)]
    return task, members, export(members, task, TYPES)


@pytest.mark.parametrize("rows", [1, 7])
def test_it_gives_the_mean_of_the_members(exported, rows: int) -> None:
    task, members, content = exported
    x = draw(TABLE, seed=9, rows=rows)
    alone = [
        task.answer(functional_call(n, w, ({"table": x}, Live()))["answer"]) for n, w in members
    ]
    wanted = torch.stack(alone).mean(dim=0)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    spare = np.zeros((rows, 5), dtype=np.float32)
    (found,) = session.run(["answer"], {"table": x.numpy(), "spare": spare})
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5, atol=1e-5)


def test_it_is_plain_onnx_with_all_inside(exported) -> None:
    model = onnx.load_from_string(exported[2])
    onnx.checker.check_model(model)
    assert [o.domain for o in model.opset_import] == [""]
    assert {n.domain for n in model.graph.node} == {""}
    assert not model.functions
    assert [i.name for i in model.graph.input] == ["table", "spare"]
    assert [o.name for o in model.graph.output] == ["answer"]


def test_it_says_nothing_of_the_machine_that_made_it(exported) -> None:
    model = onnx.load_from_string(exported[2])
    assert not [n.name for n in model.graph.node if n.metadata_props or n.doc_string]
    assert b".py" not in exported[2]


def test_the_same_members_give_the_same_bytes() -> None:
    task = TASKS["two classes"]
    found = propose({"table": TABLE}, rows=300, task="classification", head=1)
    net = NetModule(found.network, {"table": TABLE}, 1)
    twice = [export([(net, net.initial(0))], task, {"table": TABLE}) for _ in range(2)]
    assert twice[0] == twice[1]
