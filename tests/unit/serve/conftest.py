from __future__ import annotations

from pathlib import Path

import pytest

from danlu.serve.bundle import Bundle
from danlu.testing.bundles import tiny_bundle


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "tiny"
    tiny_bundle(path)
    return path


@pytest.fixture(scope="session")
def bundle(folder: Path) -> Bundle:
    return Bundle.open(folder)
