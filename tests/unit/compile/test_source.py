"""PyTorch text: blocks become classes, repeats loops, and what nobody reads is left out."""

import re
import sys
import types as modules

import pytest
import torch

from danlu.compile.module import NetModule
from danlu.compile.source import source
from danlu.errors import NetworkError
from danlu.network.graph import Network
from danlu.network.ops.base import Live
from danlu.tensor import TensorType

VECTOR = {"x": TensorType.of("features=6")}
TOKENS = {"x": TensorType.of("length=5", dtype="int64")}


def node(op: str, *sources: str, port: str = "", **more) -> dict:
    port = port or ("x" if len(sources) == 1 else "xs")
    return {"op": op, "in": {port: sources[0] if len(sources) == 1 else list(sources)}, **more}


def var(text: str) -> dict:
    return {"var": text}


def net(nodes: dict, *, blocks=None, outputs=None, inputs=("x",), name="net") -> Network:
    return Network.model_validate({
        "name": name, "inputs": {n: {} for n in inputs}, "nodes": nodes,
        "blocks": blocks or {}, "outputs": outputs or {"y": list(nodes)[-1]},
    })  # fmt: skip


def run(network: Network, types, head: int = 3, seed: int = 1):
    """Return the text, our output and theirs, after loading our weights into it strictly."""
    text = source(network, types, head)
    module = modules.ModuleType("written")
    exec(compile(text, "written.py", "exec"), module.__dict__)
    classes = [
        c for c in vars(module).values() if isinstance(c, type) and c.__module__ == "written"
    ]
    ours, theirs = NetModule(network, types, head), classes[-1]().eval()
    state = {**ours.initial(seed), **dict(ours.named_buffers())}
    ours.load_state_dict(state)
    theirs.load_state_dict(state, strict=True)
    generator = torch.Generator().manual_seed(2)
    tensors = {
        n: torch.randint(0, 4, (7, *t.shape), generator=generator)
        if t.dtype == "int64" else torch.randn((7, *t.shape), generator=generator)
        for n, t in types.items()
    }  # fmt: skip
    with torch.no_grad():
        wanted, found = ours(tensors, Live()), theirs(*tensors.values())
    found = found if isinstance(found, dict) else {next(iter(wanted)): found}
    assert found.keys() == wanted.keys()
    for output in wanted:
        torch.testing.assert_close(found[output], wanted[output], rtol=1e-6, atol=1e-6)
    return text


RESIDUAL = {
    "params": {"units": 6, "wide": 12}, "inputs": ["x"], "output": "sum",
    "nodes": {
        "norm": node("layer_norm", "x"),
        "up": node("dense", "norm", params={"units": var("wide")}),
        "act": node("activation", "up"),
        "down": node("dense", "act", params={"units": var("units")}),
        "sum": node("add", "x", "down"),
    },
}  # fmt: skip


def test_a_chain_reads_like_the_document() -> None:
    head = node("dense", "hidden", params={"units": "target"})
    text = run(net({"hidden": node("dense", "x", params={"units": 4}), "head": head}), VECTOR)
    assert "        self.hidden = nn.Linear(6, 4)\n" in text
    assert "        hidden = self.hidden(x)  # (rows, 4)\n" in text
    assert "        return self.head(hidden)  # (rows, 3)\n" in text


def test_uses_of_a_block_that_differ_in_numbers_are_one_class_with_parameters() -> None:
    text = run(net({
        "a": {"block": "residual", "params": {"wide": 8}, "in": {"x": "x"}},
        "grow": node("dense", "a", params={"units": 9}),
        "b": {"block": "residual", "params": {"units": 9, "wide": 18}, "in": {"x": "grow"}},
    }, blocks={"residual": RESIDUAL}), VECTOR)  # fmt: skip
    assert text.count("class ") == 2
    assert "def __init__(self, units: int, wide: int) -> None:" in text
    assert "self.up = nn.Linear(units, wide)" in text
    assert "self.a = Residual(units=6, wide=8)" in text


