"""Every sampler keeps the contract."""

import pytest

from danlu.catalog import Catalog
from danlu.search.samplers.base import Sampler
from danlu.search.samplers.random import Random
from danlu.testing.samplers import SamplerContract

SAMPLERS = Catalog("danlu.search.samplers", Sampler)


@pytest.fixture(params=SAMPLERS.names())
def sampler(request):
    return SAMPLERS.get(request.param)()


@pytest.fixture
def yardstick():
    return Random()


class TestSamplers(SamplerContract):
    pass
