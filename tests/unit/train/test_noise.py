"""Noise is a function of seed, step, node and element, and looks random in all of them."""

import numpy as np
import pytest
import torch
from torch.func import vmap

from danlu.train.noise import keys, uniform

SHAPE = (64, 32)


def draws(seeds, steps, node="drop_1"):
    run = vmap(lambda key: uniform(key, node, SHAPE))
    stack = [run(one) for one in keys(seeds, steps)]
    return torch.stack(stack).flatten(0, 1).flatten(1).double()  # (draws, elements)


@pytest.fixture(scope="module")
def many():
    return draws(list(range(8)), list(range(150)))


def test_a_trial_draws_the_same_alone_as_in_a_cohort():
    alone = uniform(keys([5], [9])[0, 0], "drop_1", SHAPE)
    row = draws([3, 5, 8], [9])[1].reshape(SHAPE).float()
    assert torch.equal(alone, row)


def test_seed_step_and_node_each_change_the_draw():
    first = draws([1], [1])
    assert not torch.equal(first, draws([2], [1]))
    assert not torch.equal(first, draws([1], [2]))
    assert not torch.equal(first, draws([1], [1], node="drop_2"))


def test_padding_moves_no_draw():
    key = keys([3], [4])[0, 0]
    small = uniform(key, "drop_1", (5, 7, 3))
    assert torch.equal(small, uniform(key, "drop_1", (8, 9, 20))[:5, :7, :3])


def test_the_first_of_a_repeat_draws_as_the_only_one():
    key = keys([3], [4])[0, 0]
    only = uniform(key, "res.drop", SHAPE)
    assert torch.equal(only, uniform(key, "res.0.drop", SHAPE))
    assert not torch.equal(only, uniform(key, "res.1.drop", SHAPE))


def test_draws_lie_in_the_unit_interval(many):
    assert many.min() > 0
    assert many.max() < 1


def test_draws_are_uniform(many):
    counts = np.histogram(many.numpy(), bins=256, range=(0, 1))[0]
    expected = many.numel() / 256
    assert ((counts - expected) ** 2 / expected).sum() / 255 == pytest.approx(1, abs=0.4)


def test_elements_do_not_follow_each_other(many):
    found = np.corrcoef(many[:, :200].T.numpy())
    np.fill_diagonal(found, 0)
    assert np.abs(found).max() * len(many) ** 0.5 < 6


def test_draws_of_other_seeds_and_steps_do_not_follow_each_other(many):
    found = np.corrcoef(many[:600].numpy())
    np.fill_diagonal(found, 0)
    assert np.abs(found).max() * many.shape[1] ** 0.5 < 6


def test_dropout_keeps_as_many_as_chance_would(many):
    kept = (many < 0.1).double().sum(1)
    assert kept.var() / (many.shape[1] * 0.09) == pytest.approx(1, abs=0.2)
