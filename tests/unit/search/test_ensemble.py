"""Greedy selection takes the best, then only what betters the mean."""

import numpy as np

from danlu.search.ensemble import greedy, team

TARGET = np.array([0.0, 1.0, 0.0, 1.0])


def error(answer):
    return float(((answer - TARGET) ** 2).mean())


ANSWERS = {
    1: np.array([0.2, 0.8, 0.2, 0.6]),
    2: np.array([0.2, 0.8, 0.2, 0.6]),
    3: np.array([0.3, 0.7, -0.2, 1.3]),
    4: np.array([0.9, 0.1, 0.9, 0.1]),
}


def test_the_best_comes_first_then_the_one_that_helps_it():
    assert greedy(ANSWERS, error, k=2, maximise=False) == [1, 3]


def test_what_does_not_help_is_left_out():
    assert greedy({1: ANSWERS[1], 4: ANSWERS[4]}, error, k=2, maximise=False) == [1]


def test_a_gain_too_small_is_left_out():
    assert greedy(ANSWERS, error, k=2, maximise=False, gain=1.0) == [1]


def test_answers_without_a_metric_are_never_chosen():
    broken = {1: np.full(4, np.nan), 2: ANSWERS[2]}
    assert greedy(broken, error, k=2, maximise=False) == [2]


def test_nothing_gives_nothing():
    assert greedy({}, error) == []


DRAW = np.random.default_rng(3)
TRUTH = DRAW.normal(size=400)


def near(noise, seed=1):
    return TRUTH + noise * np.random.default_rng(seed).normal(size=len(TRUTH))


def far(answer, rows):
    return float(np.sqrt(((answer - TRUTH[rows]) ** 2).mean()))


def chosen(networks, baselines, k=3):
    return team(networks, baselines, far, k=k, maximise=False)


def test_unlike_models_of_one_strength_answer_half_each():
    found = chosen(
        {1: near(0.5, 1), 2: near(0.55, 2)}, {"linear": near(2.0, 3), "trees": near(0.5, 4)}
    )
    assert found == [1, 2, "trees"]


def test_a_baseline_that_is_surely_worse_stays_out():
    assert chosen({1: near(0.1, 1), 2: near(0.1, 2)}, {"trees": near(1.0, 4)}) == [1, 2]


def test_networks_that_are_surely_worse_stay_out():
    assert chosen({1: near(2.0, 1), 2: near(2.0, 2)}, {"trees": near(0.1, 4)}) == ["trees"]


def test_another_baseline_must_be_surely_better_than_the_last():
    networks, last = {1: near(0.5, 1)}, near(0.5, 4)
    assert chosen(networks, {"linear": near(0.49, 3), "trees": last}) == [1, "trees"]
    assert chosen(networks, {"linear": near(0.2, 3), "trees": last})[-1] == "linear"


def test_one_answers_alone_if_no_more_are_wanted():
    assert chosen({1: near(0.5, 1)}, {"trees": near(0.4, 4)}, k=1) == ["trees"]
