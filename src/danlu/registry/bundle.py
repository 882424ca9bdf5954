"""Pack: a winner's model, encoder, decoder and golden rows become a bundle, whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from danlu.data.durable import replace_folder
from danlu.data.encoder import Encoder
from danlu.errors import BundleError, StorageError
from danlu.serve.bundle import FORMAT, MANIFEST, Bundle, sha256
from danlu.serve.decoder import Decoder

GIVEN_BY_PACK = ("format", "files", "size_bytes")


def pack(  # noqa: PLR0913  # the parts of a bundle
    folder: Path,
    *,
    onnx: bytes,
    encoder: Encoder,
    decoder: Mapping[str, Any],
    golden: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any],
    card: str = "",
) -> Bundle:
    """Write the bundle into ``folder`` and return it as opened again from there.

    ``golden`` holds ``{"row": {...}, "answer": [...]}``; ``manifest`` whatever should travel with
    the model (task, schema, lineage, metrics); pack adds format, hashes and size.
    """
    taken = [name for name in GIVEN_BY_PACK if name in manifest]
    if taken:
        raise BundleError(
            f"the manifest must not bring its own '{taken[0]}'",
            code="manifest_field",
            where=MANIFEST,
            do="Leave the field out; packing writes it.",
        )
    files = {
        "model.onnx": onnx,
        "encoder.json": encoder.model_dump_json(by_alias=True).encode(),
        "decoder.json": Decoder.model_validate(decoder).model_dump_json().encode(),
        "golden.jsonl": b"".join(msgspec.json.encode(line) + b"\n" for line in golden),
        "card.md": card.encode(),
    }
    own = {
        "format": FORMAT,
        "files": {name: sha256(content) for name, content in sorted(files.items())},
        "size_bytes": sum(len(content) for content in files.values()),
    }
    files[MANIFEST] = msgspec.json.format(msgspec.json.encode({**own, **manifest}), indent=2)
    _write(folder, files)
    return Bundle.open(folder)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    temp = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        temp.mkdir(parents=True)
        for name, content in files.items():
            (temp / name).write_bytes(content)
        Bundle.open(temp)  # a bundle that does not open never gets its name
        replace_folder(temp, folder)
    except OSError as error:
        raise StorageError(
            f"cannot write the bundle: {error.strerror or error}",
            where=f"folder '{folder}'",
            do="Free some space, then try again.",
        ) from error
    finally:
        shutil.rmtree(temp, ignore_errors=True)
