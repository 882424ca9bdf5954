"""Every augmentation keeps the contract."""

import pytest

from danlu.catalog import Catalog
from danlu.testing.augmentations import AugmentationContract
from danlu.train.augmentations.base import Augmentation

AUGMENTATIONS = Catalog("danlu.train.augmentations", Augmentation)


@pytest.fixture(params=AUGMENTATIONS.names())
def augmentation(request):
    return AUGMENTATIONS.get(request.param)()


class TestAugmentations(AugmentationContract):
    pass
