"""Feedback: what really happened, joined to predictions by id; twice, late or corrected is fine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from danlu.errors import DataError, TooLargeError
from danlu.serve.log_file import Connection

LARGEST_ROWS = 50_000
LARGEST_TRUTH_BYTES = 4096
PREFIX_DIGITS = 26
DAY_US = 86_400_000_000
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

# One row with everything, so that SQLite is called once for a whole round.
LOOK_UP = """
SELECT json_group_array(json_array(i.key, r.at_us, r.model, (
  SELECT f.truth FROM feedback f WHERE f.deployment = ?1 AND f.prefix = unhex(i.value->>0)
  AND f.row = i.value->>1 ORDER BY f.seq DESC LIMIT 1)))
FROM json_each(?2) i LEFT JOIN request r
ON r.deployment = ?1 AND r.prefix = unhex(i.value->>0) AND i.value->>1 < r.rows
"""
INSERT = """
INSERT INTO feedback (deployment, prefix, row, at_us, delay_us, truth)
SELECT ?1, unhex(value->>0), value->>1, ?2, value->>2, value->>3 FROM json_each(?3)
"""
KEEP_ORPHANS = """
INSERT OR IGNORE INTO orphan (deployment, prediction, at_us, truth)
SELECT ?1, value->>0, ?2, value->>1 FROM json_each(?3)
"""
COUNT = """
INSERT INTO tally (deployment, day, model, joined, corrected) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET joined = joined + ?4, corrected = corrected + ?5
"""


DISCARDED = "null"
"""Stands for the truth of a prediction that somebody put aside: it will never be known."""


class _Row(msgspec.Struct):
    id: str
    truth: Any = None
    discard: bool = False


class _Body(msgspec.Struct):
    rows: list[_Row]


class FeedbackBatch(NamedTuple):
    """The feedback of one request: ``rows`` are (prediction id, truth as JSON)."""

    project: str
    deployment: str
    at_us: int
    rows: list[tuple[str, str]]
    content: bytes
    """The request's body, for the size of it."""


class FeedbackCounts(msgspec.Struct, omit_defaults=False):
    """What became of the feedback of one request."""

    accepted: int = 0
    """New, or a correction of what was known."""
    corrected: int = 0
    repeated: int = 0
    """Known already with the same truth; nothing changed."""
    discarded: int = 0
    """Put aside: their truth will never be known."""
    unknown: list[str] = msgspec.field(default_factory=list)
    """Ids the log does not hold; kept beside it, listed by `LogReader.orphans`."""


def read_feedback(project: str, deployment: str, *, at_us: int, body: bytes) -> FeedbackBatch:
    """Read ``{"rows": [{"id", "truth"}]}``; a row without a truth is refused by its number.

    With ``{"id", "discard": true}`` nobody will ever know: it waits no more, and nothing learns it.
    """
    try:
        rows = msgspec.json.decode(body, type=_Body).rows
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"the body is not the JSON that is wanted: {error}", code="bad_body") from error
    if len(rows) > LARGEST_ROWS:
        raise TooLargeError(
            f"{len(rows)} rows of feedback in one request, the limit is {LARGEST_ROWS}",
            code="too_many_rows", where="rows", do="Send them in several requests.",
        )  # fmt: skip
    pairs = [(row.id.strip().lower(), _truth(row, number)) for number, row in enumerate(rows)]
    return FeedbackBatch(project, deployment, at_us, pairs, body)


def write_feedback(connection: Connection, source: int, batch: FeedbackBatch) -> FeedbackCounts:
    """Write one request's feedback inside the caller's transaction."""
    counts = FeedbackCounts()
    known = [(i, truth) for i, truth in batch.rows if ID.fullmatch(i)]
    strange = [(i, truth) for i, truth in batch.rows if not ID.fullmatch(i)]
    for part in _rounds(known):
        strange += _write_round(connection, source, batch.at_us, part, counts)
    if strange:
        connection.execute(KEEP_ORPHANS, (source, batch.at_us, _json(strange)))
        counts.unknown = list(dict.fromkeys(i for i, _ in strange))
    return counts


def _write_round(
    connection: Connection,
    source: int,
    at_us: int,
    rows: list[tuple[str, str]],
    counts: FeedbackCounts,
) -> list[tuple[str, str]]:
    """Write feedback with no id twice; return what belongs to no prediction."""
    places = [_place(i) for i, _ in rows]
    ((found,),) = connection.execute(LOOK_UP, (source, _json(places))).fetchall()
    new: list[tuple[str, int, int, str]] = []
    tally: dict[tuple[int, str], list[int]] = {}
    unknown: list[tuple[str, str]] = []
    for number, predicted_us, model, before in msgspec.json.decode(found):
        truth = rows[number][1]
        if predicted_us is None:
            unknown.append(rows[number])
        elif before == truth:
            counts.repeated += 1
        else:
            is_told, was_told = truth != DISCARDED, before not in (None, DISCARDED)
            total = tally.setdefault((predicted_us // DAY_US, model), [0, 0])
            total[0] += is_told - was_told
            total[1] += is_told and was_told
            counts.accepted += is_told
            counts.corrected += is_told and was_told
            counts.discarded += not is_told
            new.append((*places[number], at_us - predicted_us, truth))
    if new:
        connection.execute(INSERT, (source, at_us, _json(new)))
    for (day, model), (joined, corrected) in tally.items():
        connection.execute(COUNT, (source, day, model, joined, corrected))
    return unknown


def _rounds(rows: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Split rows, in order, so that no id comes twice in a part: each sees the one before."""
    parts: list[dict[str, str]] = []
    times: dict[str, int] = {}
    for prediction, truth in rows:
        time = times[prediction] = times.get(prediction, -1) + 1
        if time == len(parts):
            parts.append({})
        parts[time][prediction] = truth
    return [list(part.items()) for part in parts]


def _place(prediction: str) -> tuple[str, int]:
    """Return (id prefix in hex, row) of a prediction's id."""
    digits = prediction.replace("-", "")
    return digits[:PREFIX_DIGITS], int(digits[PREFIX_DIGITS:], 16)


def _truth(row: _Row, number: int) -> str:
    if row.discard and row.truth is None:
        return DISCARDED
    if row.discard:
        raise _bad(f"row {number} has a truth and is discarded", code="bad_truth", row=number)
    if row.truth is None or isinstance(row.truth, (list, dict)):
        raise _bad(
            f"row {number} has no truth" if row.truth is None
            else f"row {number}: the truth is a {type(row.truth).__name__}, not one value",
            code="bad_truth", row=number,
        )  # fmt: skip
    text = _json(row.truth)
    if len(text) > LARGEST_TRUTH_BYTES:
        raise _bad(f"row {number}: truth longer than {LARGEST_TRUTH_BYTES}", code="bad_truth")
    return text


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _bad(what: str, **values: Any) -> DataError:
    return DataError(
        what,
        where="feedback",
        do='Send {"rows": [{"id": "<prediction id>", "truth": <value>}, ...]}.',
        **values,
    )
