"""What is proposed can be trained, and can be searched where it says so."""

import pytest

from danlu.compile.key import program_key
from danlu.network.catalogue import catalogue, fields
from danlu.network.check import check
from danlu.network.file import dump, parse
from danlu.network.propose import propose
from danlu.space import Choice
from danlu.space import check as check_space
from danlu.tensor import Axis, Field, TensorType
from danlu.train.recipe import fields as recipe_fields
from danlu.train.recipe import parse as parse_recipe
from danlu.train.recipe import program_of

NUMBERS = TensorType(
    axes=(Axis(name="features", size=4),), fields=(Field(column="n", start=0, width=4),)
)
MIXED = TensorType(
    axes=(Axis(name="features", size=6),),
    fields=(
        Field(column="a", start=0, width=4),
        Field(column="b", start=4, cardinality=3),
        Field(column="c", start=5, cardinality=4000),
    ),
)
CASES = {
    "numbers": {"table": NUMBERS},
    "mixed": {"table": MIXED},
    "two inputs": {"here": NUMBERS, "there": MIXED},
}


@pytest.mark.parametrize("rows", [3, 400, 9_000, 60_000, 3_000_000])
@pytest.mark.parametrize("name", CASES)
def test_it_has_no_problem(name: str, rows: int) -> None:
    found = propose(CASES[name], rows=rows, task="classification", head=3)
    assert check(found.network, CASES[name], 3).problems == ()
    parse_recipe(found.recipe)
    check_space(found.space, fields(found.network) | recipe_fields())


def test_more_rows_get_a_larger_network_and_fewer_epochs() -> None:
    small, large = (
        propose({"table": MIXED}, rows=rows, task="regression", head=1) for rows in (300, 300_000)
    )
    costs = [check(p.network, {"table": MIXED}, 1).totals.parameters for p in (small, large)]
    assert costs[0] < costs[1]
    assert small.recipe["epochs"] > large.recipe["epochs"]


def test_its_space_makes_at_most_two_programs() -> None:
    found = propose({"table": MIXED}, rows=50_000, task="classification", head=1)
    sizes = {k: d for k, d in found.space.items() if isinstance(d, Choice)}
    ways = sizes.pop("recipe.preprocessing")
    assert len({str(program_of({"recipe.preprocessing": way})) for way in ways.options}) == 1
    ((key, domain),) = sizes.items()
    programs = {program_key(found.network.with_values({key: v})) for v in domain.options}
    assert len(programs) == 2


def test_the_written_values_lie_in_the_space() -> None:
    found = propose({"table": MIXED}, rows=50_000, task="classification", head=1)
    for key, domain in found.space.items():
        node, _, field = key.partition(".")
        owner = found.recipe if node == "recipe" else found.network.nodes[node].params
        assert domain.nearest(owner[field]) == owner[field]


def test_it_is_a_document_like_any_other() -> None:
    network = propose({"table": MIXED}, rows=50_000, task="classification", head=1).network
    assert parse(dump(network, ".yaml")).hash == network.hash


def test_the_catalogue_says_what_is_a_dial_and_what_a_size() -> None:
    schemas = {op["kind"]: op["schema"]["properties"] for op in catalogue()}
    assert schemas["dropout"]["p"]["role"] == "dial"
    assert schemas["dense"]["units"]["role"] == "size"
