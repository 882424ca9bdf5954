"""Drift, decay and new data as reasons for a retrain, and the facts they look at."""

from typing import Any

import pytest

from danlu.loop.triggers.base import Facts, coming
from danlu.loop.triggers.decay import Decay
from danlu.loop.triggers.drift import Drift
from danlu.loop.triggers.schedule import Schedule
from danlu.loop.triggers.version import Version
from danlu.testing.triggers import SET_AT, loop
from danlu.workspace.measuring import facts_of


def measured(
    *, live: tuple[float, float] | None = (0.7, 0.74), psi: float = 0.4, maximise: bool = True
) -> dict[str, Any]:
    """A ripe week of the champion, and a newer day that drifted."""
    day = {"day": "2026-01-02", "sampled": 500, "psi": {"hour": psi, "id": 9.0}}
    value = {"low": live[0], "high": live[1]} if live else None
    return {
        "champion": "m@2", "maximise": maximise, "promise": {"value": 0.8},
        "week": {"to": "2026-01-01", "champion": value},
        "days": [{**day, "by_chance": {"hour": 0.05, "id": 10.0}}],
    }  # fmt: skip


def test_the_newest_day_drifts_where_chance_does_not_explain_it() -> None:
    facts = facts_of(measured())
    assert (facts.day, facts.drifted, facts.drift) == ("2026-01-02", "hour", 0.4)
    assert facts_of(measured(psi=0.04)).drift == 0.0


def test_what_is_lost_is_counted_at_the_kind_end_of_the_interval() -> None:
    facts = facts_of(measured())
    assert (facts.ripe_day, facts.lost) == ("2026-01-01", pytest.approx(0.06 / 0.8))
    assert facts_of(measured(live=(0.7, 0.81))).lost == 0.0


def test_an_error_that_grows_is_a_loss_too() -> None:
    facts = facts_of(measured(live=(1.0, 1.2), maximise=False))
    assert facts.lost == pytest.approx(0.25)


def test_answers_of_another_model_say_nothing_about_the_champion() -> None:
    assert facts_of(measured(live=None)).lost == 0.0


def test_nothing_measured_is_no_reason() -> None:
    facts = facts_of({"champion": None, "days": [], "week": None, "promise": None})
    assert Drift().due(loop(), SET_AT, facts) is None
    assert Decay().due(loop(), SET_AT, facts) is None


def test_few_rows_are_no_drift() -> None:
    facts = Facts(day="2026-01-02", rows=50, drift=3.0, drifted="hour")
    assert Drift().due(loop(), SET_AT, facts) is None
    assert Drift(rows=50).due(loop(), SET_AT, facts) is not None


def test_what_a_retrain_added_is_no_new_data() -> None:
    own = loop().model_copy(update={"cycles": ({"data": 4},)})
    assert Version().due(own, SET_AT, Facts(version=4)) is None
    assert Version().due(own, SET_AT, Facts(version=5)) is not None


def test_the_next_three_runs_keep_to_local_time_through_a_change_of_the_clock() -> None:
    trigger = Schedule(cron="0 3 * * *", zone="Europe/Berlin")
    before = 1_774_623_600.0  # 2026-03-27 16:00 in Berlin; the clock goes forward on the 29th
    first, second, third = coming(trigger, loop(), before)
    assert (second - first, third - second) == (23 * 3600.0, 24 * 3600.0)
