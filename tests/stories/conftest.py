"""What every story starts from: real tables as files, and a server tree of one's own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sklearn import datasets

from danlu.cli.replay import Server


def write_csv(path: Path, columns: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def breast_cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """569 rows, 30 number columns, target `diagnosis`: malignant or benign."""
    found = datasets.load_breast_cancer()
    names = [n.replace(" ", "_") for n in found.feature_names]
    rows = [
        [*map(float, x), found.target_names[y]]
        for x, y in zip(found.data, found.target, strict=True)
    ]
    path = tmp_path_factory.mktemp("tables") / "breast_cancer.csv"
    return write_csv(path, [*names, "diagnosis"], rows)


@pytest.fixture(scope="session")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """442 rows, 10 number columns, number target `progression`."""
    found = datasets.load_diabetes()
    rows = [[*map(float, x), float(y)] for x, y in zip(found.data, found.target, strict=True)]
    path = tmp_path_factory.mktemp("tables") / "diabetes.csv"
    return write_csv(path, [*found.feature_names, "progression"], rows)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A whole process tree on a free port, to be entered with `with`."""
    return Server(tmp_path / "furnace", 0)
