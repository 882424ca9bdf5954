"""Ready-made blocks as a page is told of them: whole enough to be taken into a document."""

import pytest

from danlu.network.catalogue import block_catalogue
from danlu.network.file import read

ENTRIES = {entry["kind"]: entry for entry in block_catalogue()}


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_document_that_takes_a_block_over_is_whole(kind: str) -> None:
    entry = ENTRIES[kind]
    ports = {port["name"]: "table" for port in entry["ports"]}
    network = read(
        {
            "inputs": {"table": {}},
            "nodes": {"used": {"block": kind, "in": ports}},
            "blocks": entry["blocks"],
            "outputs": {"answer": "used"},
        }
    )
    assert network.document()["blocks"].keys() == entry["blocks"].keys()


def test_a_field_of_a_block_has_the_bounds_of_what_it_decides() -> None:
    fields = ENTRIES["transformer_encoder_layer"]["schema"]["properties"]
    assert (fields["dropout"]["role"], fields["units"]["role"]) == ("dial", "size")
