"""File: a network as JSON, YAML or Python text, the same network whichever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from danlu.errors import NetworkError, TooLargeError, nearest
from danlu.network.faces.reader import IMPORT as PYTHON
from danlu.network.faces.reader import read as read_python
from danlu.network.faces.writer import write as write_python
from danlu.network.graph import (
    FORMAT,
    UPGRADES,
    VERSION,
    Block,
    Json,
    Network,
    Node,
    Option,
    Selector,
)
from danlu.params import Params

LARGEST = 4 * 1024 * 1024  # bytes of a text
DEEPEST = 64  # levels of a text


def load(source: Path | str) -> Network:
    """Read a network from a file, or from its text.

    A text that starts with a brace is JSON, one that imports our words is Python, else it is YAML.

    >>> load("inputs: {t: {}}\\nnodes: {}\\noutputs: {}").inputs
    {'t': Selector(columns=None, kinds=None)}
    """
    if isinstance(source, Path):
        where = f"file '{source.name}'"
        if source.stat().st_size > LARGEST:
            _refuse_size(where)
        try:
            text = source.read_text("utf-8")
            return read_python(text, where=where) if _is_py(source) else parse(text, where=where)
        except UnicodeDecodeError as error:
            raise NetworkError(
                "it is not UTF-8 text", code="encoding", where=where, do="Save it as UTF-8."
            ) from error
    return parse(source)


def parse(text: str, *, where: str = "the document") -> Network:
    """Read a network from text; NetworkError names the first thing that is wrong."""
    if len(text) > LARGEST:
        _refuse_size(where)
    if not text.lstrip().startswith("{") and PYTHON.search(text):
        return read_python(text, where=where)
    return read(decode(text, where=where), where=where)


def decode(text: str, *, where: str = "the document") -> object:
    """Read JSON or YAML text, whatever it describes; NetworkError if it is neither."""
    if len(text) > LARGEST:
        _refuse_size(where)
    reader = _read_json if text.lstrip().startswith("{") else _read_yaml
    try:
        return reader(text)
    except RecursionError as error:
        raise NetworkError("it is nested too deeply", code="too_deep", where=where) from error
    except (ValueError, yaml.YAMLError) as error:
        message = " ".join(str(error).split())[:200]
        raise NetworkError(
            f"it cannot be read: {message}", code="unreadable", where=where,
            do="Give a network document as JSON, YAML or Python.",
        ) from error  # fmt: skip


def read(document: object, *, where: str = "the document") -> Network:
    """Turn a parsed document into a network, refusing what it does not know by name."""
    if not isinstance(document, Mapping):
        raise NetworkError(
            "it is no object", code="unreadable", where=where,
            do="Start with inputs, nodes and outputs.",
        )  # fmt: skip
    _check_format(document, where)
    try:
        return Network.model_validate(document)
    except ValidationError as error:
        _refuse(error, where)


def dump(network: Network, suffix: str) -> str:
    """Write a network as text; ``suffix`` is ".json", ".yaml", ".yml" or ".py"."""
    writers: dict[str, Callable[[Network], str]] = {
        ".json": _write_json, ".yaml": _write_yaml, ".yml": _write_yaml, ".py": write_python,
    }  # fmt: skip
    writer = writers.get(suffix.lower())
    if writer is None:
        raise NetworkError(
            f"no network can be written as '{suffix}'", code="suffix_unknown",
            where="the name of the file to write",
            do=f"End it in {' or '.join(sorted(writers))}.",
        )  # fmt: skip
    return writer(network)


def _is_py(file: Path) -> bool:
    return file.suffix.lower() == ".py"


def _check_format(document: Mapping[str, Any], where: str) -> None:
    if document.get("format", FORMAT) != FORMAT:
        raise NetworkError(
            f"its format is {document['format']!r}", code="format_unknown", where=where,
            do=f"A network says '{FORMAT}'.",
        )  # fmt: skip
    version = document.get("version", VERSION)
    if version != VERSION and not (isinstance(version, int) and version in UPGRADES):
        raise NetworkError(
            f"it is of version {version!r}", code="version_unknown", where=where,
            do=f"This Danlu reads version {VERSION}; update it.", version=str(version)[:20],
        )  # fmt: skip


def _refuse(error: ValidationError, where: str) -> NoReturn:
    errors = error.errors(include_url=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    path = "/".join(str(part) for part in first["loc"][:6])
    if first["type"] != "extra_forbidden":
        raise NetworkError(
            f"'{path}': {first['msg'].lower()}", code="document_invalid", where=where, path=path
        ) from error
    key = str(first["loc"][-1])
    known = [f.alias or name for name, f in _owner(first["loc"]).model_fields.items()]
    raise NetworkError(
        f"no key '{key}' at '{path}'", code="key_unknown", where=where,
        do=nearest(key, known), key=key,
    ) from error  # fmt: skip


def _owner(path: tuple[int | str, ...]) -> type[Params]:
    """Return whose key the last part of ``path`` is."""
    if len(path) == 1:
        return Network
    if "choices" in path:
        return Option
    if "nodes" in path:
        return Node
    return Block if path[0] == "blocks" else Selector


def _refuse_size(where: str) -> NoReturn:
    raise TooLargeError(
        f"more than {LARGEST // 2**20} MB of text", code="document_large", where=where,
        do="Split the network.",
    )  # fmt: skip


def _read_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' is there twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _write_json(network: Network) -> str:
    """Write one line per top-level key, and per node, also inside blocks."""
    return _spread(network.document(), "\n") + "\n"


def _spread(document: Json, margin: str) -> str:
    return _object({k: _body(k, value, f"{margin}  ") for k, value in document.items()}, margin)


def _body(key: str, value: Any, margin: str) -> str:
    if not value or not isinstance(value, dict) or key not in ("nodes", "blocks", "inputs"):
        return _text(value)
    if key == "blocks":
        return _object({n: _spread(one, f"{margin}  ") for n, one in value.items()}, margin)
    return _object({name: _text(one) for name, one in value.items()}, margin)


def _object(items: Mapping[str, str], margin: str) -> str:
    lines = [f"{margin}  {_text(name)}: {one}" for name, one in items.items()]
    return "{" + ",".join(lines) + margin + "}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


class _Loader(yaml.CSafeLoader):
    """YAML with the scalars of JSON (YAML 1.2 core): `on` is a text, `1e-4` a number."""


class _Dumper(yaml.CSafeDumper):
    """Quotes what either YAML 1.1 or our reader would take for something else."""


_TRUE_FALSE = re.compile(r"^(?:true|false)$")
_NULL = re.compile(r"^(?:null|~|)$")
_INT = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$")
_DIGITS = list("-+.0123456789")


def _resolve_as_json() -> None:
    _Loader.yaml_implicit_resolvers = {}
    for owner in (_Loader, _Dumper):
        owner.add_implicit_resolver("tag:yaml.org,2002:bool", _TRUE_FALSE, list("tf"))
        owner.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, ["n", "~", ""])
        owner.add_implicit_resolver("tag:yaml.org,2002:int", _INT, _DIGITS)
        owner.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, _DIGITS)
    _Loader.add_constructor("tag:yaml.org,2002:int", _plain_int)
    _Loader.add_constructor("tag:yaml.org,2002:map", _plain_map)


def _plain_int(loader: Any, node: Any) -> int:
    return int(loader.construct_scalar(node))


def _plain_map(loader: Any, node: Any) -> Json:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    odd = next((key for key in keys if not isinstance(key, str)), None)
    if odd is not None:
        raise ValueError(f"the key {odd!r} is no text; write it in quotes")
    values = [loader.construct_object(value, deep=True) for _, value in node.value]
    return _unique(list(zip(keys, values, strict=True)))


_resolve_as_json()


def _read_yaml(text: str) -> object:
    """Read YAML without aliases, tags and depth: nothing in it can grow."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        trouble = _trouble(event, depth)
        if trouble:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise ValueError(f"line {line}: {trouble}")
    loader = _Loader(text)
    try:
        found: object = loader.get_single_data()
    finally:
        loader.dispose()
    return found


def _trouble(event: yaml.Event, depth: int) -> str:
    if isinstance(event, yaml.AliasEvent):
        return "aliases are not read"
    if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
        return "tags are not read"
    return "nested too deeply" if depth > DEEPEST else ""


def _write_yaml(network: Network) -> str:
    """Write block style, with each node's parameters and edges on their own line."""
    return yaml.dump(
        network.document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100,
        default_flow_style=None,
    )  # fmt: skip
