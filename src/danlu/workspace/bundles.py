"""Bundles: a model's files out of the blob store, as a folder or as one zip."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import zipfile
from pathlib import Path

from danlu.data.durable import replace_file, replace_folder
from danlu.errors import BundleError, InvalidError
from danlu.store.blobs.base import Blobs
from danlu.store.records import Model
from danlu.store.transaction import Transaction

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every member, so that the same bundle is the same zip."""


def find_model(tx: Transaction, ref: str) -> Model:
    """Return a model by ``name@version``, or the newest version by ``name``."""
    name, at, version = ref.partition("@")
    if at and not version.isdecimal():
        raise InvalidError(
            f"'{ref}' names no model", code="reference", do="Write name@version, as in bikes@3."
        )
    versions = tx.all(Model, name=name)
    if at or not versions:
        return tx.get(Model, tx.who.project, name, int(version or 1))
    return max(versions, key=lambda model: model.version)


def materialise(model: Model, blobs: Blobs, home: Path) -> Path:
    """Put a bundle into the cache, whole, unless it is there; return its folder."""
    listed = "\n".join(f"{name} {sha}" for name, sha in sorted(model.files.items()))
    folder = home / "cache" / "bundles" / hashlib.sha256(listed.encode()).hexdigest()[:32]
    if folder.exists():
        return folder
    temp = home / "tmp" / f"bundle-{secrets.token_hex(8)}"
    temp.mkdir(parents=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        for name, sha in model.files.items():
            _check_member(name)
            shutil.copyfile(blobs.path(sha), temp / name)
        if not folder.exists():
            replace_folder(temp, folder)
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return folder


def write_zip(model: Model, blobs: Blobs, to: Path) -> Path:
    """Write a bundle as one zip; the same model gives the same bytes."""
    temp = to.with_name(f".{to.name}.{secrets.token_hex(4)}.tmp")
    try:
        with zipfile.ZipFile(temp, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, sha in sorted(model.files.items()):
                _add_member(archive, name, blobs.path(sha))
        replace_file(temp, to)
    finally:
        temp.unlink(missing_ok=True)
    return to


def write_file(model: Model, blobs: Blobs, name: str, to: Path) -> Path:
    """Write one file of a bundle."""
    temp = to.with_name(f".{to.name}.{secrets.token_hex(4)}.tmp")
    try:
        shutil.copyfile(blobs.path(model.files[name]), temp)
        replace_file(temp, to)
    finally:
        temp.unlink(missing_ok=True)
    return to


def _add_member(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(member, "w") as out:
        shutil.copyfileobj(source, out)


def _check_member(name: str) -> None:
    if name != Path(name).name or name.startswith("."):
        raise BundleError(
            f"a bundle cannot hold {name!r}", code="bundle_path", do="A bundle is one flat folder."
        )
