"""Every preprocessor keeps the contract."""

import pytest

from danlu.catalog import Catalog
from danlu.testing.preprocessors import PreprocessorContract
from danlu.train.preprocessors.base import Preprocessor

PREPROCESSORS = Catalog("danlu.train.preprocessors", Preprocessor)


@pytest.fixture(params=PREPROCESSORS.names())
def preprocessor(request):
    return request.param


class TestPreprocessors(PreprocessorContract):
    pass
