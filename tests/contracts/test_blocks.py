"""Every library block is whole, and does what it says with its own defaults."""

import doctest

import pytest

from danlu.network.blocks import base
from danlu.network.blocks.base import blocks, library
from danlu.network.check import check
from danlu.network.expression import names
from danlu.network.graph import Network

NAMES = blocks().names()


@pytest.fixture(params=NAMES)
def kind(request):
    return blocks().get(request.param)


def network(name):
    kind = blocks().get(name)
    read = {port: f"given_{port}" for port in kind.block.inputs}
    return Network.model_validate(
        {
            "inputs": {source: {} for source in read.values()},
            "nodes": {
                "it": {"block": name, "in": read},
                "flat": {"op": "flatten", "in": {"x": "it"}},
                "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "flat"}},
            },
            "blocks": {n: b.model_dump(by_alias=True) for n, b in library(name).items()},
            "outputs": {"answer": "head"},
        }
    )


def test_it_has_a_name_in_both_languages(kind):
    assert set(kind.title) == set(kind.words) == {"en", "zh"}
    assert all([*kind.title.values(), *kind.words.values(), kind.__doc__])


def test_every_parameter_is_used_and_every_variable_declared(kind):
    values = [v for node in kind.block.nodes.values() for v in node.params.values()]
    used = {n for v in values if isinstance(v, dict) for n in names(v["var"])}
    assert used == set(kind.block.params)


@pytest.mark.parametrize("name", NAMES)
def test_it_checks_without_a_problem(name):
    types = {f"given_{port}": t for port, t in blocks().get(name).sample.items()}
    found = check(network(name), types, 1)
    assert found.problems == ()
    assert all(report.state == "ok" for report in found.nodes.values())


def test_the_examples_run():
    found = doctest.testmod(base)
    assert found.attempted
    assert not found.failed
