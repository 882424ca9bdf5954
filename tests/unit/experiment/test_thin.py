"""A long curve is told in few points, and none of its spikes is lost."""

from danlu.experiment.thin import thin

CURVE = [
    {"epoch": n, "loss": 1 / n, "auc": 0.2 if n == 70_001 else 0.9, "valid_loss": None}
    for n in range(1, 100_001)
]


def test_both_ends_and_a_spike_of_any_measure_stay():
    kept = thin(CURVE, 2000)
    assert len(kept) <= 2000
    assert (kept[0], kept[-1]) == (CURVE[0], CURVE[-1])
    assert CURVE[70_000] in kept
    assert [p["epoch"] for p in kept] == sorted(p["epoch"] for p in kept)


def test_a_short_curve_stays_as_it_is():
    assert thin(CURVE[:50], 50) == tuple(CURVE[:50])


def test_a_measure_that_is_never_known_does_no_harm():
    assert all(point["valid_loss"] is None for point in thin(CURVE[:500], 20))
