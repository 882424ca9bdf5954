"""Problems that no other test brings about, each by the smallest document that has it."""

from typing import ClassVar

import pytest

from danlu.network.check import check
from danlu.network.ops.base import Layer, Op, Refusal, Source, trace
from danlu.tensor import TensorType
from danlu.testing.ops import TABLE

TYPES = {
    "table": TABLE, "vector": TensorType.of("features=5"),
    "words": TensorType.of("length=6", dtype="int64"),
    "image": TensorType.of("channels=1, height=8, width=6"),
}  # fmt: skip
HEAD = {"op": "dense", "params": {"units": "target"}}


def document(inputs, nodes, **more):
    return {"inputs": {n: {} for n in inputs}, "nodes": nodes, "outputs": {"y": "head"}, **more}


def told(*given, head=2, **more):
    return {p.code: p for p in check(document(*given, **more), TYPES, head).problems}


def one(op, source, **params):
    nodes = {"it": {"op": op, "params": params, "in": {"x": source}}, "head": HEAD | reads("it")}
    return told([source], nodes)


def reads(source):
    return {"in": {"x": source}}


@pytest.mark.parametrize(("op", "params", "fixes"), [
    ("conv2d", {"kernel": 7, "padding": "valid"}, [("padding", "same"), ("kernel", 6)]),
    ("patches", {"size": 5}, [("size", 2)]),
    ("group_norm", {"groups": 3}, [("groups", 1)]),
])  # fmt: skip
def test_a_parameter_that_would_fit_is_offered(op, params, fixes) -> None:
    nodes = {"it": {"op": op, "params": params, **reads("image")}, "head": HEAD | reads("it")}
    offered = next(p.fixes for p in told(["image"], nodes).values() if p.node == "it")
    assert [(f.args["param"], f.args["value"]) for f in offered if f.code == "set_param"] == fixes


@pytest.mark.parametrize(("op", "source", "params", "code"), [
    ("embedding", "vector", {}, "categories_wanted"),
    ("columns", "vector", {}, "table_wanted"),
    ("patches", "image", {"size": 5}, "patches_uneven"),
])  # fmt: skip
def test_what_arrives_does_not_fit(op, source, params, code) -> None:
    found = one(op, source, **params)[code]
    assert found.node == "it"
    assert found.sentence()


def test_more_weights_than_can_be_numbered() -> None:
    nodes = {
        "wide": {"op": "dense", "params": {"units": 65536}, **reads("vector")},
        "head": {"op": "dense", "params": {"units": 65536}, **reads("wide")},
    }
    assert told(["vector"], nodes, head=65536)["too_large"].args["parameters"] == 65536 * 65537


def test_padding_meets_an_op_that_cannot_see_it() -> None:
    nodes = {
        "words_in": {"op": "embedding", "params": {"units": 4}, **reads("words")},
        "flat": {"op": "flatten", **reads("words_in")},
        "head": HEAD | reads("flat"),
    }
    found = told(["words"], nodes)["mask_unread"]
    assert found.node == "flat"
    assert "mean_over" in [fix.args["op"] for fix in found.fixes]


def test_a_node_called_like_an_input() -> None:
    nodes = {"vector": {"op": "activation", **reads("vector")}, "head": HEAD | reads("vector")}
    assert told(["vector"], nodes)["name_taken"].fixes[0].code == "rename"


def test_no_output_and_more_than_one() -> None:
    nodes = {"head": HEAD | reads("vector")}
    assert told(["vector"], nodes, outputs={})["output_missing"].fixes[0].code == "output"
    extra = told(["vector"], nodes, outputs={"y": "head", "z": "head"})["outputs_extra"]
    assert (extra.level, extra.args["first"]) == ("warning", "y")


def test_more_problems_than_anyone_reads() -> None:
    nodes = {f"n{i}": {"op": "dens", **reads("vector")} for i in range(150)}
    found = told(["vector"], {**nodes, "head": HEAD | reads("vector")})
    assert found["problems_many"].args["count"] >= 50


class Broken(Op):
    """Fails as torch would."""

    title: ClassVar = {"en": "Broken", "zh": "坏"}
    words: ClassVar = {"en": ("broken",), "zh": ("坏",)}
    group: ClassVar = "layers"
    formula: ClassVar = "y"

    def build(self, inputs, *, head) -> Layer:  # noqa: ARG002
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    def source(self, inputs, *, head) -> Source:  # noqa: ARG002
        return Source("{0}")


def test_what_torch_says_is_passed_on() -> None:
    found = trace(Broken(), {"x": (TYPES["vector"],)}, head=1)
    assert isinstance(found, Refusal)
    assert (found.code, found.args["message"]) == (
        "op_failed", "mat1 and mat2 shapes cannot be multiplied"
    )  # fmt: skip