def test_what_is_the_same_in_every_use_stays_a_number() -> None:
    text = run(net({
        "a": {"block": "residual", "params": {"wide": 8}, "in": {"x": "x"}},
        "b": {"block": "residual", "params": {"wide": 4}, "in": {"x": "a"}},
    }, blocks={"residual": RESIDUAL}), VECTOR)  # fmt: skip
    assert "self.down = nn.Linear(wide, 6)" in text
    assert "self.a = Residual(8)" in text


def test_uses_that_differ_in_more_than_numbers_are_two_classes() -> None:
    block = {"params": {"kind": "relu"}, "inputs": ["x"], "output": "act",
             "nodes": {"act": node("activation", "x", params={"kind": var("kind")})}}  # fmt: skip
    text = run(net({
        "a": {"block": "bend", "in": {"x": "x"}},
        "b": {"block": "bend", "params": {"kind": "tanh"}, "in": {"x": "a"}},
        "head": node("dense", "b"),
    }, blocks={"bend": block}), VECTOR)  # fmt: skip
    assert "class Bend(nn.Module)" in text
    assert "class Bend2(nn.Module)" in text


def test_a_repeat_is_a_loop_over_own_modules() -> None:
    text = run(net({"res": {"block": "residual", "repeat": 3, "in": {"x": "x"}}},
                   blocks={"residual": RESIDUAL}), VECTOR)  # fmt: skip
    assert "self.res = nn.ModuleList(Residual() for _ in range(3))" in text
    assert "for layer in self.res:\n            res = layer(res)" in text


def test_a_shared_repeat_is_one_module_applied_again() -> None:
    text = run(net({"res": {"block": "residual", "repeat": 3, "shared": True, "in": {"x": "x"}},
                    "op": node("dense", "res", params={"units": 6}, repeat=2, shared=True)},
                   blocks={"residual": RESIDUAL}), VECTOR)  # fmt: skip
    assert "self.res = nn.ModuleList([Residual()])" in text
    assert "for _ in range(3):\n            res = self.res[0](res)" in text
    assert "self.op = nn.ModuleList([nn.Linear(6, 6)])" in text


def test_a_repeated_op_without_weights_is_a_bare_loop() -> None:
    text = run(net({"act": node("activation", "x", params={"kind": "tanh"}, repeat=2),
                    "head": node("dense", "act")}), VECTOR)  # fmt: skip
    assert "for _ in range(2):\n            act = torch.tanh(act)" in text


def test_blocks_within_blocks() -> None:
    outer = {
        "params": {"units": 6}, "inputs": ["x"], "output": "last",
        "nodes": {
            "inner": {
                "block": "residual", "repeat": 2, "in": {"x": "x"},
                "params": {"units": var("units"), "wide": var("units * 2")},
            },
            "last": {"block": "residual", "params": {"units": var("units")}, "in": {"x": "inner"}},
        },
    }  # fmt: skip
    text = run(net({
        "a": {"block": "outer", "repeat": 2, "in": {"x": "x"}},
        "grow": node("dense", "a", params={"units": 10}),
        "b": {"block": "outer", "params": {"units": 10}, "in": {"x": "grow"}},
    }, blocks={"outer": outer, "residual": RESIDUAL}), VECTOR)  # fmt: skip
    assert text.index("class Residual") < text.index("class Outer") < text.index("class Net(")
    assert "self.b = Outer(10)" in text


def test_a_tied_node_uses_the_module_of_the_other() -> None:
    text = run(net({
        "a": node("dense", "x", params={"units": 6}),
        "b": node("dense", "a", params={"units": 6}, tied="a"),
        "back": node("tied", "b", tied="a"),
    }), VECTOR)  # fmt: skip
    assert "b = self.a(a)" in text
    assert "self.a.weight.T" in text


def test_off_and_unused_nodes_are_left_out_and_frozen_ones_stay() -> None:
    text = run(net({
        "a": node("dense", "x", params={"units": 4}, frozen=True),
        "drop": node("dropout", "a", enabled=False),
        "lost": node("dense", "a"),
        "head": node("dense", "drop"),
    }), VECTOR)  # fmt: skip
    assert "nn.Linear(6, 4).requires_grad_(False)" in text
    assert "lost" not in text
    assert "drop" not in text


@pytest.mark.parametrize("name", ["half", "type", "class", "sum", "torch", "forward", "self"])
def test_names_that_python_has_taken_do_no_harm(name: str) -> None:
    run(net({name: node("dense", "x"), "head": node("dense", name)}), VECTOR)


