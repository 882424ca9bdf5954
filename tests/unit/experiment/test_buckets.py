"""Trials that could train as one do so where padding them costs less than keeping them apart."""

import pytest

from danlu.experiment.buckets import COHORT, WASTE, buckets

SMALL, LARGE = 30_000.0, 3_000_000.0


def largest(weights):
    return lambda trials: max(weights[t] for t in trials)


def cut(*weights, slots=1):
    return buckets(list(enumerate(weights)), largest(weights), slots=slots)


def test_small_trials_of_all_sizes_are_one_cohort():
    assert cut(*[SMALL * (1 + n / 10) for n in range(8)]) == [(7, 6, 5, 4, 3, 2, 1, 0)]


def test_a_large_trial_is_not_what_small_ones_are_padded_to():
    assert cut(SMALL, LARGE, SMALL) == [(1,), (0, 2)]


def test_two_slots_are_better_than_one_cohort():
    together, apart = cut(*[LARGE, LARGE / 2], slots=1), cut(*[LARGE, LARGE / 2], slots=2)
    assert together == apart == [(0,), (1,)]
    both = [COHORT, COHORT * 0.99]
    assert cut(*both, slots=1) == [(0, 1)]
    assert cut(*both, slots=2) == [(0,), (1,)]


def test_sizes_that_cannot_be_one_network_stay_apart():
    found = buckets([(0, SMALL), (1, SMALL / 2)], lambda _: float("inf"), slots=1)
    assert found == [(0,), (1,)]


@pytest.mark.parametrize("seed", range(5))
def test_padding_never_costs_more_than_the_trials(seed):
    weights = [SMALL * 3 ** ((seed * 7 + n * 5) % 6) for n in range(12)]
    for trials in cut(*weights):
        own = sum(weights[t] for t in trials)
        assert len(trials) * max(weights[t] for t in trials) <= WASTE * own
