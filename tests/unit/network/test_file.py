"""JSON and YAML are two faces of one document, and neither can hurt."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danlu.errors import NetworkError, TooLargeError
from danlu.network.file import LARGEST, dump, load, parse
from danlu.network.graph import Network, Node

NAMES = st.text(min_size=1, max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FLOATS | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v), max_leaves=6
)
NODES = st.builds(
    Node,
    op=st.sampled_from(["dense", "no", "on", "1e-4", "from_the_future"]),
    params=st.dictionaries(NAMES, VALUES, max_size=3),
    in_=st.dictionaries(NAMES, NAMES | st.lists(NAMES, max_size=2).map(tuple), max_size=2),
    enabled=st.booleans(),
)
NETWORKS = st.builds(
    Network,
    name=NAMES,
    inputs=st.dictionaries(NAMES, st.sampled_from([{}, {"kinds": ["number"]}]), max_size=2),
    nodes=st.dictionaries(NAMES, NODES, max_size=3),
    outputs=st.dictionaries(NAMES, NAMES, max_size=2),
)


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@given(network=NETWORKS)
def test_a_written_network_is_read_back_exactly(suffix: str, network: Network) -> None:
    again = parse(dump(network, suffix))
    assert again == network
    assert again.hash == network.hash
    assert [*again.nodes] == [*network.nodes]


def test_json_has_one_node_per_line() -> None:
    nodes = {n: Node(op="dense", params={"units": 3}) for n in ("a", "b")}
    text = dump(Network(inputs={}, nodes=nodes, outputs={}), ".json")
    assert '    "a": {"op": "dense", "params": {"units": 3}},\n    "b": {' in text


def test_yaml_scalars_are_those_of_json() -> None:
    text = """
    inputs: {}
    outputs: {}
    nodes:
      on: {op: no, params: {a: 1e-4, b: yes, c: 0x10, d: 2024-01-01, e: true, f: 010, g: 1:30}}
    """
    found = parse(text).nodes["on"]
    assert found.op == "no"
    assert found.params == {
        "a": 1e-4, "b": "yes", "c": "0x10", "d": "2024-01-01", "e": True, "f": 10, "g": "1:30"
    }  # fmt: skip


HOSTILE = {
    "alias": ("a: &x [1]\nb: *x", "aliases"),
    "python tag": ("!!python/object/apply:os.system [ls]", "tags"),
    "deep list": ("[" * 100_000, "nested too deeply"),
    "deep object": ('{"a":' * 100_000, "nested too deeply"),
    "node twice": ('{"nodes": {"a": {}, "a": {}}}', "'a' is there twice"),
    "key twice in yaml": ("nodes: {a: 1, a: 2}", "'a' is there twice"),
    "no object": ("[1]", "no object"),
    "nan": ('{"inputs": {}, "outputs": {}, "nodes": {"a": {"params": {"p": NaN}}}}', "NaN"),
    "key that is no text": ("? [a]\n: 1", "no text"),
    "digits": ('{"a": ' + "9" * 5000 + "}", "digits"),
    "nothing": ("", "no object"),
    "tab": ("nodes:\n\t- a", "cannot start any token"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_document_is_refused_with_its_reason(name: str) -> None:
    text, reason = HOSTILE[name]
    with pytest.raises(NetworkError, match=reason):
        parse(text)


def test_a_later_version_is_refused_by_its_number() -> None:
    with pytest.raises(NetworkError, match="version 99") as caught:
        parse("version: 99")
    assert caught.value.code == "version_unknown"


def test_an_unknown_key_names_the_one_that_was_meant() -> None:
    with pytest.raises(NetworkError, match="Did you mean 'nodes'"):
        parse("inputs: {}\nnods: {}\noutputs: {}")


def test_an_unknown_key_of_a_node_is_named_with_its_place() -> None:
    with pytest.raises(NetworkError, match=r"'opp' at 'nodes/a/opp'.*Did you mean 'op'"):
        parse("inputs: {}\nnodes: {a: {opp: dense}}\noutputs: {}")


def test_an_unknown_op_survives_a_round_trip() -> None:
    text = json.dumps(
        {"inputs": {}, "outputs": {}, "nodes": {"a": {"op": "warp", "params": {"q": 9}}}}
    )
    assert parse(dump(parse(text), ".yaml")).nodes["a"].params == {"q": 9}


def test_a_large_text_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text("#" * (LARGEST + 1))
    with pytest.raises(TooLargeError, match=r"net\.yaml"):
        load(file)


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_bytes(b'{"name": "\xff"}')
    with pytest.raises(NetworkError, match="UTF-8"):
        load(file)


def test_an_unknown_form_names_the_known_ones() -> None:
    with pytest.raises(NetworkError, match=r"\.yaml"):
        dump(Network(inputs={}, nodes={}, outputs={}), ".yamll")
