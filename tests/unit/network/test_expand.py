"""Blocks, repeats, choices and ties become one flat network, or are refused in time."""

import copy
import time
import tracemalloc

import pytest
import torch

from danlu.compile.key import dials_of, program_key
from danlu.compile.module import NetModule
from danlu.errors import NetworkError
from danlu.network.catalogue import fields
from danlu.network.check import check
from danlu.network.expand import expand, expansion
from danlu.network.graph import Network
from danlu.network.ops.base import Live
from danlu.tensor import TensorType

TYPES = {"table": TensorType.of("features=5")}
RESIDUAL = {
    "params": {"units": 8, "p": 0.1}, "inputs": ["x"], "output": "sum",
    "nodes": {
        "up": {"op": "dense", "params": {"units": {"var": "units * 2"}}, "in": {"x": "x"}},
        "act": {"op": "activation", "in": {"x": "up"}},
        "drop": {"op": "dropout", "params": {"p": {"var": "p"}}, "in": {"x": "act"}},
        "down": {"op": "dense", "params": {"units": {"var": "units"}}, "in": {"x": "drop"}},
        "sum": {"op": "add", "in": {"xs": ["x", "down"]}},
    },
}  # fmt: skip


def document(blocks=None, **nodes):
    stem = {"op": "dense", "params": {"units": 8}, "in": {"x": "table"}}
    head = {"op": "dense", "params": {"units": "target"}, "in": {"x": "res"}}
    return {
        "format": "danlu.network", "version": 2, "inputs": {"table": {}},
        "nodes": {"stem": stem, "res": {"block": "residual", "in": {"x": "stem"}}, "head": head}
        | nodes,
        "blocks": copy.deepcopy(blocks or {"residual": RESIDUAL}), "outputs": {"y": "head"},
    }  # fmt: skip


def network(blocks=None, **nodes):
    return Network.model_validate(document(blocks, **nodes))


def use(**more):
    return {"block": "residual", "in": {"x": "stem"}, **more}


def weights(net, seed=0):
    module = NetModule(net, TYPES, 2)
    return module, module.initial(seed)


def codes(net):
    return [(p.code, p.block, p.node) for p in check(net, TYPES, 2).problems]


def test_a_block_is_filed_under_its_node() -> None:
    assert [n for n in expand(network()).nodes if n.startswith("res")] == [
        "res.up", "res.act", "res.drop", "res.down", "res.sum"
    ]  # fmt: skip


def test_parameters_reach_the_ops_through_arithmetic() -> None:
    flat = expand(network(res=use(params={"units": 8})))
    assert flat.nodes["res.up"].params == {"units": 16}


def test_a_repeat_is_a_chain_with_weights_of_its_own() -> None:
    module, first = weights(network(res=use(repeat=2)))
    assert "res.0.up.weight" in first
    assert not torch.equal(first["res.0.up.weight"], first["res.1.up.weight"])
    assert module.state_dict().keys() == first.keys()


def test_a_shared_repeat_has_the_weights_of_one() -> None:
    _, first = weights(network(res=use(repeat=3, shared=True)))
    assert [n for n in first if "up.weight" in n] == ["res.0.up.weight"]


def test_a_shared_repeat_is_the_same_function_three_times() -> None:
    module, first = weights(network(res=use(repeat=3, shared=True)))
    once, _ = weights(network())
    module.load_state_dict(first)
    once.load_state_dict({n.replace("res.0.", "res."): w for n, w in first.items()})
    x = torch.randn(4, 5)
    h = torch.nn.functional.linear(x, first["stem.weight"], first["stem.bias"])
    for _ in range(3):
        up = torch.relu(
            torch.nn.functional.linear(h, first["res.0.up.weight"], first["res.0.up.bias"])
        )
        h = h + torch.nn.functional.linear(up, first["res.0.down.weight"], first["res.0.down.bias"])
    wanted = torch.nn.functional.linear(h, first["head.weight"], first["head.bias"])
    torch.testing.assert_close(module({"table": x}, Live())["y"], wanted)


def test_ops_that_repeat_within_a_shared_repeat_keep_their_own_weights() -> None:
    inner = {"op": "dense", "params": {"units": 8}, "in": {"x": "x"}, "repeat": 2}
    blocks = {"residual": {"inputs": ["x"], "nodes": {"deep": inner}, "output": "deep"}}
    flat = expand(network(blocks=blocks, res=use(repeat=2, shared=True)))
    tied = {name: node.tied for name, node in flat.nodes.items() if name.startswith("res.1")}
    assert tied == {"res.1.deep.0": "res.0.deep.0", "res.1.deep.1": "res.0.deep.1"}


