"""Every trigger keeps the laws."""

import pytest

from danlu.catalog import Catalog
from danlu.loop.triggers.base import Trigger
from danlu.testing.triggers import check_trigger

TRIGGERS: Catalog[Trigger] = Catalog("danlu.loop.triggers", Trigger)


@pytest.mark.parametrize("kind", TRIGGERS.names())
def test_a_trigger_with_its_defaults_keeps_the_laws(kind: str) -> None:
    check_trigger(TRIGGERS.get(kind)())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 * * * *", "0 3 * * 1"])
def test_a_schedule_of_any_zone_keeps_the_laws(cron: str, zone: str) -> None:
    check_trigger(TRIGGERS.get("schedule")(cron=cron, zone=zone))
