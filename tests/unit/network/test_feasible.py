"""What a space may do to a network is tried before any trial is."""

from danlu.network.feasible import feasible
from danlu.network.graph import Network
from danlu.space import Choice, Float, Int
from danlu.tensor import TensorType

TYPES = {"image": TensorType.of("channels=1, height=8, width=8")}


def network():
    """Return a picture read by one convolution as often as the space says."""
    conv = {"op": "conv2d", "params": {"channels": 1, "kernel": 3, "padding": "valid"}}
    return Network.model_validate({
        "inputs": {"image": {}}, "outputs": {"y": "head"},
        "nodes": {
            "conv": conv | {"in": {"x": "image"}}, "drop": {"op": "dropout", "in": {"x": "conv"}},
            "conv_2": conv | {"in": {"x": "drop"}},
            "flat": {"op": "flatten", "in": {"x": "conv_2"}},
            "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "flat"}},
        },
    })  # fmt: skip


def test_kernels_larger_than_what_is_left_are_counted() -> None:
    space = {"conv.kernel": Choice(3, 5, 7), "conv_2.kernel": Choice(3, 5)}
    found = feasible(network(), space, TYPES, 2)  # 8 - 6 = 2 pixels are left after kernel 7
    assert (found.combinations, found.tried, found.infeasible) == (6, 6, 3)
    assert sum(c.count for c in found.causes) == 3
    assert "3 of 6 combinations cannot run" in found.sentence()


def test_the_cause_names_the_values_that_bring_it_about() -> None:
    space = {"conv.kernel": Choice(3, 7), "conv_2.kernel": Choice(1, 3)}
    found = feasible(network(), space, TYPES, 2)
    assert found.infeasible == 1
    assert found.causes[0].when == {"conv.kernel": 7, "conv_2.kernel": 3}
    assert found.causes[0].node == "conv_2"


def test_dials_and_the_recipe_shape_nothing() -> None:
    space = {"drop.p": Float(0.0, 0.5), "recipe.learning_rate": Float(1e-4, 1e-2, log=True)}
    found = feasible(network(), space, TYPES, 2)
    assert (found.combinations, found.infeasible) == (1, 0)


def test_many_combinations_are_sampled_the_same_way_every_time() -> None:
    space = {"conv.channels": Int(1, 64), "conv_2.channels": Int(1, 64), "conv.kernel": Int(1, 8)}
    first, again = (feasible(network(), space, TYPES, 2, most=50) for _ in range(2))
    assert first == again
    assert (first.tried, first.combinations) == (50, 512)