def test_several_outputs_are_a_dictionary() -> None:
    nodes = {"a": node("dense", "x", params={"units": "target"}), "b": node("dense", "x")}
    text = run(net(nodes, outputs={"y": "a", "z": "b"}), VECTOR)
    assert 'return {"y": a, "z": b}' in text


def test_masks_travel_into_blocks_and_out_of_them() -> None:
    attend = {
        "params": {"heads": 2}, "inputs": ["x"], "output": "sum",
        "nodes": {
            "see": node("attention", "x", params={"heads": var("heads")}),
            "sum": node("add", "x", "see"),
        },
    }  # fmt: skip
    text = run(net({
        "embed": node("embedding", "x", params={"vocabulary": 9, "units": 8}),
        "layer": {"block": "attend", "repeat": 2, "in": {"x": "embed"}},
        "first": node("class_token", "layer"),
        "again": {"block": "attend", "in": {"x": "first"}},
        "pool": node("mean_over", "again"),
    }, blocks={"attend": attend}), TOKENS)  # fmt: skip
    assert "def forward(self, x: Tensor, x_mask: Tensor) -> Tensor:" in text


def test_a_mask_that_changes_in_a_block_is_returned() -> None:
    begin = {"params": {}, "inputs": ["x"], "output": "first", "nodes": {
        "embed": node("embedding", "x", params={"vocabulary": 9, "units": 8}),
        "first": node("class_token", "embed")}}  # fmt: skip
    text = run(net({
        "begin": {"block": "begin", "in": {"x": "x"}},
        "pool": node("mean_over", "begin"),
    }, blocks={"begin": begin}), TOKENS)  # fmt: skip
    assert "-> tuple[Tensor, Tensor]:" in text
    assert "begin, begin_mask = self.begin(x)" in text


def test_a_mask_that_nobody_reads_is_not_written() -> None:
    text = run(net({
        "embed": node("embedding", "x", params={"vocabulary": 9, "units": 8}),
        "flat": node("dense", "embed"),
    }), TOKENS)  # fmt: skip
    assert "mask" not in text


def test_an_input_that_a_block_does_not_need_is_not_asked_for() -> None:
    block = {
        "params": {},
        "inputs": ["x", "memory"],
        "output": "keep",
        "nodes": {"keep": node("dense", "x", params={"units": 6}), "lost": node("bias", "memory")},
    }
    text = run(net({
        "only_for_it": node("dense", "x"),
        "use": {"block": "half_used", "repeat": 2, "in": {"x": "x", "memory": "only_for_it"}},
    }, blocks={"half_used": block}), VECTOR)  # fmt: skip
    assert "def forward(self, x: Tensor) -> Tensor:\n        return self.keep(x)" in text
    assert "only_for_it" not in text


def test_a_repeat_that_cannot_matter_is_refused() -> None:
    block = {"params": {}, "inputs": ["x", "memory"], "output": "keep",
             "nodes": {"keep": node("dense", "memory", params={"units": 6})}}  # fmt: skip
    network = net(
        {"use": {"block": "idle", "repeat": 2, "in": {"x": "x", "memory": "x"}}},
        blocks={"idle": block},
    )
    with pytest.raises(NetworkError) as caught:
        source(network, VECTOR, 1)
    assert caught.value.code == "repeat_idle"


def test_the_text_needs_only_torch() -> None:
    text = run(net({"res": {"block": "residual", "in": {"x": "x"}}}, blocks={"residual": RESIDUAL}),
               VECTOR)  # fmt: skip
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported <= {"torch", "math"}
    assert "danlu" not in text.replace("Danlu", "").partition('"""\n')[2]


def test_the_name_of_a_network_cannot_become_code() -> None:
    network = net({"head": node("dense", "x")}, name='a"""\nimport os\n\\')
    text = run(network, VECTOR)
    assert "\nimport os" not in text
    assert "written" not in sys.modules


def test_a_network_that_does_not_fit_is_refused() -> None:
    with pytest.raises(NetworkError):
        source(net({"conv": node("conv2d", "x")}), VECTOR, 1)
