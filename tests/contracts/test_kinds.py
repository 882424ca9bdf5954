"""Every column kind keeps the contract."""

import pytest

from danlu.data.dataset import KINDS
from danlu.testing.kinds import KindContract


@pytest.fixture(params=KINDS.names())
def kind(request):
    return KINDS.get(request.param)


class TestKinds(KindContract):
    pass
