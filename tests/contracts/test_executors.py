"""Every executor keeps the contract."""

import pytest

from danlu.execute.inline import InlineExecutor
from danlu.execute.local import LocalExecutor
from danlu.testing.executors import ExecutorContract


@pytest.fixture(scope="module", params=["inline", "local"])
def executor(request, tmp_path_factory):
    kinds = {
        "inline": InlineExecutor,
        "local": lambda: LocalExecutor(tmp_path_factory.mktemp("home")),
    }
    found = kinds[request.param]()
    yield found
    found.close()


class TestExecutors(ExecutorContract):
    pass
