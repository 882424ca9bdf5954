"""Laws of every trigger; the tests run `check_trigger` on each kind the catalogue finds."""

from __future__ import annotations

import json

from danlu.loop.triggers.base import Facts, Trigger
from danlu.store.records import Loop

SET_AT = 1_767_225_600.0  # 2026-01-01 00:00 UTC
DAY_S = 86_400.0
BUSY = Facts(
    joined=10**9, version=3, day="2026-01-30", rows=10**6, drift=5.0, drifted="hour",
    ripe_day="2026-01-29", lost=0.5,
)  # fmt: skip
"""So much has happened that every trigger that looks at facts is due."""


def loop(*, last_run: str | None = None, created_at: float = SET_AT) -> Loop:
    """Make a loop."""
    return Loop(
        project="default", name="demand", data="bikes", experiment="demand", trigger={},
        last_run=last_run, created_at=created_at,
    )  # fmt: skip


def check_trigger(trigger: Trigger) -> None:
    """Run every law on one trigger."""
    check_json(trigger)
    check_pure(trigger)
    check_once(trigger)
    check_said(trigger)
    check_quiet(trigger)
    check_next(trigger)


def check_json(trigger: Trigger) -> None:
    """Its JSON reads back as the same trigger."""
    text = json.dumps(trigger.model_dump(mode="json"))
    assert type(trigger).model_validate_json(text) == trigger


def check_pure(trigger: Trigger) -> None:
    """The same loop, moment and facts give the same answer."""
    moments = [SET_AT + day * DAY_S for day in range(30)]
    first = [trigger.due(loop(), now, BUSY) for now in moments]
    assert first == [trigger.due(loop(), now, BUSY) for now in moments]


def check_once(trigger: Trigger) -> None:
    """A run that was made is not due again at the same moment."""
    now = SET_AT + 400 * DAY_S
    due = trigger.due(loop(), now, BUSY)
    assert due is None or trigger.due(loop(last_run=due.run), now, BUSY) is None


def check_said(trigger: Trigger) -> None:
    """What is due says why, in words and as plain JSON for programs."""
    due = trigger.due(loop(), SET_AT + 400 * DAY_S, BUSY)
    if due is not None:
        assert due.why
        assert due.code == type(trigger).__module__.rpartition(".")[2]
        assert json.loads(json.dumps(due.args)) == due.args


def check_quiet(trigger: Trigger) -> None:
    """When nothing has happened since the loop was set, nothing is due."""
    assert trigger.due(loop(created_at=SET_AT + 1), SET_AT + 2, Facts()) is None


def check_next(trigger: Trigger) -> None:
    """The next time, where there is one, lies ahead and is due when it comes."""
    now = SET_AT + 40 * DAY_S
    at = trigger.next_at(loop(), now)
    if at is not None:
        assert at > now
        done = trigger.due(loop(), now, Facts())
        assert trigger.due(loop(last_run=done.run if done else None), at, Facts()) is not None
