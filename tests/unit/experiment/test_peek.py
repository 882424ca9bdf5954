"""Peek: the tensor of one row on an edge of a network that nobody has trained."""

from typing import Any

import pytest

from danlu.data.imported import import_file
from danlu.errors import NotFoundError
from danlu.experiment.peek import run

DOCUMENT = {
    "format": "danlu.network", "version": 2, "name": "net",
    "inputs": {"size": {"columns": ["distance"]}, "rest": {"kinds": ["category"]}},
    "nodes": {
        "cities": {"op": "embedding", "params": {"units": 4}, "in": {"x": "rest"}},
        "both": {"op": "concat", "in": {"xs": ["size", "cities"]}},
        "deep": {"block": "pair", "repeat": 2, "in": {"x": "both"}},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "deep"}},
        "wrong": {"op": "conv2d", "params": {"channels": 4}, "in": {"x": "both"}},
    },
    "blocks": {
        "pair": {
            "inputs": ["x"], "output": "act",
            "nodes": {
                "wide": {"op": "dense", "params": {"units": 5}, "in": {"x": "x"}},
                "act": {"op": "activation", "params": {"kind": "relu"}, "in": {"x": "wide"}},
            },
        }
    },
    "outputs": {"late": "head"},
}  # fmt: skip


@pytest.fixture(scope="module")
def trips(tmp_path_factory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("peek")
    rows = [f"{i % 90},{'ABC'[i % 3]},{i % 2}" for i in range(100)]
    (root / "trips.csv").write_text("\n".join(["distance,carrier,late", *rows]), "utf-8")
    found = import_file(root / "trips.csv", root / "imported")
    schema = found.schema_.model_dump(mode="json")
    return {"parts": [str(found.parquet)], "schema_": schema, "target": "late"}


def peek(trips: dict[str, Any], node: str, *, row: int = 0, document: Any = DOCUMENT) -> Any:
    about = {"network": document, "inputs": document["inputs"], "node": node, "row": row}
    return run({**trips, **about}, None)


def test_an_input_is_shown_with_the_columns_it_was_made_of(trips: dict[str, Any]) -> None:
    found = peek(trips, "size")
    assert found["names"][0] == "distance"
    assert found["rows"] == 64
    assert found["nans"] == 0


def test_another_row_gives_other_values_on_the_same_edge(trips: dict[str, Any]) -> None:
    first = peek(trips, "both")
    third = peek(trips, "both", row=2)
    assert first["values"] != third["values"]
    assert peek(trips, "both") == first


def test_inside_a_repeated_block_a_node_is_named_by_its_path(trips: dict[str, Any]) -> None:
    found = peek(trips, "deep.1.act")
    assert found["values"] == peek(trips, "deep")["values"]
    assert found["low"] >= 0
    assert sum(found["histogram"]["counts"]) == found["total"] == 64 * 5


def test_a_block_shows_what_it_is_given_under_the_name_of_its_input(trips: dict[str, Any]) -> None:
    found = peek(trips, "deep.0.x")
    assert found["values"] == peek(trips, "both")["values"]


def test_what_is_wrong_elsewhere_does_not_hide_an_edge(trips: dict[str, Any]) -> None:
    assert peek(trips, "head")["shape"] == [1]


def test_channels_come_as_pictures(trips: dict[str, Any]) -> None:
    nodes = {
        "grid": {"op": "reshape", "params": {"to": [1, 2, 2]}, "in": {"x": "cities"}},
        **{name: DOCUMENT["nodes"][name] for name in ("cities", "both", "head")},
    }
    nodes["head"] = {**nodes["head"], "in": {"x": "both"}}
    found = peek(trips, "grid", document={**DOCUMENT, "nodes": nodes})
    assert [(m["height"], m["width"]) for m in found["maps"]] == [(2, 2)]
    assert {0, 255} <= set(found["maps"][0]["shades"])


def test_a_node_that_is_not_there_is_told_with_the_nearest(trips: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'both'"):
        peek(trips, "bot")


def test_a_row_beyond_the_last_is_told(trips: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError, match="no row 100"):
        peek(trips, "size", row=100)
