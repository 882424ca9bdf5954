"""Reading (a job): a dropped file as a network, whoever wrote it, and what a person should know.

It runs in a process of its own: a file may be large, broken, or made to do harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from danlu.errors import NetworkError
from danlu.network.file import LARGEST, decode, parse, read
from danlu.network.graph import FORMAT, VERSION, Json
from danlu.network.imports.base import importers

OWN = (".json", ".yaml", ".yml", ".py")
"""How files of our own networks end; a .json may also be a model of Keras."""
PARTS = ("inputs", "nodes", "outputs")


def run(args: Json, report: Any) -> Json:
    """Read ``{"path", "file"}``: where the bytes lie, and what the file was called."""
    del report
    return read_file(Path(args["path"]), str(args["file"]))


def read_file(path: Path, file: str) -> Json:
    """Return ``{"form", "network", "blocks", "future", "inputs", "unmapped", "repeats", ...}``.

    ``blocks`` is the network with what repeats written as blocks, None if nothing does. ``future``
    is the version of a document that a later Danlu wrote: it can be looked at, not checked.
    """
    suffix, where = Path(file).suffix.lower(), f"file '{file}'"
    known = sorted({*OWN, *(s for kind in importers().all().values() for s in kind.suffixes)})
    if suffix not in known:
        raise NetworkError(
            f"no network is read from '{suffix or file}'", code="suffix_unknown", where=where,
            do=f"Give a file that ends in {' or '.join(known)}.", suffix=suffix,
        )  # fmt: skip
    own = _own(path, suffix, where) if suffix in OWN else None
    return own or _model(path, suffix, where)


def _own(path: Path, suffix: str, where: str) -> Json | None:
    """Read a network of ours; None for the JSON of a Keras model, whose nodes are layers."""
    if suffix == ".json" and path.stat().st_size > LARGEST:
        return None
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise NetworkError(
            "it is not UTF-8 text", code="encoding", where=where, do="Give a network document."
        ) from error
    if suffix == ".py":
        return _answer(parse(text, where=where).document())
    document = decode(text, where=where)
    if isinstance(document, Mapping) and "class_name" in document and "config" in document:
        return None
    version = _later(document)
    if version is not None and isinstance(document, Mapping):
        return {**_answer(dict(document)), "future": version}
    return _answer(read(document, where=where).document())


def _later(document: object) -> int | None:
    """Return the version of a document of ours that only a later Danlu can read."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        return None
    version = document.get("version")
    whole = all(isinstance(document.get(part), Mapping) for part in PARTS)
    return version if isinstance(version, int) and version > VERSION and whole else None


def _model(path: Path, suffix: str, where: str) -> Json:
    """Read the file of another program."""
    kinds = importers().all()
    form = next(name for name, kind in kinds.items() if suffix in kind.suffixes)
    found = kinds[form]().read(path.read_bytes(), where=where)
    folded = found.folded().network.document() if found.repeats else None
    return {**_answer({}), **found.report(), "form": form, "blocks": folded}


def _answer(network: Json) -> Json:
    """Return what is said of a network of ours: it lacks nothing."""
    return {
        "form": "danlu", "network": network, "blocks": None, "future": None, "inputs": {},
        "weights": 0, "unmapped": [], "notes": [], "repeats": [],
    }  # fmt: skip
