"""Repeats: chains that say the same become one block, their weights under its name."""

from danlu.network.file import parse
from danlu.network.sketching.repeats import fold, repeats


def test_two_chains_fold_one_after_the_other() -> None:
    network = parse("""
    inputs: {t: {}}
    nodes:
      in: {op: dense, params: {units: 4}, in: {x: t}}
      a0: {op: dense, params: {units: 4}, in: {x: in}}
      a1: {op: dense, params: {units: 4}, in: {x: a0}}
      b0: {op: bias, in: {x: a1}}
      c0: {op: add, in: {xs: [b0, a1]}}
      b1: {op: bias, in: {x: c0}}
      c1: {op: add, in: {xs: [b1, c0]}}
    outputs: {y: c1}
    """)
    shapes = {"t": (3,), **dict.fromkeys(network.nodes, (4,))}
    dense, sums = repeats(network, shapes)
    assert (dense.nodes, dense.times) == (("a0",), 2)
    assert (sums.nodes, sums.times) == (("b0", "c0"), 2)
    weights = {"a1.weight": 1, "b1.bias": 2, "in.weight": 3}
    network, weights = fold(network, weights, dense, "dense")
    network, weights = fold(network, weights, sums, "sums")
    assert [*network.nodes] == ["in", "dense", "sums"]
    assert network.nodes["sums"].in_ == {"x": "dense"}
    assert network.outputs == {"y": "sums"}
    assert weights == {"dense.1.a0.weight": 1, "sums.1.b0.bias": 2, "in.weight": 3}


def test_a_chain_whose_first_part_is_larger_is_no_repeat() -> None:
    network = parse("""
    inputs: {t: {}}
    nodes:
      a: {op: dense, params: {units: 4}, in: {x: t}}
      b: {op: dense, params: {units: 4}, in: {x: a}}
    outputs: {y: b}
    """)
    assert repeats(network, {"t": (9,), "a": (4,), "b": (4,)}) == ()
