"""A day runs once: through clock changes, missed runs and restarts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from danlu.errors import InvalidError
from danlu.loop.triggers.base import Facts
from danlu.loop.triggers.rows import Rows
from danlu.loop.triggers.schedule import Schedule, cron_of
from danlu.testing.triggers import SET_AT, loop

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"]


def moment(zone: str, *when: int) -> float:
    return datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()


def runs_of(schedule: Schedule, begin: float, end: float, *, every_s: float) -> list[str]:
    """Ask every so often, as the conductor does, remembering the last run as the store does."""
    runs, last, now = [], None, begin
    while now < end:
        due = schedule.due(loop(last_run=last, created_at=begin), now, Facts())
        if due is not None:
            last = due.run
            runs.append(due.run)
        now += every_s
    return runs


@pytest.mark.parametrize("zone", ZONES)
def test_every_local_date_of_a_year_runs_exactly_once(zone: str) -> None:
    begin = moment(zone, 2026, 1, 1, 12)
    schedule = Schedule(cron="30 2 * * *", zone=zone)
    runs = runs_of(schedule, begin, begin + 365 * 86_400, every_s=4 * 3600)
    assert runs == [f"{datetime(2026, 1, 2) + timedelta(days=n):%Y-%m-%d}" for n in range(365)]


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 0 * * *", "15 1 * * *", "0 3 * * *"])
@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Berlin", (2026, 3, 29)), ("Europe/Berlin", (2026, 10, 25)),
        ("America/New_York", (2026, 3, 8)), ("America/New_York", (2026, 11, 1)),
        ("Australia/Lord_Howe", (2026, 4, 5)), ("America/Santiago", (2026, 9, 6)),
    ],
)  # fmt: skip
def test_a_change_of_the_clock_neither_doubles_nor_skips_a_day(
    cron: str, zone: str, around: tuple[int, int, int]
) -> None:
    noon = moment(zone, *around, 12)
    runs = runs_of(Schedule(cron=cron, zone=zone), noon - 40 * 3600, noon + 24 * 3600, every_s=600)
    assert runs[:2] == [f"{datetime(*around) - timedelta(days=d):%Y-%m-%d}" for d in (1, 0)]
    assert sorted(set(runs)) == runs


def test_the_hour_that_comes_twice_runs_once() -> None:
    begin, end = moment("Europe/Berlin", 2026, 10, 24, 23), moment("Europe/Berlin", 2026, 10, 25, 5)
    runs = runs_of(Schedule(cron="0 * * * *", zone="Europe/Berlin"), begin, end, every_s=60)
    assert runs.count("2026-10-25T02:00") == 1


def test_a_missed_week_runs_once_when_the_machine_is_back() -> None:
    schedule = Schedule(cron="0 3 * * *")
    first = runs_of(schedule, SET_AT, SET_AT + 86_400, every_s=3600)
    later = schedule.due(loop(last_run=first[-1]), SET_AT + 8 * 86_400, Facts())
    assert later is not None
    assert schedule.due(loop(last_run=later.run), SET_AT + 8 * 86_400 + 60, Facts()) is None


def test_a_time_before_the_loop_was_set_does_not_run() -> None:
    set_at = moment("UTC", 2026, 5, 1, 9)
    assert Schedule(cron="0 3 * * *").due(loop(created_at=set_at), set_at + 60, Facts()) is None


def test_a_clock_set_back_a_day_does_not_run_it_again() -> None:
    schedule = Schedule(cron="0 3 * * *")
    assert schedule.due(loop(last_run="2026-05-02"), moment("UTC", 2026, 5, 1, 9), Facts()) is None


def test_a_run_is_due_at_its_very_second() -> None:
    at = moment("UTC", 2026, 5, 1, 3)
    schedule = Schedule(cron="0 3 * * *")
    assert schedule.due(loop(), at, Facts()).run == "2026-05-01"
    assert schedule.due(loop(), at - 1, Facts()).run == "2026-04-30"


@pytest.mark.parametrize(
    ("every", "cron"),
    [("day", "0 3 * * *"), ("week", "0 3 * * 1"), ("15m", "*/15 * * * *"), ("24h", "0 3 * * *")],
)
def test_every_is_a_cron_line(every: str, cron: str) -> None:
    assert cron_of(every) == cron


@pytest.mark.parametrize("every", ["", "7h", "fortnight", "0m", "-1h", "m"])
def test_an_uneven_interval_is_refused_with_advice(every: str) -> None:
    with pytest.raises(InvalidError, match="cron line"):
        cron_of(every)


@pytest.mark.parametrize("fields", [{"cron": "61 * * * *"}, {"zone": "Mars/Base"}, {"cron": "x"}])
def test_a_line_or_zone_that_means_nothing_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        Schedule(**fields)


def test_rows_are_due_from_the_number_on_and_once_a_version() -> None:
    trigger = Rows(rows=100)
    assert trigger.due(loop(), 0.0, Facts(joined=99, version=1)) is None
    due = trigger.due(loop(), 0.0, Facts(joined=100, version=1))
    assert trigger.due(loop(last_run=due.run), 0.0, Facts(joined=500, version=1)) is None
    assert trigger.due(loop(last_run=due.run), 0.0, Facts(joined=500, version=2)) is not None
