"""Schedule: the loop runs at times of a cron line, read in a time zone.

A run that was missed (the machine was off) happens once, late; a time from before the loop was set
does not. A day, and within it an hour, is named by local time, so a change of the clock neither
doubles nor skips a run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import field_validator

from danlu.errors import InvalidError
from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop

LOOK_BACK = (timedelta(hours=26), timedelta(days=8), timedelta(days=400))
EVERY = {"hour": "0 * * * *", "day": "0 3 * * *", "week": "0 3 * * 1"}
UNITS = {"m": ("*/{} * * * *", 60), "h": ("0 */{} * * *", 24)}
FIXED_FIELDS = 2
"""Minute and hour: when both are single numbers, the line fires at most once a day."""


class Schedule(Trigger):
    """Due at the times of ``cron`` in ``zone``."""

    cron: str = EVERY["day"]
    """Minute, hour, day of month, month, day of week."""
    zone: str = "UTC"
    """IANA name, as in Europe/Berlin."""

    @field_validator("cron")
    @classmethod
    def _readable(cls, cron: str) -> str:
        try:
            CronSim(cron, datetime(2026, 1, 1))
        except CronSimError as error:
            raise InvalidError(
                f"'{cron}' is no cron line", code="cron", where="schedule",
                do=f"Write five fields, as in '0 3 * * *'. {error}",
            ) from error  # fmt: skip
        return cron

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidError(
                f"no time zone '{zone[:100]}'", code="zone", where="schedule",
                do="Use an IANA name, as in Europe/Berlin.",
            ) from error  # fmt: skip
        return zone

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the newest time that has come, unless it was run or lies before the loop."""
        del facts
        slot = self._last(now)
        if slot is None:
            return None
        run = self._name(slot)
        if slot.timestamp() < loop.created_at or run <= (loop.last_run or ""):
            return None
        return Due(
            f"schedule '{self.cron}' ({self.zone}): {run}", run, code="schedule",
            args={"cron": self.cron, "zone": self.zone, "run": run},
        )  # fmt: skip

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return when the next run is due."""
        del loop
        return float(next(CronSim(self.cron, self._local(now))).timestamp())

    def _last(self, now: float) -> datetime | None:
        """Return the newest slot that is not in the future.

        Looked for forwards: backwards, cronsim loses its way in an hour that comes twice.
        """
        for back in LOOK_BACK:
            slots = CronSim(self.cron, self._local(now - back.total_seconds()))
            past = list(takewhile(lambda slot: slot.timestamp() <= now, slots))
            if past:
                newest: datetime = past[-1]
                return newest
        return None

    def _name(self, slot: datetime) -> str:
        fields = self.cron.split()[:FIXED_FIELDS]
        daily = all(field.isdecimal() for field in fields)
        return f"{slot:%Y-%m-%d}" if daily else f"{slot:%Y-%m-%dT%H:%M}"

    def _local(self, now: float) -> datetime:
        return datetime.fromtimestamp(now, ZoneInfo(self.zone))


def cron_of(every: str) -> str:
    """Return the cron line for ``hour``, ``day``, ``week``, ``15m`` or ``6h``.

    >>> cron_of("6h")
    '0 */6 * * *'
    """
    if every in EVERY:
        return EVERY[every]
    count, unit = every[:-1], every[-1:]
    line, whole = UNITS.get(unit, ("", 0))
    if not count.isdecimal() or not 0 < int(count) <= whole or whole % int(count):
        raise InvalidError(
            f"cannot run every '{every[:40]}'", code="every", where="schedule",
            do="Use hour, day, week, or a part of those as in 15m and 6h; else give a cron line.",
        )  # fmt: skip
    if int(count) == whole:
        return EVERY["hour" if unit == "m" else "day"]
    return line.format(count)
