"""Specs: what is refused, what is suggested, what typed words become."""

import pytest

from danlu.errors import InvalidError, SpaceError
from danlu.experiment.plan import Spec, asked, seed_of
from danlu.network.graph import Network

NETWORK = Network.model_validate({
    "inputs": {"table": {}}, "outputs": {"answer": "head"},
    "nodes": {
        "hidden": {"op": "dense", "params": {"units": 8}, "in": {"x": "table"}},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "hidden"}},
    },
})  # fmt: skip


def spec(**fields):
    return Spec.of({"data": "late", "target": "y", **fields})


def test_a_misspelt_field_gets_its_near_miss():
    with pytest.raises(InvalidError, match="Did you mean 'trials'"):
        spec(trails=3)


@pytest.mark.parametrize("fields", [{"trials": 0}, {"epochs": 0}, {"seed": -1}, {"members": 0}])
def test_an_impossible_number_names_its_field(fields):
    (name,) = fields
    with pytest.raises(InvalidError) as caught:
        spec(**fields)
    assert caught.value.values["field"] == name


def test_an_impossible_split_names_its_field():
    with pytest.raises(InvalidError) as caught:
        spec(split={"method": "alphabetical"})
    assert caught.value.values["field"] == "split.method"


def test_a_spec_survives_its_json():
    before = spec(split={"method": "time"}, space={"recipe.epochs": {"int": [1, 3]}})
    assert Spec.of(before.model_dump(mode="json")) == before


def test_every_trial_has_a_seed_of_its_own():
    seeds = {seed_of(spec(seed=s), n) for s in range(20) for n in range(200)}
    assert len(seeds) == 4000


def test_set_changes_a_node_of_the_given_network():
    found = asked(network=NETWORK, space=None, values={"hidden.units": "32"}, ranges={})
    assert found["network"]["nodes"]["hidden"]["params"] == {"units": 32}
    assert found["space"] is None


def test_set_without_a_network_waits_for_the_proposed_one():
    found = asked(network=None, space=None, values={"stem.units": "32"}, ranges={})
    assert found["space"] == {"stem.units": {"choice": [32]}}


def test_a_typed_range_is_added_to_the_space():
    space = {"drop.p": {"float": [0, 0.5]}}
    found = asked(network=None, space=space, values={}, ranges={"stem.units": "16..64:log"})
    assert found["space"]["stem.units"] == {"int": [16, 64], "log": True}
    assert set(found["space"]) == {"drop.p", "stem.units"}


def test_set_of_an_unknown_recipe_field_gets_its_near_miss():
    with pytest.raises(SpaceError, match=r"recipe\.epochs"):
        asked(network=None, space=None, values={"recipe.epoch": "3"}, ranges={})


def test_set_of_a_range_says_what_to_write():
    with pytest.raises(SpaceError, match=r"--range recipe\.epochs=3\.\.5"):
        asked(network=None, space=None, values={"recipe.epochs": "3..5"}, ranges={})
