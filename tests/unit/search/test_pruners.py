"""Pruners look at curves only, and say why."""

from danlu.search.pruners.halving import Halving
from danlu.search.pruners.patience import Patience

CLIMBS = [0.1 * i for i in range(1, 9)]
STANDS = [0.5] * 8
LEADS = [0.6, 0.7, 0.8, 0.85, 0.86, 0.87, 0.88, 0.9]


def test_patience_spares_a_slow_starter_that_climbs():
    found = Patience(grace=3, patience=3).stop(
        {0: CLIMBS, 1: STANDS, 2: LEADS}, live={0, 1, 2}, epochs=30
    )
    assert list(found) == [1]


def test_patience_waits_for_the_grace():
    short = {n: curve[:3] for n, curve in ((0, CLIMBS), (1, STANDS), (2, LEADS))}
    assert Patience(grace=3, patience=1).stop(short, live={0, 1, 2}, epochs=30) == {}


def test_patience_never_stops_the_leader():
    assert Patience(grace=1, patience=1).stop({4: STANDS}, live={4}, epochs=30) == {}


def test_halving_keeps_the_top_share_at_a_rung():
    curves = {n: [0.1 * n] * 3 for n in range(9)}
    found = Halving(first=3, eta=3).stop(curves, live=range(9), epochs=30)
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


def test_halving_does_nothing_between_rungs():
    curves = {n: [0.1 * n] * 4 for n in range(9)}
    assert Halving(first=3, eta=3).stop(curves, live=range(9), epochs=30) == {}


def test_halving_ranks_only_what_came_so_far():
    curves = {n: [0.1 * n] * (9 if n > 5 else 3) for n in range(9)}
    assert sorted(Halving().stop(curves, live={6, 7, 8}, epochs=30)) == [6, 7]


def test_halving_ranks_among_trials_that_ended_before_by_what_they_had_then():
    before = {0: [0.9, 0.9, 0.9], 1: [0.1, 0.1, 0.1, 0.99], 2: [0.2, 0.2]}
    curves = {**before, 8: [0.5, 0.5, 0.5], 9: [0.95, 0.95, 0.95]}
    assert list(Halving(first=3, eta=4).stop(curves, live={8, 9}, epochs=30)) == [8]


def test_a_trial_without_a_score_goes_first():
    curves = {0: [None, None], 1: [0.1, 0.1]}
    assert list(Halving(first=2, eta=2).stop(curves, live={0, 1}, epochs=9)) == [0]
