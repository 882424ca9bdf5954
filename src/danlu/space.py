"""Space: which fields may move and how far: ``{"dense_1.units": Int(16, 256, log=True)}``.

Keys are ``<node>.<param>`` and ``recipe.<field>``. Three faces of one thing: values (`Int`,
`Float`, `Choice`, `Bool`), JSON (`from_json`, `to_json`), and what a person types (`parse`).
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from danlu.errors import SpaceError, nearest

Json = dict[str, Any]
Scalar = bool | int | float | str
VERSION = 1


@dataclass(frozen=True)
class Int:
    """Whole numbers from ``low`` to ``high``, both included.

    >>> Int(16, 64, step=16).values()
    (16, 32, 48, 64)
    """

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __post_init__(self) -> None:
        _ordered(self.low, self.high, log=self.log)
        if self.step < 1 or (self.log and self.step != 1):
            raise _bad(f"step {self.step}", "A step is at least 1, and goes without log.")

    def values(self) -> tuple[int, ...]:
        """List every value."""
        return tuple(range(self.low, self.high + 1, self.step))

    def nearest(self, value: Scalar) -> Scalar:
        """Return the value of this range that is closest to ``value``."""
        number = min(max(_number(value, self.low), self.low), self.high)
        steps = math.floor((number - self.low) / self.step + 0.5)
        return self.low + self.step * min(steps, (self.high - self.low) // self.step)

    def to_json(self) -> Json:
        """Write the range."""
        more: Json = {"log": True} if self.log else {}
        if self.step != 1:
            more["step"] = self.step
        return {"int": [self.low, self.high], **more}


@dataclass(frozen=True)
class Float:
    """Numbers from ``low`` to ``high``, both included."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _ordered(self.low, self.high, log=self.log)

    def nearest(self, value: Scalar) -> Scalar:
        """Return the value of this range that is closest to ``value``."""
        return min(max(_number(value, self.low), self.low), self.high)

    def to_json(self) -> Json:
        """Write the range."""
        return {"float": [self.low, self.high], **({"log": True} if self.log else {})}


@dataclass(frozen=True, init=False)
class Choice:
    """One of the given values.

    >>> Choice("relu", "gelu").nearest("tanh")
    'relu'
    """

    options: tuple[Scalar, ...]

    def __init__(self, *options: Scalar) -> None:
        if not options or len(set(map(repr, options))) < len(options):
            raise _bad(f"choice {list(options)}", "List at least one value, each once.")
        object.__setattr__(self, "options", options)

    def nearest(self, value: Scalar) -> Scalar:
        """Return ``value`` if it is one of them, the closest number, or the first."""
        if value in self.options:
            return value
        numbers = [o for o in self.options if isinstance(o, int | float)]
        if numbers and isinstance(value, int | float):
            return min(numbers, key=lambda o: abs(o - value))
        return self.options[0]

    def to_json(self) -> Json:
        """Write the choice."""
        return {"choice": list(self.options)}


@dataclass(frozen=True)
class Bool:
    """On or off."""

    def nearest(self, value: Scalar) -> Scalar:
        """Return ``value`` as a switch."""
        return bool(value)

    def to_json(self) -> Json:
        """Write the switch."""
        return {"bool": True}


Domain = Int | Float | Choice | Bool
Space = dict[str, Domain]


def to_json(space: Mapping[str, Any]) -> Json:
    """Write a space; what is JSON already stays as it is.

    >>> to_json({"drop.p": Float(0.0, 0.5), "act.kind": {"choice": ["relu", "gelu"]}})
    {'drop.p': {'float': [0.0, 0.5]}, 'act.kind': {'choice': ['relu', 'gelu']}}
    """
    return {k: d.to_json() if isinstance(d, Domain) else d for k, d in space.items()}


def from_json(document: Mapping[str, Any]) -> Space:
    """Read a space, bare or in the envelope of a file.

    >>> from_json({"drop.p": {"float": [0, 0.5]}})
    {'drop.p': Float(low=0.0, high=0.5, log=False)}
    """
    found: Any = document
    if document.get("format") == "danlu.space":
        if document.get("version") != VERSION:
            raise SpaceError(
                f"version {document.get('version')} of a space cannot be read",
                code="version_unknown", where="space", do=f"This Danlu reads version {VERSION}.",
            )  # fmt: skip
        found = document.get("space")
    if not isinstance(found, Mapping):
        raise _bad("the space", 'Give an object: {"recipe.epochs": {"int": [5, 30]}}.')
    return {str(key): _domain(str(key), value) for key, value in found.items()}


