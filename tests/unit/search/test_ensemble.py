"""Greedy selection takes the best, then only what betters the mean."""

import numpy as np

from danlu.search.ensemble import greedy

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
