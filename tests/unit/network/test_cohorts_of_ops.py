"""Ops for tables in one cohort: a row of the stack is the trial alone, also where sizes differ."""

import numpy as np
import pytest
import torch
from torch.func import functional_call

from danlu.compile.key import family_key, program_key
from danlu.compile.module import NetModule
from danlu.network.graph import Network
from danlu.network.ops.base import Live
from danlu.tensor import TensorType
from danlu.testing.encoded import cohort_args
from danlu.train.job import run

RECIPE = {"epochs": 2, "batch_size": 64, "patience": 0, "weight_decay": 0.01}


def node(op, *sources, **params):
    ends = {"x": sources[0]} if len(sources) == 1 else {"xs": list(sources)}
    return {"op": op, "params": params, "in": ends}


def document(**nodes):
    return {
        "format": "danlu.network", "version": 2, "name": "cohort", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": list(nodes)[-1]},
    }  # fmt: skip


MEMBERS = document(
    numbers=node("piecewise_linear", "table", bins=4, units=3),
    many=node("batch_ensemble", "numbers", units=8, members=3),
    act=node("activation", "many", kind="sigmoid"),
    drop=node("dropout", "act", p=0.2),
    more=node("batch_ensemble", "drop", units=8),
    head=node("batch_ensemble", "more", units="target", kind="own"),
)
PRICES = document(
    waves=node("periodic", "table", units=4, frequencies=3),
    mixed=node("experts", "waves", units=6, experts=3, hidden=4),
    codes=node("vector_quantize", "mixed", codes=8),
    quiet=node("sparse_penalty", "codes", strength=0.1),
    head=node("dense", "quiet", units="target"),
)
CASES = {
    "members": (MEMBERS, [{"many.units": 5, "drop.p": 0.4}, {"many.units": 9, "more.units": 3}]),
    "prices": (PRICES, [{"waves.sigma": 0.5, "mixed.balance": 1.0}, {"codes.commitment": 2.0}]),
}


def train(folder, written, values):
    trials = [{"number": n, "seed": 40 + n, "values": v} for n, v in values.items()]
    args = {"network": written, "recipe": RECIPE, "trials": trials, "together": None}
    return {t["number"]: t for t in run(cohort_args(folder, **args), [].append)["trials"]}


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


@pytest.mark.parametrize("case", CASES)
def test_a_row_equals_the_trial_alone(tmp_path, case):
    written, values = CASES[case]
    together = train(tmp_path / "all", written, dict(enumerate(values)))
    second = train(tmp_path / "one", written, {1: values[1]})[1]
    np.testing.assert_allclose(losses(together[1]), losses(second), rtol=1e-5)
    assert not np.allclose(losses(together[0]), losses(together[1]), rtol=1e-3)


def test_members_of_two_widths_are_one_family():
    networks = [Network.model_validate(MEMBERS).with_values(v) for v in CASES["members"][1]]
    assert len({family_key(n) for n in networks}) == 1
    assert len({program_key(n) for n in networks}) == 2


def test_prices_are_dials():
    networks = [Network.model_validate(PRICES).with_values(v) for v in CASES["prices"][1]]
    assert len({program_key(n) for n in networks}) == 1


def test_a_tied_layer_uses_the_transposed_weight_of_its_node():
    written = document(
        wide=node("dense", "x", units=3), back={**node("tied", "wide"), "tied": "wide"}
    )
    network = Network.model_validate({**written, "inputs": {"x": {}}})
    net = NetModule(network, {"x": TensorType.of("features=5")}, 1)
    w, x = net.initial(0), torch.randn(4, 5)
    assert set(w) == {"wide.weight", "wide.bias", "back.bias"}
    found = functional_call(net, w, ({"x": x}, Live()))["y"]
    inner = x @ w["wide.weight"].T + w["wide.bias"]
    torch.testing.assert_close(found, inner @ w["wide.weight"] + w["back.bias"])
