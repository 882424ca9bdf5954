"""Every optimizer keeps the contract."""

import pytest

from danlu.catalog import Catalog
from danlu.testing.optimizers import OptimizerContract
from danlu.train.optimizers.base import Optimizer

OPTIMIZERS = Catalog("danlu.train.optimizers", Optimizer)


@pytest.fixture(params=OPTIMIZERS.names())
def optimizer(request):
    return OPTIMIZERS.get(request.param)()


class TestOptimizers(OptimizerContract):
    pass
