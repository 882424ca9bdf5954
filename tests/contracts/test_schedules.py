"""Every schedule keeps the contract."""

import pytest

from danlu.catalog import Catalog
from danlu.testing.schedules import ScheduleContract
from danlu.train.schedules.base import Schedule

SCHEDULES = Catalog("danlu.train.schedules", Schedule)


@pytest.fixture(params=SCHEDULES.names())
def schedule(request):
    return SCHEDULES.get(request.param)


class TestSchedules(ScheduleContract):
    pass
