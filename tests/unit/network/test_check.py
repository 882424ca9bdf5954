"""The checker tells the truth in our words, mends with one click, and never cascades."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from danlu.compile.module import NetModule
from danlu.errors import NetworkError
from danlu.network.check import MOST_PROBLEMS, check, require
from danlu.network.graph import Network
from danlu.network.laws.analysis import Analysis, Problem
from danlu.tensor import Axis, Field, TensorType
from danlu.testing.patches import patched

TABLE = TensorType(
    axes=(Axis(name="features", size=5),),
    fields=(Field(column="n", start=0, width=4), Field(column="c", start=4, cardinality=7)),
)
TYPES = {"table": TABLE}


def node(op: str, *sources: str, **params: Any) -> dict[str, Any]:
    joins = op in ("add", "multiply", "concat")
    edges = {"xs": list(sources)} if joins else {"x": sources[0]}
    return {"op": op, "in": edges} | ({"params": params} if params else {})


def document(**changes: dict[str, Any] | None) -> dict[str, Any]:
    nodes = {
        "columns": node("columns", "table"),
        "stem": node("dense", "columns", units=16),
        "act": node("activation", "stem"),
        "back": node("dense", "act", units=16),
        "sum": node("add", "stem", "back"),
        "head": node("dense", "sum", units="target"),
    }
    kept = {name: one for name, one in (nodes | changes).items() if one is not None}
    return {
        "format": "danlu.network", "version": 1, "inputs": {"table": {}}, "nodes": kept,
        "outputs": {"y": "head"},
    }  # fmt: skip


def only(found: Analysis) -> Problem:
    (problem,) = [p for p in found.problems if p.level == "error"]
    return problem


def codes(found: Analysis) -> list[str]:
    return [p.code for p in found.problems]


def test_a_sound_network_has_types_and_costs() -> None:
    found = check(document(), TYPES, 3)
    assert found.ok
    assert found.problems == ()
    assert found.nodes["columns"].shape == "12"
    assert found.nodes["stem"].parameters == 12 * 16 + 16
    assert found.nodes["stem"].macs == 12 * 16
    assert found.nodes["head"].type == TensorType(axes=(Axis(name="features", size=3),))
    assert found.totals.parameters == sum(n.parameters for n in found.nodes.values())


def test_the_parameters_are_those_of_the_module() -> None:
    net = Network.model_validate(document())
    module = NetModule(net, TYPES, 3)
    assert check(net, TYPES, 3).totals.parameters == sum(p.numel() for p in module.parameters())


MENDED = {
    # what is wrong, its code, and the fix that mends it wholly
    "categories into dense": (
        {"stem": node("dense", "table", units=16)}, "categories_unread",
        "connect 'columns' instead",
    ),
    "sizes differ": ({"back": node("dense", "act", units=8)}, "sizes_differ", "use concat"),
    "sizes differ, dense": (
        {"back": node("dense", "act", units=8)}, "sizes_differ", "insert dense, units 16",
    ),
    "wrong head": (
        {"head": node("dense", "sum", units=7)}, "head_mismatch", "set 'units' to target",
    ),
    "no head": ({"head": node("activation", "sum")}, "head_mismatch", "add a dense head"),
    "unknown op": ({"act": node("activaton", "stem")}, "op_unknown", "use activation"),
    "unknown word": (
        {"act": node("activation", "stem", kind="rellu")}, "param_type", "set 'kind' to relu",
    ),
    "below a bound": (
        {"act": node("dropout", "stem", p=2)}, "param_bounds", "set 'p' to 0.95",
    ),
    "unknown parameter": (
        {"stem": node("dense", "columns", units=16, dropout=1)}, "param_unknown",
        "remove 'dropout'",
    ),
    "number as text": (
        {"stem": node("dense", "columns", units="16")}, "param_type", "set 'units' to 16",
    ),
    "unknown source": (
        {"act": node("activation", "stm")}, "source_unknown", "connect 'stem' instead",
    ),
    "missing input": (
        {"act": {"op": "activation"}, "back": node("dense", "act", units=12),
         "sum": node("add", "columns", "back"), "stem": None},
        "input_missing", "connect 'table'",
    ),
    "unknown port": (
        {"act": {"op": "activation", "in": {"y": "stem"}}}, "port_unknown", "connect it to 'x'",
    ),
    "two edges into one port": (
        {"act": {"op": "activation", "in": {"x": ["stem", "columns"]}}}, "port_single",
        "insert concat",
    ),
    "illegal name": (
        {"sum": None, "Bad/~n": node("add", "stem", "back"),
         "head": node("dense", "Bad/~n", units="target")},
        "name_invalid", "rename it 'add_1'",
    ),
    "off but not the same shape": (
        {"act": node("dense", "stem", units=8) | {"enabled": False}}, "off_changes_type",
        "switch it on",
    ),
    "unknown output": ({"head": None}, "output_unknown", "make 'sum' the output"),
}  # fmt: skip
STEPS = {"unknown output", "missing input"}  # the next problem is then another one


@pytest.mark.parametrize("name", MENDED)
def test_a_fix_mends_what_is_wrong(name: str) -> None:
    changes, code, title = MENDED[name]
    broken = document(**changes)
    problem = only(check(broken, TYPES, 3))
    assert problem.code == code
    assert problem.text
    fix = next(f for f in problem.fixes if f.title == title)
    after = check(patched(broken, fix.patch), TYPES, 3)
    assert code not in codes(after)
    assert after.ok or name in STEPS


@pytest.mark.parametrize("name", MENDED)
def test_every_offered_fix_can_be_applied(name: str) -> None:
    broken = document(**MENDED[name][0])
    for problem in check(broken, TYPES, 3).problems:
        after = [check(patched(broken, fix.patch), TYPES, 3) for fix in problem.fixes]
        assert all("document_invalid" not in codes(found) for found in after)


def test_the_words_name_both_ends() -> None:
    problem = only(check(document(stem=node("dense", "table", units=16)), TYPES, 3))
    assert problem.text == ("'stem': wants plain numbers, but 1 columns of 'table' are categories")


def test_one_error_greys_what_follows_and_nothing_else() -> None:
    found = check(document(stem=node("dense", "columns", units=0)), TYPES, 3)
    assert codes(found) == ["param_bounds"]
    assert found.nodes["columns"].state == "ok"
    assert found.nodes["stem"].state == "broken"
    states = {n: (r.state, r.because_of) for n, r in found.nodes.items()}
    assert states["act"] == states["sum"] == states["head"] == ("unknown", "stem")


def test_a_cycle_is_told_once_and_can_be_cut() -> None:
    broken = document(stem=node("dense", "back", units=16))
    problem = only(check(broken, TYPES, 3))
    assert problem.code == "cycle"
    assert set(problem.args["nodes"]) == {"stem", "act", "back"}
    after = check(patched(broken, problem.fixes[0].patch), TYPES, 3)
    assert "cycle" not in codes(after)


def test_a_branch_that_leads_nowhere_is_a_warning_and_goes_in_one_click() -> None:
    spare = {"one": node("dense", "stem", units=4), "two": node("activation", "one")}
    found = check(document(**spare), TYPES, 3)
    assert found.ok
    (problem,) = found.problems
    assert (problem.code, problem.level, problem.node) == ("unused", "warning", "two")
    after = check(patched(document(**spare), problem.fixes[0].patch), TYPES, 3)
    assert list(after.nodes) == list(document()["nodes"])


def test_a_node_that_is_off_passes_its_input_for_nothing() -> None:
    found = check(document(act=node("layer_norm", "stem") | {"enabled": False}), TYPES, 3)
    assert found.ok
    assert found.nodes["act"].state == "off"
    assert found.nodes["act"].parameters == 0


def test_blocks_are_refused_by_name() -> None:
    found = check(document(act={"block": "residual", "in": {"x": "stem"}}), TYPES, 3)
    assert codes(found) == ["block_unknown"]


def test_without_data_the_wiring_is_still_checked() -> None:
    found = check(document(act={"op": "activation"}), {}, 1)
    assert [(p.code, p.level) for p in found.problems if p.node != "act"] == [
        ("input_unknown", "warning")
    ]
    assert "input_missing" in codes(found)
    assert found.nodes["stem"].because_of == "table"


def test_a_network_without_weights_cannot_be_trained() -> None:
    numbers = TensorType(axes=(Axis(name="features", size=3),))
    bare = {"inputs": {"t": {}}, "nodes": {"a": node("activation", "t")}, "outputs": {"y": "a"}}
    assert codes(check(bare, {"t": numbers}, 3)) == ["nothing_learnt"]


def test_require_says_what_is_wrong_and_what_to_try() -> None:
    net = Network.model_validate(document(back=node("dense", "act", units=8)))
    with pytest.raises(NetworkError, match=r"'sum': needs equal sizes.*insert dense, units 16"):
        require(net, TYPES, 3)


DEEP = json.loads("[" * 900 + "]" * 900)
HOSTILE: dict[str, Any] = {
    "nothing": {},
    "lists": {"inputs": [], "nodes": [], "outputs": []},
    "numbers": {"inputs": 1, "nodes": 2, "outputs": 3},
    "deep": {"inputs": {}, "nodes": DEEP, "outputs": {}},
    "deep parameter": document(act={"op": "dense", "params": {"u": DEEP}}),
    "infinite": document(act=node("dropout", "stem", p=float("inf"))),
    "enormous": document(act=node("dense", "stem", units=10**40)),
    "too much memory": {
        "inputs": {"t": {}}, "outputs": {"y": "c"},
        "nodes": {"c": node("dense", "b", units=65536), "b": node("dense", "a", units=65536),
                  "a": node("columns", "table", units=1024)},
    },
    "half a surrogate": document(act=node("dense", "\ud800")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_an_answer_not_a_crash(name: str) -> None:
    assert not check(HOSTILE[name], TYPES, 3).ok


GIANTS = {
    "chain": {
        f"n{i}": node("dense", f"n{i - 1}" if i else "columns", units=8) for i in range(9990)
    },
    "ring": {f"n{i}": node("dense", f"n{(i + 1) % 9990}") for i in range(9990)},
    "pairs": {f"n{i}": node("dense", f"n{i ^ 1}") for i in range(9990)},
    "nothing is known": {f"n{i}": node(f"dens{i}", f"z{i}") for i in range(9990)},
}


@pytest.mark.parametrize("name", GIANTS)
def test_ten_thousand_nodes_are_answered_in_seconds(name: str) -> None:
    began = time.perf_counter()
    found = check(document(**GIANTS[name]), TYPES, 3)
    assert time.perf_counter() - began < 10
    assert len(found.problems) <= MOST_PROBLEMS + 1


def test_more_nodes_than_that_are_refused() -> None:
    many = {f"n{i}": node("activation", "stem") for i in range(10_001)}
    assert codes(check(document(**many), TYPES, 3)) == ["too_many_nodes"]


def test_an_edit_of_two_hundred_nodes_is_checked_while_typing() -> None:
    chain = {f"n{i}": node("dense", f"n{i - 1}" if i else "stem", units=16) for i in range(200)}
    check(document(**chain), TYPES, 3)
    chain["n100"] = node("dense", "n99", units=17)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        check(document(**chain), TYPES, 3)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.15


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["act", "back", "sum", "stem", "new"]),
        st.fixed_dictionaries(
            {"op": st.sampled_from(["dense", "add", "concat", "columns", "dropout", "nope"])},
            optional={
                "in": st.dictionaries(
                    st.sampled_from(["x", "xs"]),
                    st.sampled_from(["table", "stem", "sum", "new", "back"])
                    | st.lists(st.sampled_from(["act", "stem", "back", "gone"]), max_size=3),
                    max_size=2,
                ),
                "params": st.dictionaries(
                    st.sampled_from(["units", "p", "kind"]),
                    st.sampled_from([0, 8, 16, -1, "target", None, [1], 0.5, True]),
                    max_size=2,
                ),
                "enabled": st.booleans(),
            },
        ),
    )
)
def test_what_the_checker_passes_can_be_built_and_the_rest_cannot(changes: dict[str, Any]) -> None:
    wild = document(**changes)
    found = check(wild, TYPES, 3)
    for problem in found.problems:
        assert problem.text
        assert all(
            isinstance(check(patched(wild, f.patch), TYPES, 3), Analysis) for f in problem.fixes
        )
    if found.ok:
        NetModule(Network.model_validate(wild), TYPES, 3)
