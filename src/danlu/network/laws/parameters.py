"""Parameters: reading a node's op and its fields, and saying what is wrong with one of them."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from danlu.network.ops.base import Op, ops
from danlu.params import Params

LONGEST = 60  # characters of a wrong value that are shown
BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


class Fault(Params):
    """One wrong field: a code, its arguments, and what would do instead, if that is clear."""

    code: str
    param: str
    args: dict[str, JsonValue]
    instead: JsonValue = None
    """An allowed value; for a field that does not exist the name that was meant."""


def read(op: str, params: dict[str, JsonValue]) -> Op | tuple[Fault, ...]:
    """Return the op with these parameters, or every fault in them."""
    try:
        return _read(op, json.dumps(params, sort_keys=True))
    except ValidationError as error:
        return _faults(ops().get(op), op, error)


@lru_cache(maxsize=4096)
def _read(op: str, params: str) -> Op:
    return ops().get(op).model_validate_json(params)


def _faults(kind: type[Op], op: str, error: ValidationError) -> tuple[Fault, ...]:
    """Return one fault per field; of the branches of a union the most telling one."""
    found: dict[str, ErrorDetails] = {}
    for detail in error.errors(include_url=False):
        param = str(detail["loc"][0])
        if param not in found or detail["type"] in BOUNDS:
            found[param] = detail
    return tuple(_fault(kind, op, param, detail) for param, detail in found.items())


def _fault(kind: type[Op], op: str, param: str, detail: ErrorDetails) -> Fault:
    args: dict[str, JsonValue] = {"op": op, "param": param}
    if detail["type"] == "extra_forbidden":
        near = get_close_matches(param, kind.model_fields, n=1)
        return Fault(
            code="param_unknown", param=param, args=args, instead=near[0] if near else None
        )
    field = kind.model_fields[param]
    value = detail["input"]
    args["value"] = repr(value)[:LONGEST]
    if detail["type"] in BOUNDS:
        short, word = BOUNDS[detail["type"]]
        bound = detail["ctx"][short]
        instead = bound if short in ("ge", "le") else field.default
        args["limit"] = f"{word} {bound}"
        return Fault(code="param_bounds", param=param, args=args, instead=instead)
    args["message"] = detail["msg"].lower()
    return Fault(
        code="param_type", param=param, args=args, instead=_meant(kind, field, param, value)
    )


def _meant(kind: type[Op], field: FieldInfo, param: str, value: Any) -> JsonValue:
    """Return the nearest allowed word, the number a text spells, or the default."""
    if isinstance(value, str):
        words = [str(w) for w in kind.model_json_schema()["properties"][param].get("enum", [])]
        near = get_close_matches(value.lower(), words, n=1)
        if near:
            return near[0]
        number = value.strip()
        if number.isdecimal() and len(number) < 10:
            return int(number)
    default: JsonValue = field.default
    return default
