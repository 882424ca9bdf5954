from __future__ import annotations

import json
from pathlib import Path

import pytest

from danlu.errors import BundleError, StorageError
from danlu.registry.bundle import pack
from danlu.serve.bundle import Bundle
from danlu.testing.bundles import tiny_bundle


@pytest.fixture
def tiny(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path / "tiny", manifest={"model": "tiny@1", "task": "classification"})


def again(folder: Path, bundle: Bundle, **changed: object) -> Bundle:
    parts: dict[str, object] = {
        "onnx": bundle.model,
        "encoder": bundle.encoder,
        "decoder": bundle.decoder.model_dump(),
        "golden": [{"row": g.row, "answer": g.answer} for g in bundle.golden],
        "manifest": {},
    }
    return pack(folder, **(parts | changed))  # type: ignore[arg-type]


def test_packed_bundle_opens_with_everything_it_was_given(tiny: Bundle, tmp_path: Path) -> None:
    copy = again(tmp_path / "copy", tiny)
    assert copy.encoder == tiny.encoder
    assert copy.golden == tiny.golden
    assert copy.model == tiny.model


def test_manifest_lists_the_hash_of_every_other_file(tiny: Bundle, tmp_path: Path) -> None:
    names = {p.name for p in (tmp_path / "tiny").iterdir()}
    assert set(tiny.manifest.files) == names - {"manifest.json"}


def test_manifest_carries_what_the_caller_says(tiny: Bundle) -> None:
    assert (tiny.manifest.model_extra or {})["task"] == "classification"


def test_packing_twice_gives_the_same_bytes(tiny: Bundle, tmp_path: Path) -> None:
    again(tmp_path / "a", tiny)
    again(tmp_path / "b", tiny)
    read = [(tmp_path / n / "manifest.json").read_bytes() for n in "ab"]
    assert read[0] == read[1]


def test_manifest_may_not_bring_its_own_hashes(tiny: Bundle, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        again(tmp_path / "b", tiny, manifest={"files": {}})
    assert caught.value.code == "manifest_field"


def test_what_does_not_open_gets_no_folder(tiny: Bundle, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        again(tmp_path / "b", tiny, onnx=b"no model")
    assert [p.name for p in tmp_path.iterdir()] == ["tiny"]


def test_unwritable_place_is_a_storage_error(tiny: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        again(tmp_path / "file" / "b", tiny)


def test_manifest_is_readable_json(tiny: Bundle, tmp_path: Path) -> None:
    assert tiny.manifest.format == 1
    assert json.loads((tmp_path / "tiny" / "manifest.json").read_text())["size_bytes"] > 0
