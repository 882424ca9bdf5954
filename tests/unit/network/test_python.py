"""A network in Python is read without being run, and running it builds the same network."""

import itertools
import json
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danlu.errors import DanluError, NetworkError, TooLargeError
from danlu.network import python
from danlu.network.expression import Literally, Minus, Name, Pair
from danlu.network.expression import write as write_expression
from danlu.network.faces.reader import read
from danlu.network.faces.writer import write
from danlu.network.file import dump, load, parse
from danlu.network.graph import Block, Network, Node, Option, Selector
from danlu.network.python_wires import USES

LETTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(LETTERS, max_size=8)
# Names a person takes, names Python has taken, and names nobody should take.
GOOD = ["a", "b", "stem", "head", "conv_1"]
TAKEN = [
    "lambda", "print", "x", "class", "ops", "net", "block", "x_", "a_", "in", "network", "match",
    "name", "params", "repeat", "ports", "xs", "self", "choose", "none", "b_", "",
]  # fmt: skip
NAMES = st.sampled_from(GOOD + TAKEN) | st.sampled_from(["Ünï", "a b", 'q"', "\\", "\n"]) | TEXTS
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.just("target")
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=2) | st.dictionaries(NAMES, v, max_size=2), max_leaves=4
)
TREES = st.recursive(
    st.sampled_from([*GOOD, "lambda", "x"]).map(Name) | st.integers(0, 9).map(Literally)
    | st.floats(0, 1e9).map(Literally),
    lambda t: st.builds(Minus, t) | st.builds(Pair, st.sampled_from(["+", "-", "*", "//"]), t, t),
    max_leaves=6,
)  # fmt: skip
EXPRESSIONS = (
    st.sampled_from(GOOD + TAKEN)
    | TREES.map(write_expression).filter(lambda text: len(text) <= 200)
    | st.sampled_from(["a*2", "2 * 3", "a * -0", "a +", "9**9", "- a"])
)
VARS = EXPRESSIONS.map(lambda text: {"var": text})
PARAMS = st.dictionaries(NAMES, VALUES | VARS, max_size=3)
REPEATS = st.just(1) | st.integers(-1, 2**40) | VARS
OPS = st.sampled_from(["dense", "batch_norm", "from_the_future", "conv_2d", "Ü", "lambda"])
SOURCES = NAMES | st.lists(NAMES, max_size=3)
PORTS = st.sampled_from(["x", "xs"]) | NAMES
KINDS = st.fixed_dictionaries({}, optional={"op": OPS, "block": NAMES})
OPTIONS = st.builds(
    lambda kind, params, repeat: {**kind, "params": params, "repeat": repeat},
    st.builds(lambda op: {"op": op}, OPS) | st.builds(lambda b: {"block": b}, NAMES) | KINDS,
    PARAMS, REPEATS,
)  # fmt: skip
NODES = st.builds(
    lambda kind, rest: {**kind, **rest},
    st.builds(lambda op: {"op": op}, OPS)
    | st.builds(lambda b: {"block": b}, NAMES)
    | st.builds(lambda o, c: {"choices": o, "choose": c}, st.dictionaries(NAMES, OPTIONS), NAMES)
    | KINDS,
    st.fixed_dictionaries({}, optional={
        "params": PARAMS, "in": st.dictionaries(PORTS, SOURCES, max_size=2),
        "repeat": REPEATS, "shared": st.booleans(), "enabled": st.booleans(),
        "frozen": st.booleans(), "tied": NAMES, "choose": NAMES,
    }),
)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"nodes": st.dictionaries(NAMES, NODES, max_size=3), "output": NAMES},
    optional={
        "params": st.dictionaries(NAMES, VALUES, max_size=3),
        "inputs": st.lists(NAMES, max_size=2, unique=True),
    },
)
SELECTORS = st.fixed_dictionaries(
    {}, optional={"columns": st.lists(TEXTS, max_size=2), "kinds": st.just(["number"])}
)
NETWORKS = st.fixed_dictionaries({
    "name": TEXTS,
    "inputs": st.dictionaries(NAMES, SELECTORS, max_size=2),
    "nodes": st.dictionaries(NAMES, NODES, max_size=5),
    "blocks": st.dictionaries(NAMES, BODIES, max_size=3),
    "outputs": st.dictionaries(NAMES, NAMES, max_size=2),
}).map(Network.model_validate)  # fmt: skip
RELAXED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def executed(text: str) -> Network:
    names: dict[str, object] = {}
    exec(compile(text, "net.py", "exec"), names)
    found = names["net"]
    assert isinstance(found, Network)
    return found


