"""Schedules: what every schedule must do."""

from __future__ import annotations

import itertools

from danlu.train.schedules.base import Schedule

STEPS = 200


class ScheduleContract:
    """Subclass in a test module that has a fixture ``schedule``, a class."""

    def test_the_factor_lies_between_0_and_1(self, schedule: type[Schedule]) -> None:
        """At every step, whatever the warm-up."""
        for warmup in (0.0, 0.05, 0.9):
            factors = [schedule(warmup=warmup).factor(i, STEPS) for i in range(STEPS)]
            assert all(0 < f <= 1 for f in factors)

    def test_the_peak_is_reached(self, schedule: type[Schedule]) -> None:
        """Somewhere the learning rate is what the recipe says."""
        factors = [schedule(warmup=0.1).factor(i, STEPS) for i in range(STEPS)]
        assert max(factors) > 0.999

    def test_it_never_jumps(self, schedule: type[Schedule]) -> None:
        """Neighbouring steps differ little."""
        factors = [schedule(warmup=0.1).factor(i, STEPS) for i in range(STEPS)]
        assert all(abs(a - b) < 0.06 for a, b in itertools.pairwise(factors))

    def test_a_single_step_has_a_factor(self, schedule: type[Schedule]) -> None:
        """The shortest training there is."""
        assert 0 < schedule().factor(0, 1) <= 1
