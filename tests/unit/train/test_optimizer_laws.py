"""What no contract of one optimizer can hold: a trial of a cohort, of any size, is it alone."""

import numpy as np
import pytest
import torch

from danlu.testing.encoded import cohort_args, network
from danlu.train.job import run
from danlu.train.optimizers.base import Rates, Row
from danlu.train.optimizers.muon import ALIKE, orthogonal
from danlu.train.optimizers.sgd import Sgd

torch.set_num_threads(1)
RATES = {"lion": 1e-3, "muon": 5e-3}
WIDTHS = ({"dense_1.units": 5, "dense_2.units": 12}, {"dense_1.units": 12, "dense_2.units": 7})


def train(folder, optimizer, trials, **changes):
    recipe = {"epochs": 2, "batch_size": 64, "optimizer": optimizer, "weight_decay": 0.01}
    recipe |= {"learning_rate": RATES[optimizer], "patience": 0, **changes.pop("recipe", {})}
    result = run(cohort_args(folder, recipe=recipe, trials=trials, **changes), [].append)
    return {t["number"]: t for t in result["trials"]}


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


@pytest.mark.parametrize("optimizer", RATES)
def test_a_trial_of_a_cohort_of_sizes_is_the_trial_alone(tmp_path, optimizer):
    trials = [{"number": n, "seed": n, "values": dict(w)} for n, w in enumerate(WIDTHS)]
    together = train(tmp_path / "two", optimizer, trials)
    for one in trials:
        alone = train(tmp_path / str(one["number"]), optimizer, [one])[one["number"]]
        np.testing.assert_allclose(losses(alone), losses(together[one["number"]]), rtol=1e-5)


@pytest.mark.parametrize("optimizer", RATES)
def test_a_planted_signal_is_learnt(tmp_path, optimizer):
    changes = {"recipe": {"epochs": 12, "batch_size": 32}, "network": network(units=32)}
    found = train(tmp_path, optimizer, [{"number": 0, "seed": 1, "values": {}}], **changes)[0]
    assert found["metric"] > 0.9


def test_sgd_without_momentum_is_plain():
    row = Row([torch.tensor([1.0, -2.0])], [[torch.zeros(2)]])
    for step_no in range(2):
        Sgd().update(row, [torch.tensor([0.5, 1.0])], Rates(0.1, 0.0, 0.0, step_no))
    assert row.params[0].tolist() == pytest.approx([0.9, -2.2])


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 6)])
def test_an_orthogonal_matrix_is_one_and_fill_does_not_count(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = orthogonal(matrix, 1e-7)
    scale = ALIKE * max(shape) ** 0.5
    singular = torch.linalg.svdvals(found) / scale
    assert (singular > 0.6).all()
    assert (singular < 1.3).all()
    filled = torch.zeros(12, 10)
    filled[: shape[0], : shape[1]] = matrix
    again = orthogonal(filled, 1e-7)
    torch.testing.assert_close(again[: shape[0], : shape[1]], found, rtol=1e-4, atol=1e-5)
    assert torch.count_nonzero(again) == torch.count_nonzero(found)
    assert not orthogonal(torch.zeros(3, 3), 1e-7).any()