@given(network=NETWORKS)
@RELAXED
def test_a_network_in_python_is_read_back_exactly(network: Network) -> None:
    text = write(network)
    assert read(text) == network


@given(network=NETWORKS)
@RELAXED
def test_running_the_text_builds_the_same_network(network: Network) -> None:
    found = executed(write(network))
    assert found == network
    assert found.hash == network.hash


@given(network=NETWORKS, chain=st.permutations([".json", ".yaml", ".py", ".py", ".json"]))
@RELAXED
def test_any_chain_of_faces_keeps_the_hash(network: Network, chain: list[str]) -> None:
    last = network
    for suffix in chain:
        last = parse(dump(last, suffix))
    assert last.hash == network.hash


@given(network=NETWORKS)
@RELAXED
def test_writing_what_was_read_writes_the_same_text(network: Network) -> None:
    text = write(network)
    assert write(read(text)) == text


def test_the_faces_know_every_key_of_a_document() -> None:
    assert set(Network.model_fields) == {
        "format", "version", "name", "inputs", "nodes", "blocks", "outputs"
    }  # fmt: skip
    assert set(Block.model_fields) == {"params", "inputs", "nodes", "output"}
    assert set(Node.model_fields) == {
        "op", "block", "choices", "choose", "params", "in_", *USES
    } - {"name"}  # fmt: skip
    assert set(Option.model_fields) == {"op", "block", "params", "repeat"}


PAPER = """\
from danlu.network.python import Input, block, choice, network, ops


@block
def residual(x, channels=32):
    wide = ops.Conv2d(channels=channels * 2, kernel=3, name="wide")(x)
    bent = ops.Activation(kind="gelu", name="bent")(wide)
    back = ops.Conv2d(channels=channels, kernel=1, name="back")(bent)
    both = ops.Add(name="both")(x, back)
    return both


image = Input("image", columns=["photo"])
table = Input("table", kinds=["number"])

stem = ops.Conv2d(channels=32, kernel=3, name="stem")(image)
deep = residual(repeat=3, name="deep")(stem)
pool = ops.GlobalPool(name="pool")(deep)
side = choice(
    {"wide": ops.Dense(units=64), "deep": ops.Dense(units=8, repeat=2)}, choose="wide", name="side",
)(table)
both = ops.Concat(name="both")(pool, side)
head = ops.Dense(units="target", frozen=True, name="head")(both)

net = network("small", outputs={"label": head})
"""