def test_an_op_may_be_repeated_too() -> None:
    res = {"op": "dense", "params": {"units": 8}, "repeat": 3, "in": {"x": "stem"}}
    _, first = weights(network(res=res))
    assert {"res.0.weight", "res.1.weight", "res.2.weight"} <= first.keys()


def test_a_tied_node_brings_no_weights() -> None:
    res = {"op": "dense", "params": {"units": 8}, "in": {"x": "stem"}}
    again = {"op": "dense", "params": {"units": 8}, "in": {"x": "res"}, "tied": "res"}
    head = {"op": "dense", "params": {"units": "target"}, "in": {"x": "again"}}
    net = network(res=res, again=again, head=head)
    _, first = weights(net)
    assert "again.weight" not in first
    assert check(net, TYPES, 2).nodes["again"].parameters == 0


def test_a_tie_to_other_sizes_is_refused() -> None:
    res = {"op": "dense", "params": {"units": 9}, "in": {"x": "stem"}, "tied": "stem"}
    assert codes(network(res=res)) == [("tied_differs", None, "res")]


def test_a_tie_to_nothing_is_refused() -> None:
    res = {"op": "dense", "params": {"units": 8}, "in": {"x": "stem"}, "tied": "stern"}
    assert codes(network(res=res)) == [("tied_unknown", None, "res")]


def test_frozen_reaches_into_blocks() -> None:
    module, _ = weights(network(res=use(frozen=True)))
    assert module.frozen == {
        "res.up.weight", "res.up.bias", "res.down.weight", "res.down.bias"
    }  # fmt: skip


def test_a_choice_is_one_of_its_options_at_a_time() -> None:
    res = {
        "choices": {
            "wide": {"op": "dense", "params": {"units": 32}}, "deep": {"block": "residual"}
        },
        "choose": "wide", "in": {"x": "stem"},
    }  # fmt: skip
    net = network(res=res)
    assert expand(net).nodes["res"].params == {"units": 32}
    assert "res.up" in expand(net.with_values({"res.choose": "deep"})).nodes
    assert expand(net.with_values({"res.wide.units": 16})).nodes["res"].params == {"units": 16}


def test_a_choice_of_which_nothing_is_known_is_refused() -> None:
    res = {"choices": {"wide": {"op": "dense"}}, "choose": "wild", "in": {"x": "stem"}}
    found = check(network(res=res), TYPES, 2)
    assert [p.code for p in found.problems] == ["choice_unknown"]
    assert found.problems[0].fixes[0].patch == [
        {"op": "add", "path": "/nodes/res/choose", "value": "wide"}
    ]


def test_a_block_that_is_off_passes_its_input() -> None:
    net = network(res=use(enabled=False))
    found = check(net, TYPES, 2)
    assert found.ok
    assert (found.nodes["res"].state, found.nodes["res"].parameters) == ("off", 0)
    _, first = weights(net)
    assert set(first) == {"stem.weight", "stem.bias", "head.weight", "head.bias"}


def test_a_block_that_changes_the_type_can_be_neither_off_nor_repeated() -> None:
    narrow = {"params": {}, "inputs": ["x"], "output": "d", "nodes": {
        "d": {"op": "dense", "params": {"units": 3}, "in": {"x": "x"}}}}  # fmt: skip
    off = network({"residual": narrow}, res=use(enabled=False))
    assert codes(off) == [("off_changes_type", None, "res")]
    assert ("repeat_changes_type", None, "res") in codes(
        network({"residual": narrow | {"nodes": {"d": {"op": "concat", "in": {"xs": ["x", "x"]}}}}},
                res=use(repeat=2))
    )  # fmt: skip


def test_a_report_sums_up_what_is_inside() -> None:
    found = check(network(res=use(repeat=2)), TYPES, 2)
    inside = [r.parameters for path, r in found.nodes.items() if path.startswith("res.")]
    assert found.nodes["res"].parameters == sum(inside) > 0
    assert found.nodes["res"].shape == "8"


def test_a_problem_in_a_block_is_told_of_once_with_a_fix_where_it_is_written() -> None:
    broken = copy.deepcopy(RESIDUAL)
    broken["nodes"]["up"]["params"] = {"unit": 16}
    found = check(document({"residual": broken}, res=use(repeat=3)), TYPES, 2)
    assert [(p.code, p.block, p.node) for p in found.problems] == [
        ("param_unknown", "residual", "up")
    ]
    assert found.problems[0].fixes[0].patch[0]["path"].startswith("/blocks/residual/nodes/up")


