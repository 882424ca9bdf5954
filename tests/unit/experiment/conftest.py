"""A small project: a dataset with a planted signal, and an executor shared by all tests."""

import random
import time
from pathlib import Path

import pytest

from danlu.data.imported import import_file
from danlu.execute.local import LocalExecutor
from danlu.experiment.plan import Spec
from danlu.experiment.ports import Ports
from danlu.experiment.run import conduct
from danlu.store.backends.sqlite import SqliteStore
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Dataset, Experiment, Identity, Part, Trial, Version

WHO = Identity(name="tester", role="admin")
SMALL = {"trials": 6, "epochs": 6, "recipe": {"batch_size": 64}}


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """One warm engine for all; its own home, so that each test may have another."""
    found = LocalExecutor(tmp_path_factory.mktemp("engine"))
    found.start()
    yield found
    found.close()


def write_csv(path: Path, *, rows: int = 300) -> Path:
    draw = random.Random(5)
    lines = ["x1,x2,colour,late,minutes"]
    for _ in range(rows):
        x1, x2 = draw.gauss(0, 1), draw.gauss(5, 2)
        colour = draw.choice(["red", "green", "blue"])
        score = 2 * x1 - 0.5 * (x2 - 5) + (colour == "red") + draw.gauss(0, 0.5)
        shown = "" if draw.random() < 0.05 else f"{x1:.4f}"
        lines.append(f"{shown},{x2:.4f},{colour},{'yes' if score > 0 else 'no'},{score * 10:.3f}")
    path.write_text("\n".join(lines) + "\n")
    return path


class Project:
    """A workspace's home with one dataset, and the words to run experiments on it."""

    def __init__(self, home: Path, executor: LocalExecutor) -> None:
        self.home, self.executor = home, executor
        self.store = SqliteStore(home / "danlu.db")
        self.blobs = FolderBlobs(home / "blobs")
        imported = import_file(write_csv(home / "late.csv"), home / "imported")
        sha = self.blobs.put_file(imported.parquet)
        part = Part(name="late.csv", sha256=sha, source_sha256="", rows=imported.rows)
        with self.store.begin(WHO) as tx:
            tx.insert(Dataset(project="default", name="late", version=1, created_at=0))
            tx.insert(
                Version(
                    project="default", name="late", version=1, parts=(part,), rows=part.rows,
                    schema_=imported.schema_.model_dump(mode="json"), profile={}, hash="h1",
                    created_at=0,
                )
            )  # fmt: skip

    @property
    def ports(self) -> Ports:
        return Ports(self.store, WHO, self.blobs, self.executor, self.home, time.time)

    def ask(self, name: str, **fields: object) -> str:
        spec = Spec.of({"data": "late", "target": "late", **fields})
        with self.store.begin(WHO) as tx:
            tx.insert(
                Experiment(
                    project="default", name=name, state="queued",
                    spec=spec.model_dump(mode="json"), created_at=0,
                )
            )  # fmt: skip
        return name

    def all(self, record: type, **fields: object) -> list:
        with self.store.begin(WHO, write=False) as tx:
            return tx.all(record, **fields)


@pytest.fixture
def project(tmp_path, engine):
    found = Project(tmp_path, engine)
    yield found
    found.store.close()


@pytest.fixture(scope="session")
def finished(tmp_path_factory, engine):
    """One experiment that went well, to be looked at from many sides."""
    found = Project(tmp_path_factory.mktemp("home"), engine)
    name = found.ask("first", deploy="late_api", **SMALL)
    yield found, conduct(found.ports, name)
    found.store.close()


@pytest.fixture
def table_of():
    """What must not depend on luck: values, cohorts, curves, ends."""
    kept = {"number", "batch", "cohort", "values", "state", "metric", "metrics", "best_epoch",
            "epochs", "curve"}  # fmt: skip

    def read(project, name):
        trials = sorted(project.all(Trial, experiment=name), key=lambda t: t.number)
        return [t.model_dump(include=kept) for t in trials]

    return read
