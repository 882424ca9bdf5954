"""Ops of tables, ensembles and experts compute what their formulas say."""

import itertools

import numpy as np
import pytest
import torch
from torch.func import functional_call

from danlu.network.ops.base import Live, ops
from danlu.network.ops.experts import choose_experts
from danlu.network.ops.piecewise_linear import fill_bins
from danlu.tensor import Axis, Field, TensorType
from danlu.testing.ops import SEQUENCE, TABLE, VECTOR, Stand, draw

PLAIN = Live()


def run(op, inputs, seed=1, live=PLAIN):
    stand = Stand(op, inputs)
    return stand.run(stand.weights(seed), live), stand.weights(seed), stand.tensors


def op(name, **params):
    return ops().get(name)(**params)


def test_bins_below_are_full_and_those_above_empty() -> None:
    edges = torch.tensor([-2.0, -1.0, 0.0, 2.0])
    found = fill_bins(torch.tensor([[-3.0, 0.5, 4.0]]), edges)[0]
    wanted = torch.tensor([[-1.0, 0.0, 0.0], [1.0, 1.0, 0.25], [1.0, 1.0, 2.0]])
    torch.testing.assert_close(found, wanted)


def test_learnt_knots_start_where_the_fixed_ones_are() -> None:
    fixed, _, _ = run(op("piecewise_linear", units=0), {"x": (TABLE,)})
    learnt, _, _ = run(op("piecewise_linear", units=0, knots="learnt"), {"x": (TABLE,)})
    torch.testing.assert_close(learnt, fixed, rtol=1e-4, atol=1e-5)


def test_a_factorization_machine_sums_every_pair() -> None:
    found, weights, (x,) = run(op("factorization", units=2, factors=3), {"x": (TABLE,)})
    vectors = torch.cat(
        [
            x[:, [0, 1, 3]][..., None] * weights["number"],
            weights["category"][x[:, 2].long()][:, None],
            weights["category"][x[:, 4].long() + 4][:, None],
        ],
        dim=1,
    )
    single, pair = vectors[..., :2], vectors[..., 2:].unflatten(-1, (2, 3))
    both = sum((pair[:, i] * pair[:, j]).sum(-1) for i, j in itertools.combinations(range(5), 2))
    torch.testing.assert_close(found, single.sum(1) + both + weights["bias"])


def test_a_member_is_a_dense_layer_of_its_own() -> None:
    found, w, (x,) = run(op("batch_ensemble", units=3, members=4), {"x": (VECTOR,)})
    third = ((x * w["r"][2]) @ w["weight"].T) * w["s"][2] + w["bias"][2]
    torch.testing.assert_close(found[:, 2], third)


def test_members_stay_members() -> None:
    inputs = {"x": (TensorType.of("members=4, features=5"),)}
    found, w, (x,) = run(op("batch_ensemble", units=3, members=9, kind="own"), inputs)
    assert found.shape == (6, 4, 3)
    torch.testing.assert_close(found[:, 1], x[:, 1] @ w["weight"][1].T + w["bias"][1])


def test_only_the_chosen_experts_weigh() -> None:
    shares = choose_experts(torch.tensor([[0.1, 2.0, -1.0, 1.0]]), 2)[0]
    assert shares.tolist()[0] == shares.tolist()[2] == 0.0
    torch.testing.assert_close(shares.sum(), torch.tensor(1.0))
    torch.testing.assert_close(shares[1] / shares[3], torch.tensor(1.0).exp())


def test_even_use_of_experts_is_free() -> None:
    stand = Stand(op("experts", experts=3, top=3), {"x": (VECTOR,)})
    weights = {n: torch.zeros_like(w) for n, w in stand.weights(0).items()}
    prices = []
    stand.run(weights, Live(training=True, penalise=lambda _, price: prices.append(price)))
    torch.testing.assert_close(prices[0], torch.tensor(0.0))


@pytest.mark.parametrize("name", ["experts", "sparse_penalty", "vector_quantize"])
def test_prices_do_not_count_padding(name) -> None:
    mask = torch.arange(6) < torch.tensor([6, 4, 1, 5, 3, 2])[:, None]
    stand = Stand(op(name), {"x": (SEQUENCE.model_copy(update={"masked": True}),)})
    weights, prices = stand.weights(0), []
    live = Live(True, masks=(mask,), penalise=lambda _, price: prices.append(price))
    stand.run(weights, live)
    stand.run(weights, live, [torch.where(mask[..., None], stand.tensors[0], 50.0)])
    torch.testing.assert_close(prices[0], prices[1])


def test_a_vector_becomes_its_nearest_code_and_the_gradient_passes() -> None:
    stand = Stand(op("vector_quantize", codes=8), {"x": (VECTOR,)})
    codes, x = stand.weights(0)["weight"], stand.tensors[0].requires_grad_()
    nearest = codes[torch.cdist(x, codes).argmin(1)]
    found = stand.run({"weight": codes}, Live(training=True))
    torch.testing.assert_close(found, nearest)
    (slope,) = torch.autograd.grad(found.sum(), x)
    torch.testing.assert_close(slope, torch.ones_like(slope))


