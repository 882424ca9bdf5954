"""Wrapped: a statement of Python source in lines of at most 100 letters, as formatters break it."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDEST = 100
OPEN, CLOSE = "([{", ")]}"


def wrapped(text: str, depth: int, comment: str = "") -> Iterator[str]:
    """Yield the lines of one statement, ``depth`` levels deep, with a comment that may go above.

    >>> list(wrapped("x = f(a)", 1, "(rows, 3)"))
    ['    x = f(a)  # (rows, 3)']
    >>> print(*wrapped("found = function(" + ", ".join(["numbers_1"] * 8) + ")", 0), sep="\\n")
    found = function(
        numbers_1, numbers_1, numbers_1, numbers_1, numbers_1, numbers_1, numbers_1, numbers_1
    )
    """
    indent = "    " * depth
    said = f"  # {comment}" if comment else ""
    if len(indent + text + said) <= WIDEST:
        yield indent + text + said
        return
    if len(indent + text) <= WIDEST:
        yield f"{indent}# {comment}"
        yield indent + text
        return
    if comment:
        yield f"{indent}# {comment}"
    broken = list(_summed(text, depth) or _broken(text, depth))
    fits = broken and all(len(line) <= WIDEST for line in broken)
    yield from broken if fits else [f"{indent}{text}  # fmt: skip"]


def _summed(text: str, depth: int) -> list[str]:
    """Break a sum or a product at its signs, in brackets; nothing for anything else."""
    head = re.match(r"(return |[\w., ]+ = )", text)
    terms = _terms(text[head.end() :]) if head else []
    if head is None or len(terms) < 2:
        return []
    indent = "    " * depth
    lines = [f"{indent}    {text[head.end() :]}"]
    if len(lines[0]) > WIDEST:
        lines = [line for term in terms for line in _broken(term, depth + 1)]
    return [f"{indent}{head[0]}(", *lines, f"{indent})"]


def _terms(text: str) -> list[str]:
    """Split at the loosest signs that are in no bracket, each with the term behind it."""
    for signs in ("+-", "*/@"):
        starts = [0]
        for at, letter in _outside(text):
            if letter in signs and text[at - 1] == text[at + 1] == " ":
                starts.append(at)
        if len(starts) > 1:
            ends = [*starts[1:], len(text)]
            return [text[a:b].strip() for a, b in zip(starts, ends, strict=True)]
    return [text]


def _broken(text: str, depth: int, end: str = "") -> Iterator[str]:
    """Break at the last bracket behind which the line is short enough; nothing if there is none."""
    indent = "    " * depth
    if len(indent + text + end) <= WIDEST:
        yield indent + text + end
        return
    pair = _last_pair(text, WIDEST - len(indent))
    if pair is None:
        yield indent + text + end
        return
    opening, closing = pair
    yield indent + text[: opening + 1]
    body = text[opening + 1 : closing]
    items = split(body)
    if len(indent) + 4 + len(body) <= WIDEST:
        yield f"{indent}    {body}"
    else:
        for item in items:
            yield from _broken(item, depth + 1, ",")
    yield indent + text[closing:] + end


def split(body: str) -> list[str]:
    """Split at the commas that are in no bracket and in no text.

    >>> split("a, f(b, c), 'd, e'")
    ['a', 'f(b, c)', "'d, e'"]
    """
    parts, start = [], 0
    for at, letter in _outside(body):
        if letter == ",":
            parts.append(body[start:at].strip())
            start = at + 1
    return [*parts, last] if (last := body[start:].strip()) else parts


def _last_pair(text: str, room: int) -> tuple[int, int] | None:
    """Return the last outermost brackets with something in them whose head fits."""
    pairs, opening = [], 0
    for at, letter in _outside(text):
        if letter in OPEN:
            opening = at
        elif letter in CLOSE and at > opening + 1:
            pairs.append((opening, at))
    fitting = [p for p in pairs if p[0] < room and len(text) - p[1] <= room]
    return fitting[-1] if fitting else None


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """Yield the letters that are in no bracket and in no text; outermost brackets are outside."""
    depth, quote = 0, ""
    for at, letter in enumerate(text):
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
            continue
        depth -= letter in CLOSE
        if not depth:
            yield at, letter
        depth += letter in OPEN
