"""Models: versions count up by name; files are kept by content."""

import pytest

from danlu.registry.models import keep, register
from danlu.store.backends.memory import MemoryStore
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Identity, Model

WHO = Identity(name="tester", role="admin")


@pytest.fixture
def store():
    found = MemoryStore()
    yield found
    found.close()


def draft(name: str) -> Model:
    return Model(
        project="default", name=name, version=0, experiment="e", trials=(0,), files={},
        manifest={}, metrics={}, created_at=0,
    )  # fmt: skip


def registered(store, name):
    with store.begin(WHO) as tx:
        return register(tx, draft(name)).ref


def test_versions_count_up_by_name(store):
    refs = [registered(store, name) for name in ("late", "late", "other", "late")]
    assert refs == ["late@1", "late@2", "other@1", "late@3"]


def test_a_bundles_files_are_kept_by_content(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"graph")
    (folder / "card.md").write_bytes(b"words")
    blobs = FolderBlobs(tmp_path / "blobs")
    found = keep(blobs, folder)
    assert {name: blobs.read(sha) for name, sha in found.items()} == {
        "model.onnx": b"graph", "card.md": b"words",
    }  # fmt: skip