@pytest.fixture
def known_ops(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {**python.words(), "Conv2d": "conv2d", "GlobalPool": "global_pool"}
    monkeypatch.setattr(python, "words", lambda: words)


@pytest.mark.usefixtures("known_ops")
def test_it_reads_like_a_paper() -> None:
    found = read(PAPER)
    assert write(found) == PAPER
    assert executed(PAPER).hash == found.hash
    assert found.blocks["residual"].params == {"channels": 32}
    assert found.nodes["deep"].repeat == 3
    assert found.nodes["both"].in_ == {"xs": ("pool", "side")}


def test_a_variable_may_be_used_again_and_nodes_need_no_name() -> None:
    found = executed(
        "from danlu.network.python import Input, network, ops\n"
        "x = Input('t')\n"
        "x = ops.Dense(units=2 * 8)(x)\n"
        "x = ops.Activation()(x)\n"
        "x = ops.Dense(units=3)(x)\n"
        "net = network(outputs={'y': x})\n"
    )
    assert [*found.nodes] == ["dense", "activation", "dense_1"]
    assert found.nodes["dense"].params == {"units": 16}


@pytest.mark.parametrize("suffix", [".py", ".json", ".yaml"])
def test_a_file_is_read_by_its_name(tmp_path: Path, suffix: str) -> None:
    network = Network(inputs={"t": Selector()}, nodes={}, outputs={"y": "t"})
    file = tmp_path / f"net{suffix}"
    file.write_text(dump(network, suffix))
    assert load(file) == network


def test_json_has_one_node_per_line_inside_blocks_too() -> None:
    nodes = {n: Node(op="dense") for n in ("a", "b")}
    block = Block(params={"k": 1}, nodes=nodes, output="b")
    text = dump(Network(inputs={}, nodes=nodes, blocks={"w": block}, outputs={}), ".json")
    inner = (
        '      "nodes": {\n        "a": {"op": "dense"},\n        "b": {"op": "dense"}\n      },\n'
    )
    assert inner in text
    assert json.loads(text)["blocks"]["w"]["output"] == "b"


HEAD = "from danlu.network.python import Block, Input, Step, Var, block, choice, network, ops\n"
WRONG = {
    "import": ("import os", "line 2, column 1", "from danlu"),
    "from": ("from os import path", "line 2, column 1", "danlu.network.python only"),
    "word": ("from danlu.network.python import op", "no word 'op'", "Did you mean 'ops'"),
    "as": ("from danlu.network.python import ops as o", "keep their names", "without 'as'"),
    "loop": ("for i in [1]:\n    pass", "this statement is not read", "repeat=3"),
    "if": ("if 1:\n    pass", "this statement is not read", "enabled=False"),
    "class": ("class A: pass", "this statement is not read", "@block"),
    "lambda": ("x = lambda: 1", "line 2, column 5", "@block"),
    "formatted text": ("x = f'{1}'", "this is not read", "Write the text out"),
    "no variable": ("x = y", "'y' is not known here", ""),
    "two names": ("x = y = 1", "only one name", ""),
    "unpacked": ("x, y = 1, 2", "only one name", ""),
    "call of os": ("x = __import__('os')", "'__import__' is not known here", ""),
    "dunder": ("x = ops.__class__", "'.__class__' is not read", "ops.Dense"),
    "part of text": ("x = 'a'.join", "'.join' is not read", ""),
    "call of text": ("x = 'a'()", "cannot be called", ""),
    "bytes": ("x = b'a'", "in no document", ""),
    "complex": ("x = 1j", "in no document", ""),
    "power": ("x = 9**9**9", "cannot be counted", "+ - * //"),
    "long product": ("x = " + "99999 * " * 9 + "1", "leaves the range", ""),
    "times text": ("x = 'a' * 99999999999", "cannot be counted", ""),
    "op": ("x = ops.Dens()", "no op 'ops.Dens'", "Did you mean 'Dense'"),
    "key twice": ("x = {'a': 1, 'a': 2}", "'a' is there twice", ""),
    "word twice": ("x = ops.Dense(units=1, units=2)", "'units' is there twice", ""),
    "stars": ("x = ops.Dense(**{})", "** is not read", ""),
    "starred": ("x = ops.Dense()(*[])", "this is not read", ""),
    "param twice": ("x = ops.Dense(units=1, params={'units': 2})", "'units' is there twice", ""),
    "step read": ("x = ops.Dense()(ops.Dense())", "a step gives nothing to read", "Call it first"),
    "no function": ("def f(x):\n    return x", "must be a block", "@block"),
    "no return": ("@block\ndef f(x):\n    y = x", "must end", "return x"),
    "outside": ("t = Input('t')\n@block\ndef f(x):\n    return t", "reads 't' from outside", ""),
    "no call": ("x = 1", "network() 0 times", "End with one"),
    "twice": ("network(outputs={})\nnetwork(outputs={})", "network() 2 times", ""),
    "no outputs": ("network()", "cannot be called so", ""),
    "outputs list": ("network(outputs=[])", "cannot be called so", ""),
    "bad key": ("network('a', outputs={'a': 3})", "a int gives nothing to read", ""),
    "many outputs in one": ("network(outputs={'y': ['a', 'b']})", "a list gives nothing", "line 2"),
    "selector": ("x = Input('t', kind=1)\nnetwork(outputs={'y': x})", "inputs/t/kind", ""),
    "name twice": (
        "t = Input('t')\nx = ops.Dense(name='a')(t)\ny = ops.Dense(name='a')(x)\n"
        "network(outputs={'y': y})", "'a' is there twice", "line 5",
    ),
    "option": ("x = choice({'a': ops.Dense(name='b')})", "option 'a' is no plain step", ""),
    "block body": ("x = Block('a', body={})", "cannot be called so", "one str"),
    "step blocks": ("x = Step({}, blocks=3)", "cannot be called so", "one dict"),
    "tied": ("x = ops.Dense(tied=3)", "a int gives nothing", ""),
    "too many inputs": ("@block\ndef f(x):\n    return x\ny = f()('a', 'b')", "has 1 inputs", ""),
    "expression": ("@block\ndef f(x, k=1):\n    y = ops.Dense(units=k * 'a')(x)\n    return y",
        "line 4, column 25", "on numbers and parameters"),
    "star arguments": ("@block\ndef f(*x):\n    return x", "no *", ""),
    "block of what": ("@block(inputs=3)\ndef f(x):\n    return x", "'inputs' cannot be", "a list"),
    "not python": ("x = = 1", "it is no Python", "line 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_builds_no_network_is_refused_with_its_line(name: str) -> None:
    text, what, do = WRONG[name]
    with pytest.raises(NetworkError) as caught:
        read(HEAD + text)
    assert what in str(caught.value)
    assert do in str(caught.value)
    assert "line" in caught.value.values or "times" in what


def test_a_refusal_in_a_file_names_it() -> None:
    with pytest.raises(NetworkError, match=r"\(file 'net.py', line 2, column 5\)"):
        read(HEAD + "x = y", where="file 'net.py'")


def test_an_unknown_op_can_be_written_all_the_same() -> None:
    found = read(HEAD + "x = ops['warp'](q=9)('t')\nnetwork(outputs={'y': x})")
    assert found.nodes["warp"] == Node(op="warp", params={"q": 9}, in_={"x": "t"})
    assert 'ops["warp"](q=9, ' in write(found)


HOSTILE = {
    "parentheses": "x = " + "(" * 100_000, "minus": "x = " + "-" * 100_000 + "1",
    "calls": "x = ops" + "()" * 50_000, "parts": "x = ops" + ".a" * 50_000,
    "sum": "x = " + "1+" * 60_000 + "1", "list": "x = [" + "1," * 90_000 + "]",
    "deep list": "x = " + "[" * 150 + "]" * 150, "digits": "x = " + "9" * 100_000,
    "nul": "x = '\x00'", "many words": "x\n" * 150_000, "deep call": "x = ops.Dense" + "()" * 900,
    "names": "x = [" + "ops," * 90_000 + "]", "lambdas": "x = " + "lambda:" * 900 + "1",
    "many nodes": "".join(f"x = ops.Dense(name='{i}')('a')\n" for i in range(30_000)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_meant_to_hurt_is_refused_soon(name: str) -> None:
    start = time.perf_counter()
    with pytest.raises((NetworkError, TooLargeError)):
        read(HEAD + HOSTILE[name])
    assert time.perf_counter() - start < 5  # a second alone; this machine may be busy


@given(text=st.text(st.sampled_from("x=()[]{}.,:'\"@-+*/ \nops1"), max_size=60))
@RELAXED
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NetworkError):
        assert isinstance(read(HEAD + text), Network)


@pytest.mark.usefixtures("known_ops")
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=4))
@settings(RELAXED, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_text_is_read_or_refused(places: list[tuple[int, int]]) -> None:
    words = re.findall(r"\w+|\s+|[^\w\s]", PAPER)
    for here, there in places:
        words[here % len(words)] = words[there % len(words)]
    with suppress(NetworkError):
        assert isinstance(read("".join(words)), Network)


def test_ten_thousand_nodes_pass_through_python() -> None:
    chain = itertools.pairwise(["t", *(f"n{i}" for i in range(10_000))])
    nodes = {b: Node(op="dense", params={"units": 8}, in_={"x": a}) for a, b in chain}
    network = Network(inputs={"t": Selector()}, nodes=nodes, outputs={"y": "n9999"})
    assert read(write(network)) == network


def test_a_block_that_two_others_write_differently_is_refused() -> None:
    one = python.define("w", ["x"], {}, lambda wires: wires[0])
    two = python.define("w", ["x"], {}, lambda wires: wires[0])
    made = two()(one()("t"))
    with pytest.raises(DanluError, match="'w' is there twice"):
        python.network(outputs={"y": made})