def check(space: Mapping[str, Domain], fields: Mapping[str, Json]) -> None:
    """Refuse a key that names no field, and a range that leaves its field's bounds.

    ``fields`` holds the JSON schema of every field that may be searched.
    """
    for key, domain in space.items():
        if key not in fields:
            raise SpaceError(
                f"the space names '{key}', which is no field", code="field_unknown",
                where="space", do=nearest(key, fields), field=key,
            )  # fmt: skip
        _fits(key, domain, fields[key])


def parse(text: str, schema: Json | None = None, *, field: str = "") -> Domain | Scalar:
    """Read what a person types into a field: a literal, a range, a choice, a switch.

    ``schema`` (the field's JSON schema) decides between int and float, and bounds the answer.
    Outside braces a comma is a decimal point; full-width characters are read as plain ones.

    >>> parse("16..256:log", {"type": "integer"})
    Int(low=16, high=256, log=True, step=1)
    >>> parse("{relu, gelu}")
    Choice(options=('relu', 'gelu'))
    >>> parse("0,5")
    0.5
    """
    schema = schema or {}
    plain = unicodedata.normalize("NFKC", text).replace("。", ".").replace("、", ",").strip()
    try:
        found = _choice(plain) if plain.startswith("{") else _range(plain, schema)
    except (ValueError, OverflowError) as error:
        raise SpaceError(
            f"'{text}' cannot be read", code="range_unreadable", where=_where(field),
            do="Write 64, 16..256, 1e-4..1e-1 log, 64..256 step 32, {32, 64} or {on, off}.",
        ) from error  # fmt: skip
    _fits(field, found, schema)
    return found


_RANGE = re.compile(r"^(\S+?)\s*\.\.\s*([^\s:]+)((?:[\s:]+(?:log|step[\s:]+\S+))*)$")
_SWITCH = {"on": True, "off": False, "true": True, "false": False, "开": True, "关": False}


def _choice(text: str) -> Domain:
    if not text.endswith("}"):
        raise ValueError(text)
    parts = [p.strip() for p in re.split(r"[,;]", text[1:-1])]
    options = [_literal(p) for p in parts if p]
    if len(options) == 2 and {True, False} == set(options) and all(_is_bool(o) for o in options):
        return Bool()
    return Choice(*options)


def _range(text: str, schema: Json) -> Domain | Scalar:
    match = _RANGE.match(text)
    if match is None:
        if ".." in text or not text:
            raise ValueError(text)
        return _literal(text.replace(",", "."))
    ends = [p.replace(",", ".") for p in match.group(1, 2)]
    words = re.split(r"[\s:]+", match.group(3).strip(" :")) if match.group(3) else []
    log = "log" in words
    step = words[words.index("step") + 1] if "step" in words else None
    if _wants_int(schema, [*ends, *([step] if step else [])]):
        return Int(_whole(ends[0]), _whole(ends[1]), log=log, step=_whole(step or "1"))
    if step is not None:
        return _stepped(float(ends[0]), float(ends[1]), float(step.replace(",", ".")))
    return Float(float(ends[0]), float(ends[1]), log=log)


def _stepped(low: float, high: float, step: float) -> Choice:
    """Return an even grid of numbers as a choice: JSON knows no stepped float."""
    if not 0 < step <= high - low:
        raise _bad(f"step {step}", "A step is above 0 and fits into the range.")
    count = math.floor((high - low) / step + 1e-9) + 1
    return Choice(*(round(low + i * step, 12) for i in range(count)))


def _literal(text: str) -> Scalar:
    if text.lower() in _SWITCH:
        return _SWITCH[text.lower()]
    for read in (int, float):
        try:
            value: int | float = read(text)
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    return text


def _whole(text: str) -> int:
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def _wants_int(schema: Json, ends: Iterable[str]) -> bool:
    types = _types(schema)
    if "number" in types:
        return False
    return "integer" in types or all(re.fullmatch(r"[-+]?\d+", end) for end in ends)


