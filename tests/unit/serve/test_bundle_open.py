from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from danlu.errors import BundleError
from danlu.serve.bundle import MANIFEST, Bundle, sha256, unzip
from danlu.serve.gate import run_gate


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def reseal(folder: Path, **changed: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"] = {n: sha256((folder / n).read_bytes()) for n in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest | changed))


def failed(report: dict[str, object]) -> dict[str, str]:
    checks = report["checks"]
    assert isinstance(checks, list)
    return {c["name"]: c["detail"] for c in checks if not c["passed"]}


@pytest.mark.parametrize("name", ["model.onnx", "encoder.json", "decoder.json", "golden.jsonl"])
def test_flipped_byte_is_found_by_its_file(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        Bundle.open(copy)
    assert caught.value.values["file"] == name


def test_missing_file_is_named(copy: Path) -> None:
    (copy / "decoder.json").unlink()
    with pytest.raises(BundleError, match=r"decoder\.json"):
        Bundle.open(copy)


def test_link_out_of_the_folder_is_refused(copy: Path, folder: Path) -> None:
    (copy / "decoder.json").unlink()
    (copy / "decoder.json").symlink_to(folder / "decoder.json")
    with pytest.raises(BundleError, match="plain file"):
        Bundle.open(copy)


def test_path_in_the_manifest_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["files"]["../outside"] = "0" * 64
    (copy / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BundleError) as caught:
        Bundle.open(copy)
    assert caught.value.code == "bundle_path"


def test_newer_format_says_to_upgrade(copy: Path) -> None:
    reseal(copy, format=99)
    with pytest.raises(BundleError, match="Upgrade"):
        Bundle.open(copy)


def test_zipped_bundle_comes_out_whole(folder: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "b"), "zip", folder)
    unzip(Path(archive), tmp_path / "out")
    assert Bundle.open(tmp_path / "out").golden == Bundle.open(folder).golden


def test_zip_that_climbs_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(BundleError):
        unzip(tmp_path / "b.zip", tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_gate_passes_a_good_bundle_with_numbers(folder: Path) -> None:
    report = run_gate(folder, beside=folder)
    assert report["passed"]
    names = ["opens", "golden", "schema", "latency", "memory"]
    assert [c["name"] for c in report["checks"]] == names
    assert 0 < report["latency_ms"] < 50
    assert 0 < report["memory_mb"] < 400


def test_gate_names_the_golden_row_that_is_off(copy: Path) -> None:
    lines = (copy / "golden.jsonl").read_text().splitlines()
    off = json.loads(lines[7])
    off["answer"][0] += 0.01
    lines[7] = json.dumps(off)
    (copy / "golden.jsonl").write_text("\n".join(lines))
    reseal(copy)
    assert "row 7" in failed(run_gate(copy))["golden"]


def test_gate_refuses_what_is_over_budget(copy: Path) -> None:
    reseal(copy, latency_budget_ms=0.001, memory_budget_mb=1.0)
    assert set(failed(run_gate(copy))) == {"latency", "memory"}


def test_gate_names_a_column_whose_kind_changed(copy: Path, folder: Path) -> None:
    text = (copy / "encoder.json").read_text()
    encoder = json.loads(text)
    encoder["inputs"]["table"] = [
        c | {"column": "carrier"} if c["column"] == "hour" else c | {"column": "hour"}
        if c["column"] == "carrier" else c
        for c in encoder["inputs"]["table"]
    ]  # fmt: skip
    (copy / "encoder.json").write_text(json.dumps(encoder))
    reseal(copy)
    assert "'carrier' was category, is number" in failed(run_gate(copy, beside=folder))["schema"]


def test_gate_survives_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    assert "manifest.json" in failed(run_gate(tmp_path))["opens"]
