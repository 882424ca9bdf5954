"""Real networks, and the example of the docs, in Python: what one would have written by hand."""

import re
from pathlib import Path

import pytest

from danlu.network.faces.reader import read
from danlu.network.faces.writer import write
from danlu.network.file import dump, parse
from danlu.network.gallery.base import gallery
from danlu.network.graph import Network
from danlu.tasks.base import tasks
from danlu.testing.gallery import real, types_of

DOCS = Path(__file__).parents[3] / "docs" / "networks.md"


def proposed(name: str) -> Network:
    entry = gallery().get(name)()
    data = real(entry.proof.dataset)
    column = data.schema.column(data.target)
    head = tasks().get(data.task).fit(data.table[data.target], column).head
    return entry.propose(dict(types_of(data)), rows=1000, task=data.task, head=head).network


@pytest.mark.parametrize("name", gallery().names())
def test_a_network_of_the_gallery_keeps_its_hash_in_every_face(name: str) -> None:
    network = proposed(name)
    last = network
    for suffix in (".py", ".json", ".yaml", ".py"):
        last = parse(dump(last, suffix))
    assert last.hash == network.hash
    assert "Step(" not in write(network)  # the way out for what no law allows


@pytest.mark.parametrize("name", gallery().names())
def test_running_a_network_of_the_gallery_builds_it(name: str) -> None:
    network = proposed(name)
    names: dict[str, Network] = {}
    exec(compile(write(network), "net.py", "exec"), names)
    assert names["net"].hash == network.hash


def test_the_example_of_the_docs_is_what_we_write() -> None:
    text = next(
        found for found in re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        if "@block" in found
    )  # fmt: skip
    assert write(read(text)) == text