def test_sizes_that_do_not_meet_in_a_block_are_found_where_it_runs() -> None:
    found = check(network(res=use(params={"units": 6})), TYPES, 2)
    assert [(p.code, p.block, p.node, p.path) for p in found.problems] == [
        ("sizes_differ", "residual", "sum", "res.sum")
    ]


def test_dials_of_a_block_do_not_split_cohorts_and_sizes_do() -> None:
    net = network(res=use(repeat=2))
    assert dials_of(net.with_values({"res.p": 0.3}))["res.1.drop.p"] == 0.3
    assert program_key(net) == program_key(net.with_values({"res.p": 0.3}))
    assert program_key(net) != program_key(net.with_values({"res.units": 4}))
    assert program_key(net) != program_key(net.with_values({"res.repeat": 3}))


def test_a_space_reaches_the_parameters_of_a_block() -> None:
    found = fields(network(res=use(repeat=2)))
    assert found["res.p"]["role"] == "dial"
    assert found["res.p"]["maximum"] == 0.95
    assert (found["res.units"]["role"], found["res.repeat"]["default"]) == ("size", 2)


def nested(depth):
    """Return a document of ``depth`` blocks, each twice in the one above."""

    def pair(below):
        return {"p": {"block": below, "in": {"x": "x"}}, "q": {"block": below, "in": {"x": "p"}}}

    twice = {
        f"b{i}": {"inputs": ["x"], "output": "q", "nodes": pair(f"b{i + 1}")} for i in range(depth)
    }
    leaf = {"inputs": ["x"], "output": "a", "nodes": {"a": {"op": "activation", "in": {"x": "x"}}}}
    return document({**twice, f"b{depth}": leaf}, res={"block": "b0", "in": {"x": "stem"}})


def recursive():
    own = {"inputs": ["x"], "output": "again", "nodes": {
        "again": {"block": "residual", "in": {"x": "x"}}}}  # fmt: skip
    return document({"residual": own})


def overflowing():
    far = copy.deepcopy(RESIDUAL)
    far["nodes"]["up"]["params"]["units"] = {"var": "units * 99999 * 99999 * 99999"}
    return document({"residual": far})


HOSTILE = {
    "repeat": (document(res=use(repeat=10**9)), "too_many_nodes"),
    "doubling": (nested(15), "too_many_nodes"),
    "deep": (nested(40), "blocks_deep"),
    "recursion": (recursive(), "block_recursion"),
    "overflow": (overflowing(), "expression_range"),
    "no repeat": (document(res=use(repeat=0)), "repeat_invalid"),
    "code": (document(res=use(params={"units": {"var": "().__class__"}})), "expression_syntax"),
    "no block": (document(res={"block": "residula", "in": {"x": "stem"}}), "block_unknown"),
    "no input": (document(res={"block": "residual", "in": {"y": "stem"}}), "port_unknown"),
    "twice": (document(res={"block": "residual", "in": {"x": ["stem", "stem"]}}), "port_single"),
    "no parameter": (document(res=use(params={"unit": 3})), "param_unknown"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_expanded_is_refused_at_once(name: str) -> None:
    written, code = HOSTILE[name]
    tracemalloc.start()
    before = time.process_time()
    found = check(written, TYPES, 2)
    seconds, (_, peak) = time.process_time() - before, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert code in [p.code for p in found.problems]
    assert all(p.sentence() for p in found.problems)
    assert seconds < 1
    assert peak < 200 * 2**20
    with pytest.raises(NetworkError):
        NetModule(Network.model_validate(written), TYPES, 2)


def test_no_instance_is_made_of_what_is_refused() -> None:
    assert expansion(network(res=use(repeat=10**9))).nodes == {}


def test_a_document_of_the_first_version_is_upgraded() -> None:
    old = document(res={"op": "activation", "in": {"x": "stem"}}) | {"version": 1, "blocks": {}}
    assert Network.model_validate(old).document()["version"] == 2


def test_the_order_of_outputs_is_part_of_the_hash_and_that_of_names_is_not() -> None:
    net = document(res={"op": "activation", "in": {"x": "stem"}})
    two, turned = (
        {**net, "outputs": o} for o in ({"y": "head", "z": "res"}, {"z": "res", "y": "head"})
    )
    assert Network.model_validate(two).hash != Network.model_validate(turned).hash
    shuffled = {**net, "nodes": dict(reversed(net["nodes"].items()))}
    assert Network.model_validate(net).hash == Network.model_validate(shuffled).hash
