"""Bundle: a folder with all that is needed to predict, and nothing that can run code."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from danlu.data.encoder import Encoder
from danlu.errors import BundleError
from danlu.serve.decoder import Decoder
from danlu.serve.onnx_file import LARGEST_BYTES, check_onnx

MANIFEST = "manifest.json"
REQUIRED = ("encoder.json", "model.onnx", "decoder.json", "golden.jsonl")
FORMAT = 1
LARGEST_TEXT_BYTES = 64 << 20
LARGEST_FILES = 32

M = TypeVar("M", bound=BaseModel)


class Manifest(BaseModel):
    """What a bundle says of itself; other fields (lineage, metrics, versions) are carried along."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)
    format: int = FORMAT
    files: dict[str, str]
    """File name -> SHA-256 of its bytes, all files but the manifest."""
    tolerance: float = Field(1e-4, gt=0, le=0.1)
    """How far a golden answer may be off, relative to its size."""
    latency_budget_ms: float = Field(50.0, gt=0)
    """Median time of one row, from JSON to JSON, without HTTP."""
    memory_budget_mb: float = Field(1024.0, gt=0)
    """Resident memory of a process that serves it."""


class Golden(msgspec.Struct, frozen=True):
    """A raw row and the answer the training side gave for it."""

    row: dict[str, Any]
    answer: list[float] | float


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: hashes verified, model checked, states parsed."""

    manifest: Manifest
    encoder: Encoder
    decoder: Decoder
    golden: tuple[Golden, ...]
    model: bytes

    @classmethod
    def open(cls, folder: Path) -> Bundle:
        """Read a bundle; what was hashed is what is parsed, each file is read once."""
        manifest = _parse(Manifest, _read(folder, MANIFEST, LARGEST_TEXT_BYTES), MANIFEST)
        _check_manifest(manifest)
        content = {name: _verified(folder, name, manifest) for name in sorted(manifest.files)}
        check_onnx(content["model.onnx"])
        return cls(
            manifest=manifest,
            encoder=_parse(Encoder, content["encoder.json"], "encoder.json"),
            decoder=_parse(Decoder, content["decoder.json"], "decoder.json"),
            golden=_golden(content["golden.jsonl"]),
            model=content["model.onnx"],
        )


def unzip(path: Path, folder: Path) -> None:
    """Lay a zipped bundle out as a new ``folder``; only flat names of stated sizes come out."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            _check_entries(entries)
            folder.mkdir()
            for entry in entries:
                (folder / entry.filename).write_bytes(archive.read(entry))
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise _unreadable(path.name, str(error)) from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        if entry.filename != Path(entry.filename).name or entry.filename.startswith("."):
            raise _unreadable(entry.filename, "a bundle is one flat folder")
    total = sum(e.file_size for e in entries)
    if len(entries) > LARGEST_FILES or total > LARGEST_BYTES + LARGEST_TEXT_BYTES:
        raise _unreadable("the zip", f"it holds {len(entries)} files of {total} bytes")


def sha256(content: bytes) -> str:
    """Return the hash under which a manifest lists a file."""
    return hashlib.sha256(content).hexdigest()


def _check_manifest(manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise BundleError(
            f"the bundle has format {manifest.format}, this Danlu reads {FORMAT}",
            code="bundle_format",
            where=MANIFEST,
            do="Upgrade Danlu, or pack the model again.",
        )
    missing = [name for name in REQUIRED if name not in manifest.files]
    if missing:
        raise BundleError(
            f"the manifest does not list {', '.join(missing)}",
            code="bundle_incomplete",
            where=MANIFEST,
            do="Pack the model again; bundles are not edited by hand.",
        )
    odd = [name for name in manifest.files if name != Path(name).name or name.startswith(".")]
    if odd:
        raise BundleError(
            f"the manifest lists {odd[0]!r}, which is no plain file name",
            code="bundle_path",
            where=MANIFEST,
            do="A bundle is one flat folder.",
        )


def _verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    limit = LARGEST_BYTES if name == "model.onnx" else LARGEST_TEXT_BYTES
    content = _read(folder, name, limit)
    found, wanted = sha256(content), manifest.files[name]
    if found != wanted:
        raise BundleError(
            f"'{name}' has changed: its hash is {found[:12]}, the manifest says {wanted[:12]}",
            code="bundle_hash",
            where=name,
            do="Fetch or pack the bundle again.",
            file=name,
        )
    return content


def _read(folder: Path, name: str, limit: int) -> bytes:
    path = folder / name
    try:
        size = path.lstat().st_size
        if path.is_symlink() or not path.is_file():
            raise _unreadable(name, "it is not a plain file")
        if size > limit:
            raise _unreadable(name, f"it has {size} bytes, the limit is {limit}")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(name, str(error.strerror or error)) from error


def _unreadable(name: str, why: str) -> BundleError:
    return BundleError(
        f"cannot read '{name}': {why}",
        code="bundle_unreadable",
        where=name,
        do="Give the folder that 'danlu export' wrote (unzipped), with all its files.",
        file=name,
    )


def _parse(model: type[M], content: bytes, name: str) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _malformed(name, f"{place}: {first['msg']}" if place else first["msg"]) from error


def _golden(content: bytes) -> tuple[Golden, ...]:
    decoder = msgspec.json.Decoder(Golden)
    rows: list[Golden] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise _malformed("golden.jsonl", f"line {number}: {error}") from error
    if not rows:
        raise _malformed("golden.jsonl", "it holds no row")
    return tuple(rows)


def _malformed(name: str, why: str) -> BundleError:
    return BundleError(
        f"'{name}' is malformed: {why}",
        code="bundle_malformed",
        where=name,
        do="Pack the model again; bundles are not edited by hand.",
        file=name,
    )
