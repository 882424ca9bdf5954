"""A network as a module: names, seeds, switches, and many trials as one."""

import warnings

import pytest
import torch
from torch.func import functional_call, grad_and_value, vmap

from danlu.compile.key import dials_of, program_key
from danlu.compile.module import NetModule
from danlu.errors import NetworkError
from danlu.network.graph import Network, Node, Selector
from danlu.network.ops.base import Live
from danlu.testing.ops import TABLE, draw


def network(**changes: Node) -> Network:
    nodes = {
        "columns": Node(op="columns", in_={"x": "table"}),
        "stem": Node(op="dense", params={"units": 16}, in_={"x": "columns"}),
        "half": Node(op="batch_norm", in_={"x": "stem"}),
        "act": Node(op="activation", in_={"x": "half"}),
        "drop": Node(op="dropout", params={"p": 0.3}, in_={"x": "act"}),
        "back": Node(op="dense", params={"units": 16}, in_={"x": "drop"}),
        "sum": Node(op="add", in_={"xs": ("stem", "back")}),
        "norm": Node(op="layer_norm", in_={"x": "sum"}),
        "head": Node(op="dense", params={"units": "target"}, in_={"x": "norm"}),
    }
    return Network(inputs={"table": Selector()}, nodes={**nodes, **changes}, outputs={"y": "head"})


def module(**changes: Node) -> NetModule:
    return NetModule(network(**changes), {"table": TABLE}, 2)


def state(net: NetModule, seed: int = 0) -> dict[str, torch.Tensor]:
    return {**net.initial(seed), **{n: b.clone() for n, b in net.named_buffers()}}


def answer(net: NetModule, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    return functional_call(net, weights, ({"table": draw(TABLE, seed=0)}, Live()))["y"]


def test_weights_are_named_by_node() -> None:
    names = set(state(module()))
    assert {"columns.weight", "stem.weight", "stem.bias", "head.weight"} <= names


def test_a_node_may_be_called_like_a_method_of_torch() -> None:
    assert {"half~.weight", "half~.running_mean"} <= set(state(module()))


def test_first_weights_depend_on_seed_and_node_only() -> None:
    first, other = module().initial(5), module(extra=Node(op="dense", in_={"x": "stem"})).initial(5)
    assert torch.equal(first["stem.weight"], other["stem.weight"])
    assert not torch.equal(first["stem.weight"], module().initial(6)["stem.weight"])
    assert not torch.equal(first["stem.weight"].std(), first["back.weight"].std())


def test_what_leads_to_no_output_is_not_built() -> None:
    spare = Node(op="dense", in_={"x": "stem"})
    assert "spare.weight" not in state(module(spare=spare))


def test_a_node_that_is_off_passes_its_input() -> None:
    off = network().nodes["norm"].model_copy(update={"enabled": False})
    net = module(norm=off)
    assert "norm.weight" not in state(net)
    weights = state(net)
    direct = module(head=Node(op="dense", params={"units": "target"}, in_={"x": "sum"}))
    torch.testing.assert_close(answer(net, weights), answer(direct, weights))


def test_a_node_that_changes_the_shape_cannot_be_off() -> None:
    with pytest.raises(NetworkError, match="'stem'"):
        module(stem=network().nodes["stem"].model_copy(update={"enabled": False}))


def test_a_network_that_does_not_fit_is_refused_with_the_node() -> None:
    with pytest.raises(NetworkError, match="'sum'") as caught:
        module(back=Node(op="dense", params={"units": 9}, in_={"x": "drop"}))
    assert caught.value.code == "sizes_differ"


REFUSED = {
    "op_unknown": Node(op="dens", in_={"x": "stem"}),
    "block_unknown": Node(block="residual", in_={"x": "stem"}),
    "param_invalid": Node(op="dropout", params={"p": 3}, in_={"x": "stem"}),
    "source_unknown": Node(op="dropout", in_={"x": "nobody"}),
    "input_missing": Node(op="dropout"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_broken_node_is_refused_by_name(code: str) -> None:
    with pytest.raises(NetworkError, match="'act'") as caught:
        module(act=REFUSED[code])
    assert caught.value.code == code


def test_dials_do_not_change_the_program_and_sizes_do() -> None:
    net = network()
    assert dials_of(net) == {"drop.p": 0.3}
    key = program_key(net)
    assert program_key(net.with_values({"drop.p": 0.1})) == key
    assert program_key(net.model_copy(update={"name": "other"})) == key
    assert program_key(net.with_values({"back.bias": False})) != key
    assert program_key(net.with_values({"stem.units": 17})) != key


def test_a_written_default_is_the_same_program() -> None:
    bare = network(drop=Node(op="dropout", in_={"x": "act"}))
    assert program_key(bare) == program_key(network())


def test_a_stack_of_trials_moves_as_each_alone_without_a_fallback() -> None:
    net, x = module(), {"table": draw(TABLE, seed=1, rows=32)}
    states = [net.initial(seed) for seed in range(4)]
    params = {n: torch.stack([s[n] for s in states]) for n in states[0]}
    first = dict(net.named_buffers())
    buffers = {n: torch.stack([b.clone() for _ in range(4)]) for n, b in first.items()}
    drops, noise = torch.linspace(0.0, 0.6, 4), torch.rand(4, 32, 16)

    def loss(weights, running, drop, seen):
        running = {n: b.clone() for n, b in running.items()}
        live = Live(training=True, draw=lambda *_: seen, dials={"drop.p": drop})
        out = functional_call(net, {**weights, **running}, (x, live))["y"]
        return out.square().mean(), running

    step = grad_and_value(loss, has_aux=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grads, (losses, after) = vmap(step)(params, buffers, drops, noise)
    alone, (single, kept) = step(states[3], first, drops[3], noise[3])
    torch.testing.assert_close(losses[3], single, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close({n: g[3] for n, g in grads.items()}, alone, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close({n: b[3] for n, b in after.items()}, kept, rtol=1e-5, atol=1e-6)
