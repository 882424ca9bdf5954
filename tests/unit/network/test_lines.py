"""Lines: every face of a network says which of its lines write which node."""

import pytest

from danlu.compile.source import source
from danlu.network.faces.lines import lines_of
from danlu.network.file import dump, parse
from danlu.tensor import Axis, TensorType

NETWORK = parse("""
name: small
inputs: {table: {}}
nodes:
  stem: {op: dense, params: {units: 8}, in: {x: table}}
  deep: {block: res, params: {units: 8}, repeat: 2, in: {x: stem}}
  lambda: {op: activation, in: {x: deep}}
  head: {op: dense, params: {units: target}, in: {x: lambda}}
outputs: {answer: head}
blocks:
  res:
    params: {units: 4}
    inputs: [x]
    nodes:
      up: {op: dense, params: {units: {var: units}}, in: {x: x}}
      sum: {op: add, in: {xs: [x, up]}}
    output: sum
""")
TYPES = {"table": TensorType(axes=(Axis(name="features", size=3),))}


@pytest.mark.parametrize("form", ["json", "yaml", "py", "torch"])
def test_every_node_stands_on_lines_that_speak_of_it(form: str) -> None:
    whole = source(NETWORK, TYPES, 2) if form == "torch" else dump(NETWORK, f".{form}")
    found, lines = lines_of(whole, form, NETWORK), whole.splitlines()
    assert set(found[""]) - {"table"} == set(NETWORK.nodes)
    assert set(found["res"]) == {"up", "sum"}
    for places in found.values():
        for name, ranges in places.items():
            said = "\n".join(line for first, last in ranges for line in lines[first - 1 : last])
            assert name in said or (form, name) == ("torch", "sum"), (name, said)


def test_no_line_writes_two_nodes() -> None:
    for form in ("json", "yaml", "py"):
        found = lines_of(dump(NETWORK, f".{form}"), form, NETWORK)
        ranges = sorted(r for places in found.values() for rs in places.values() for r in rs)
        ends = [last for _, last in ranges]
        assert all(last < first for last, (first, _) in zip(ends, ranges[1:], strict=False))