def test_a_step_fires_at_zero_and_learns_as_a_ramp() -> None:
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0], requires_grad=True)
    layer = op("activation", kind="step").build({"x": (VECTOR,)}, head=1)
    found = layer(x, node="it", live=PLAIN)
    assert found.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
    (slope,) = torch.autograd.grad(found.sum(), x)
    assert slope.tolist() == [0.0, 0.5, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("kind", ["softmax", "log_softmax"])
def test_shares_leave_out_what_a_stack_fills_up(kind) -> None:
    x = torch.tensor([[1.0, 2.0, 3.0, 0.0, 0.0]])
    layer = op("activation", kind=kind).build({"x": (VECTOR,)}, head=1)
    found = layer(x, node="it", live=Live(real={"it": (torch.arange(5) < 3).float()}))
    torch.testing.assert_close(found[:, :3], getattr(torch, kind)(x[:, :3], -1))
    assert found[:, 3:].tolist() == [[0.0, 0.0]]


def test_channels_share_where_there_are_channels() -> None:
    image = TensorType.of("channels=4, height=8, width=8")
    found, _, _ = run(op("activation", kind="softmax"), {"x": (image,)})
    torch.testing.assert_close(found.sum(1), torch.ones(6, 8, 8))


def test_every_column_is_one_token_however_many_numbers_it_takes() -> None:
    found, w, (x,) = run(op("columns", form="tokens", units=4), {"x": (TABLE,)})
    assert found.shape == (6, 4, 4)
    size = x[:, 0, None] * w["scale"][0] + x[:, 1, None] * w["scale"][1] + w["bias"][0]
    torch.testing.assert_close(found[:, 0], size)


CATEGORIES = TensorType(
    axes=(Axis(name="features", size=3),),
    fields=tuple(Field(column=n, start=i, cardinality=5) for i, n in enumerate("abc")),
)


@pytest.mark.parametrize(
    "name", ["columns", "one_hot", "factorization", "feature_cross", "embedding"]
)
def test_a_table_of_categories_alone_is_read(name) -> None:
    assert torch.isfinite(run(op(name), {"x": (CATEGORIES,)})[0]).all()


@pytest.mark.parametrize("name", ["piecewise_linear", "periodic"])
def test_numbers_are_wanted_where_only_numbers_are_read(name) -> None:
    refusal = op(name).refuse({"x": (CATEGORIES,)})
    assert refusal is not None
    assert refusal.code == "numbers_wanted"


def test_one_hot_says_which_category() -> None:
    found, _, (x,) = run(op("one_hot"), {"x": (TABLE,)})
    assert found[:, 3:7].argmax(1).tolist() == x[:, 2].long().tolist()
    assert found[:, 3:].sum(1).tolist() == [2.0] * 6


def test_pairs_of_categories_do_not_share_a_place_while_there_is_room() -> None:
    stand = Stand(op("feature_cross", units=1), {"x": (TABLE,)})
    weights = {"weight": torch.arange(36.0)[:, None]}
    x = torch.zeros(36, 5)
    x[:, [2, 4]] = torch.cartesian_prod(torch.arange(4.0), torch.arange(9.0))
    found = stand.run(weights, PLAIN, [x])
    assert sorted(found[:, 0].tolist()) == list(map(float, range(36)))


def test_a_single_category_has_no_pair() -> None:
    fields = (Field(column="a", start=0, cardinality=5), Field(column="b", start=1))
    table = TensorType(axes=(Axis(name="features", size=2),), fields=fields)
    refusal = op("feature_cross").refuse({"x": (table,)})
    assert refusal is not None
    assert refusal.code == "pair_wanted"


def test_bounds_with_nothing_between_are_refused() -> None:
    refusal = op("clip", low=1.0, high=1.0).refuse({"x": (VECTOR,)})
    assert refusal is not None
    assert refusal.code == "bounds_empty"


def test_a_divisor_keeps_its_sign_and_its_distance_from_zero() -> None:
    layer = op("divide", epsilon=0.5).build({}, head=1)
    b = torch.tensor([2.0, 0.1, 0.0, -0.1, -2.0])
    found = layer(torch.ones(5), b, node="it", live=PLAIN)
    assert found.tolist() == [0.5, 2.0, 2.0, -2.0, -0.5]


def test_a_dropped_path_is_dropped_for_the_whole_row() -> None:
    layer = op("drop_path", p=0.5).build({"x": (SEQUENCE,)}, head=1)
    x = draw(SEQUENCE, seed=0, rows=4)
    noise = torch.tensor([0.1, 0.9, 0.4, 0.6])
    live = Live(training=True, draw=lambda _, shape: noise.reshape(shape))
    found = functional_call(layer, {}, (x,), {"node": "it", "live": live})
    np.testing.assert_allclose(found[[0, 2]], 0.0)
    torch.testing.assert_close(found[[1, 3]], 2 * x[[1, 3]])
