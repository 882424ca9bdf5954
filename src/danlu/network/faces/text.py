"""Python text: names, values and calls as a careful person writes them."""

from __future__ import annotations

import builtins
import json
import keyword
import math
import re
from collections.abc import Collection

from danlu.errors import NetworkError
from danlu.network.expression import Literally, Minus, Name, Tree, parse, parts, write

WIDE = 100  # characters of a line
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_UNUSUAL = re.compile(r"[^\x20-\x7e]")


def fresh(wanted: str, taken: set[str], wishes: Collection[str]) -> str:
    """Take a variable: ``wanted`` if it is good Python, else a near one that nobody wants."""
    name = wanted
    if not is_word(name) or name in taken or hasattr(builtins, name):
        stem = re.sub(r"[^a-z0-9_]", "_", wanted.lower()[:40])
        name = f"{stem if _PLAIN.match(stem) else 'n' + stem}_"
        while name in taken or name in wishes:
            name += "_"
    taken.add(name)
    return name


def is_word(name: str) -> bool:
    """Return whether a name can stand in Python text as it is."""
    return _PLAIN.fullmatch(name) is not None and not keyword.iskeyword(name)


def is_python(text: str, params: Collection[str]) -> bool:
    """Whether Python counts ``text`` to the very same expression."""
    try:
        tree = parse(text)
    except NetworkError:
        return False
    names = {part.name for part in parts(tree) if isinstance(part, Name)}
    counted = any(_is_counted(part) for part in parts(tree))
    return bool(names) and names <= set(params) and write(tree) == text and not counted


def _is_counted(tree: Tree) -> bool:
    """Whether Python would work this out at once, as ``2 * 3``."""
    if isinstance(tree, Name | Literally):
        return False
    if isinstance(tree, Minus) and isinstance(tree.of, Literally):
        return tree.of.value == 0  # -0 is 0
    return not any(isinstance(part, Name) for part in parts(tree))


def literal(value: object) -> str:
    """Write a value of a document."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(k)}: {literal(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, float) and not math.isfinite(value):
        raise NetworkError(
            f"{value} is no number of a document", code="not_finite", do="Use a finite number."
        )
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """Write a text in double quotes; what cannot be seen is written by its number."""
    return _UNUSUAL.sub(_by_number, json.dumps(text, ensure_ascii=False))


def _by_number(found: re.Match[str]) -> str:
    letter = found[0]
    if letter.isprintable():
        return letter
    return f"\\U{ord(letter):08x}" if ord(letter) > 0xFFFF else f"\\u{ord(letter):04x}"


def call(head: str, given: list[str], sources: list[str] | None = None, *, wide: int = WIDE) -> str:
    """Write a call on one line, or with its arguments on lines of their own."""
    tail = "" if sources is None else f"({', '.join(sources)})"
    line = f"{head}({', '.join(given)}){tail}"
    if len(line) <= wide or not given:
        return line
    lines = [""]
    for one in given:
        if lines[-1] and len(lines[-1]) + len(one) + 2 > wide - 4:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + one + ","
    inner = "\n".join(f"    {line}" for line in lines)
    return f"{head}(\n{inner}\n){tail}"


def indented(text: str) -> str:
    """Move a statement into a function."""
    return "\n".join(f"    {line}" for line in text.split("\n"))
