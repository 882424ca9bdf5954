"""Every network of the gallery is shown to learn on real data."""

import pytest

from danlu.network.check import check
from danlu.network.gallery.base import gallery
from danlu.testing.gallery import EntryContract, real, types_of

GALLERY = gallery()


@pytest.fixture(params=GALLERY.names())
def entry(request):
    return GALLERY.get(request.param)()


class TestGallery(EntryContract):
    pass


def test_its_document_checks_clean_and_its_space_fits(entry) -> None:
    data = real(entry.proof.dataset)
    types = types_of(data)
    head = {"digits": 10, "wine": 3}.get(entry.proof.dataset, 1)
    found = entry.propose(types, rows=1000, task=data.task, head=head)
    assert check(found.network, types, head).problems == ()
    smallest = {key: domain.nearest(0) for key, domain in found.space.items()}
    assert check(found.network.with_values(smallest), types, head).problems == ()
