from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from danlu.errors import BundleError
from danlu.serve.onnx_file import check_onnx
from danlu.testing.bundles import dense_onnx, dense_weights


@pytest.fixture
def model() -> onnx.ModelProto:
    return onnx.load_model_from_string(dense_onnx(dense_weights([4, 3, 2], seed=0), "table"))


def refusal(model: onnx.ModelProto) -> str:
    with pytest.raises(BundleError) as caught:
        check_onnx(model.SerializeToString())
    assert caught.value.code == "onnx_refused"
    return caught.value.what


def test_plain_model_passes(model: onnx.ModelProto) -> None:
    check_onnx(model.SerializeToString())


def test_external_tensor_is_refused_by_name(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    assert "'w0'" in refusal(model)


def test_external_tensor_in_an_attribute_is_refused(model: onnx.ModelProto) -> None:
    tensor = TensorProto(name="hidden", data_type=1, dims=[1])
    tensor.external_data.add(key="location", value="weights.bin")
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=tensor))
    assert "'hidden'" in refusal(model)


def test_foreign_operator_inside_a_branch_is_refused(model: onnx.ModelProto) -> None:
    foreign = helper.make_node("Gelu", ["x"], ["y"], name="odd", domain="com.microsoft")
    branch = helper.make_graph([foreign], "branch", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["o"], then_branch=branch))
    assert "com.microsoft" in refusal(model)


def test_foreign_operator_set_is_refused(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("ai.onnx.training", 1))
    assert "ai.onnx.training" in refusal(model)


def test_of_the_classical_domain_only_trees_pass(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 5))
    model.graph.node.append(helper.make_node("TreeEnsemble", ["x"], ["t"], domain="ai.onnx.ml"))
    check_onnx(model.SerializeToString())
    model.graph.node.append(helper.make_node("SVMRegressor", ["x"], ["s"], domain="ai.onnx.ml"))
    assert "SVMRegressor" in refusal(model)


def test_functions_are_refused(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("", "f", ["x"], ["x"], [], opset))
    assert "functions" in refusal(model)


def test_endless_nesting_is_refused(model: onnx.ModelProto) -> None:
    graph = helper.make_graph([], "leaf", [], [])
    for _ in range(12):
        node = helper.make_node("If", ["c"], ["o"], then_branch=graph)
        graph = helper.make_graph([node], "nest", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["o"], then_branch=graph))
    assert "deeper" in refusal(model)


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_cut_file_is_refused(model: onnx.ModelProto, cut: int) -> None:
    with pytest.raises(BundleError):
        check_onnx(model.SerializeToString()[:-cut])


def test_random_bytes_never_crash() -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        try:
            check_onnx(rng.bytes(64))
        except BundleError:
            refused += 1
    assert refused == 300