def _domain(key: str, value: Any) -> Domain:
    try:
        return _read(dict(value))
    except (TypeError, ValueError, KeyError) as error:
        raise SpaceError(
            f"'{key}' has no readable range: {value!r}", code="range_unreadable",
            where="space",
            do='Write {"int": [1, 6]}, {"float": [0, 0.5], "log": true}, {"choice": [...]} '
            'or {"bool": true}.', field=key,
        ) from error  # fmt: skip


def _read(rest: Json) -> Domain:
    found: Domain
    if "int" in rest:
        low, high = rest.pop("int")
        step = _whole(str(rest.pop("step", 1)))
        found = Int(_whole(str(low)), _whole(str(high)), log=_flag(rest), step=step)
    elif "float" in rest:
        low, high = rest.pop("float")
        found = Float(float(low), float(high), log=_flag(rest))
    elif "choice" in rest:
        found = Choice(*rest.pop("choice"))
    else:
        if rest.pop("bool") is not True:
            raise ValueError("bool")
        found = Bool()
    if rest:
        raise ValueError(f"unknown: {sorted(rest)}")
    return found


def _flag(rest: Json) -> bool:
    value = rest.pop("log", False)
    if not isinstance(value, bool):
        raise TypeError("log")
    return value


def _fits(field: str, found: Domain | Scalar, schema: Json) -> None:
    """Refuse values that the field itself would refuse."""
    for value in _ends(found):
        why = _why_not(value, schema)
        if why:
            raise SpaceError(
                f"'{field}' cannot be {value!r}" if field else f"{value!r} cannot be used",
                code="out_of_bounds", where=_where(field), do=why, field=field, value=value,
            )  # fmt: skip


def _ends(found: Domain | Scalar) -> tuple[Scalar, ...]:
    if isinstance(found, Int | Float):
        return (found.low, found.high)
    if isinstance(found, Choice):
        return found.options
    return (True, False) if isinstance(found, Bool) else (found,)


def _why_not(value: Scalar, schema: Json) -> str:
    """Return why a field's JSON schema does not take ``value``; empty when it does."""
    options = schema.get("anyOf")
    if options:
        reasons = [_why_not(value, option) for option in options]
        return "" if "" in reasons else reasons[0]
    for known in ([schema["const"]] if "const" in schema else schema.get("enum", []),):
        if known and value not in known:
            return nearest(str(value), map(str, known))
    return _wrong_type(value, schema.get("type")) or _beyond(value, schema)


def _wrong_type(value: Scalar, wanted: str | None) -> str:
    types: dict[str, tuple[type, ...]] = {
        "integer": (int,), "number": (int, float), "string": (str,), "boolean": (bool,),
    }  # fmt: skip
    if wanted not in types:
        return ""
    right = isinstance(value, types[wanted]) and (wanted == "boolean") == isinstance(value, bool)
    return "" if right else f"Give {'an' if wanted[0] == 'i' else 'a'} {wanted}."


def _beyond(value: Scalar, schema: Json) -> str:
    if not isinstance(value, int | float):
        return ""
    for key, word, holds in _BOUNDS:
        if key in schema and not holds(value, schema[key]):
            return f"Stay {word} {schema[key]:g}."
    return ""


_BOUNDS: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
    ("minimum", "at least", operator.ge),
    ("maximum", "at most", operator.le),
    ("exclusiveMinimum", "above", operator.gt),
    ("exclusiveMaximum", "below", operator.lt),
)


def _types(schema: Json) -> set[str]:
    options = schema.get("anyOf", [schema])
    return {str(o["type"]) for o in options if "type" in o}


def _ordered(low: float, high: float, *, log: bool) -> None:
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise _bad(f"{low}..{high}", "Write the smaller end first; both ends are finite.")
    if log and low <= 0:
        raise _bad(f"{low}..{high} log", "A log range starts above 0.")


def _number(value: Scalar, default: float) -> float:
    return value if isinstance(value, int | float) else default


def _is_bool(value: Scalar) -> bool:
    return isinstance(value, bool)


def _bad(what: str, do: str) -> SpaceError:
    return SpaceError(f"{what} is no range", code="range_invalid", where="space", do=do)


def _where(field: str) -> str:
    return f"field '{field}'" if field else "range"
