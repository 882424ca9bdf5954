"""What changed between two networks: the same list of examples holds for the page."""

import json
from pathlib import Path

import pytest

from danlu.network.difference import compare

EXAMPLES = json.loads((Path(__file__).parents[1] / "differences.json").read_text("utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["says"])
def test_two_networks_are_told_apart(example) -> None:
    spaces = tuple(example.get("spaces", ({}, {})))
    found = compare(example["from"], example["to"], spaces)
    assert found == {key: example[key] for key in ("nodes", "ranges", "same")}
