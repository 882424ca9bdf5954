"""A network is a frozen document with a hash that forgets the order of names."""

import pytest

from danlu.errors import NetworkError
from danlu.network.graph import Network, Node, Selector


def chain(*ops: str) -> Network:
    sources = ["table", *(f"n{i}" for i in range(len(ops)))]
    nodes = {f"n{i}": Node(op=op, in_={"x": sources[i]}) for i, op in enumerate(ops)}
    return Network(inputs={"table": Selector()}, nodes=nodes, outputs={"y": sources[-1]})


def test_the_order_of_names_does_not_change_the_hash() -> None:
    net = chain("columns", "dense", "dense")
    turned = net.model_copy(update={"nodes": dict(reversed(net.nodes.items()))})
    assert list(turned.nodes) != list(net.nodes)
    assert turned.hash == net.hash


def test_a_value_changes_the_hash_and_nothing_in_the_first_network() -> None:
    net = chain("columns", "dense")
    wider = net.with_values({"n1.units": 128})
    assert wider.hash != net.hash
    assert net.nodes["n1"].params == {}


def test_a_default_written_out_is_the_same_network() -> None:
    plain = Network.model_validate(chain("columns").document())
    spoken = chain("columns").document()
    spoken["nodes"]["n0"] |= {"enabled": True, "repeat": 1, "params": {}}
    assert Network.model_validate(spoken).hash == plain.hash


def test_recipe_values_are_left_out() -> None:
    net = chain("columns", "dense")
    assert net.with_values({"recipe.learning_rate": 0.1}) == net


def test_a_node_can_be_switched_off() -> None:
    assert not chain("columns").with_values({"n0.enabled": False}).nodes["n0"].enabled


def test_a_value_of_no_node_names_the_nearest() -> None:
    with pytest.raises(NetworkError, match="Did you mean 'n1'") as caught:
        chain("columns", "dense").with_values({"n11.units": 3})
    assert caught.value.code == "node_unknown"


def test_a_node_comes_after_what_it_reads() -> None:
    net = chain("columns", "dense", "dense")
    turned = net.model_copy(update={"nodes": dict(reversed(net.nodes.items()))})
    assert turned.order() == ("n0", "n1", "n2")


def test_a_cycle_has_no_order() -> None:
    nodes = {"a": Node(op="dense", in_={"x": "b"}), "b": Node(op="dense", in_={"x": "a"})}
    with pytest.raises(NetworkError) as caught:
        Network(inputs={}, nodes=nodes, outputs={"y": "a"}).order()
    assert caught.value.code == "cycle"
    assert caught.value.values["nodes"] == ["a", "b"]


def test_what_is_not_a_finite_number_has_no_hash() -> None:
    net = chain("dropout").with_values({"n0.p": float("nan")})
    with pytest.raises(NetworkError) as caught:
        _ = net.hash
    assert caught.value.code == "not_finite"


def test_spaces_in_an_expression_do_not_change_the_hash() -> None:
    found = set()
    for text in ("units*2", "units * 2", " (units)  *2 "):
        inner = {"op": "dense", "params": {"units": {"var": text}}, "in": {"x": "x"}}
        block = {"params": {"units": 4}, "nodes": {"up": inner}, "output": "up"}
        document = {
            "inputs": {"t": {}}, "nodes": {"a": {"block": "b", "in": {"x": "t"}}},
            "blocks": {"b": block}, "outputs": {"y": "a"},
        }  # fmt: skip
        network = Network.model_validate(document)
        assert network.blocks["b"].nodes["up"].params["units"] == {"var": text}
        found.add(network.hash)
    assert len(found) == 1
