"""Every store backend keeps the laws."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from danlu.catalog import Catalog
from danlu.store.backends.base import Store
from danlu.testing.stores import StoreLaws

BACKENDS: Catalog[Store] = Catalog("danlu.store.backends", Store)
OPENED_BY = {
    "memory": lambda kind, _: kind(),
    "sqlite": lambda kind, folder: kind(folder / "danlu.db"),
}


@pytest.fixture(params=BACKENDS.names())
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    found = OPENED_BY[request.param](BACKENDS.get(request.param), tmp_path)
    yield found
    found.close()


class TestStores(StoreLaws):
    pass
