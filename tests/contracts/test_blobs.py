"""Every place for blobs keeps the laws."""

from pathlib import Path

import pytest

from danlu.catalog import Catalog
from danlu.store.blobs.base import Blobs
from danlu.testing.blobs import BlobLaws

PLACES: Catalog[Blobs] = Catalog("danlu.store.blobs", Blobs)
OPENED_BY = {"folder": lambda kind, folder: kind(folder / "blobs")}


@pytest.fixture(params=PLACES.names())
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return OPENED_BY[request.param](PLACES.get(request.param), tmp_path)


class TestBlobs(BlobLaws):
    pass
