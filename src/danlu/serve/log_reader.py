"""Log reader: what was predicted and what came true, for any process, without writing a byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from danlu.serve.ids import row_id
from danlu.serve.log_feedback import DISCARDED, ID, PREFIX_DIGITS
from danlu.serve.log_file import Connection, SqliteError, failure, open_reader

QUANTILES = (0.5, 0.9, 0.99)
DELAYS_FROM = 10_000
"""Delays are learnt from the newest so many rows of feedback."""

REQUEST = "r.prefix, r.at_us, r.latency_us, r.model, r.content"
TRUTHS = """(SELECT json_group_array(json_array(f.row, f.at_us, f.truth)) FROM (
  SELECT row, at_us, truth FROM feedback
  WHERE deployment = r.deployment AND prefix = r.prefix ORDER BY seq) f)"""
ONE = f"SELECT {REQUEST}, {TRUTHS} FROM request r WHERE r.deployment = ?1"
JOINED = f"""
WITH newest AS MATERIALIZED (
  SELECT f.prefix, json_group_array(json_array(f.row, f.at_us, f.truth)) AS truths
  FROM feedback f WHERE f.deployment = ?1 AND f.at_us > ?2 AND f.at_us <= ?3
  AND f.seq = (SELECT max(seq) FROM feedback l
    WHERE l.deployment = f.deployment AND l.prefix = f.prefix AND l.row = f.row)
  GROUP BY f.prefix),
ordered AS MATERIALIZED (
  SELECT r.seq, newest.truths FROM newest CROSS JOIN request r
  ON r.deployment = ?1 AND r.prefix = newest.prefix
  WHERE r.at_us > ?4 AND r.at_us <= ?5 ORDER BY r.seq)
SELECT {REQUEST}, ordered.truths FROM ordered CROSS JOIN request r ON r.seq = ordered.seq
"""  # the newest truth of each prediction; what was asked is fetched last, a request at a time,
# for a sort that carries it along takes a gigabyte for ten thousand rows
WAITING = f"""
SELECT count(*) FROM (
  SELECT DISTINCT prefix, row FROM feedback
  WHERE deployment = ?1 AND at_us > ?2 AND truth != '{DISCARDED}')
"""
DELAYS = f"""
SELECT delay_us FROM feedback WHERE deployment = ?1 AND truth != '{DISCARDED}'
ORDER BY seq DESC LIMIT ?2
"""
PAGE = 1000
FOREVER = 1e12
LAST_PREFIX = "f" * PREFIX_DIGITS
Row = tuple[Any, ...]


class Truth(msgspec.Struct, frozen=True):
    """One message of feedback."""

    at: float
    """When it came, Unix seconds."""
    truth: Any


class Logged(msgspec.Struct, frozen=True):
    """One prediction as it stands in the log."""

    id: str
    at: float
    """When the request came, Unix seconds."""
    model: str
    row: dict[str, Any]
    answer: dict[str, Any]
    decision: Any
    propensity: float
    warnings: list[dict[str, Any]]
    latency_us: int
    """From the request's arrival to its answer, before it was logged."""
    feedback: Truth | None = None
    """The newest; older ones through `LogReader.history`."""
    discarded: bool = False
    """Somebody put it aside: its truth will never be known."""

    def json(self) -> dict[str, Any]:
        """Return the JSON object of it."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        return said


class LogReader:
    """Reads one project's part of the log; opens the file anew for every question."""

    def __init__(self, path: Path, *, project: str = "default") -> None:
        self.path, self.project = path, project

    def counts(self, deployment: str) -> dict[str, Any]:
        """Count predictions, feedback and what was said of them, all and by model; from tallies."""
        columns = ("predictions", "warned", "explored", "joined", "corrected")
        rows = self._ask(
            deployment,
            "SELECT model, sum(predictions), sum(warned), sum(explored), sum(joined), "
            "sum(corrected) FROM tally WHERE deployment = ?1 GROUP BY model ORDER BY min(day)",
        )
        models = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}
        total = {c: sum(m[c] for m in models.values()) for c in columns}
        at = [
            next(iter(self._ask(deployment, f"{query} WHERE deployment = ?1")), (None,))[0]
            for query in ("SELECT max(at_us) FROM request", "SELECT max(at_us) FROM feedback",
                          "SELECT count(*) FROM orphan")
        ]  # fmt: skip
        return {
            **total,
            "decisions": total["predictions"],
            "feedback": total["joined"] + total["corrected"],
            "unknown": at[2] or 0,
            "last_prediction_at": _seconds(at[0]),
            "last_feedback_at": _seconds(at[1]),
            "delays": self.delays(deployment),
            "models": models,
        }

    def days(self, deployment: str) -> list[dict[str, Any]]:
        """Count by day (UTC, of the prediction) and model, oldest first."""
        names = ("day", "model", "predictions", "warned", "explored", "joined", "corrected")
        rows = self._ask(
            deployment,
            "SELECT date(day * 86400, 'unixepoch'), model, predictions, warned, explored, joined, "
            "corrected FROM tally WHERE deployment = ?1 ORDER BY day, model",
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def recent(
        self, deployment: str, limit: int = 50, *, before: str | None = None, model: str = ""
    ) -> list[Logged]:
        """Return the newest predictions (of one model), newest first, or those older than an id."""
        place = (_place(before) if before else None) or (LAST_PREFIX, 0)
        newest: list[Logged] = []
        only = "AND r.model = ?4" if model else "AND ?4 = ''"
        query = f"{ONE} AND r.prefix <= unhex(?2) {only} ORDER BY r.prefix DESC LIMIT ?3"
        for row in self._ask(deployment, query, place[0], limit + 1, model):
            own = [p for p in unfold(row) if before is None or p.id < before]
            newest += reversed(own)
            if len(newest) >= limit:
                break
        return newest[:limit]

    def unanswered(self, deployment: str, *, enough: int, most: int) -> list[Logged]:
        """Return the newest predictions nobody has said the truth of, of at most ``most``."""
        found: list[Logged] = []
        looked, before = 0, None
        while looked < most and len(found) < enough:
            page = self.recent(deployment, PAGE, before=before)
            if not page:
                break
            looked, before = looked + len(page), page[-1].id
            found += [p for p in page if p.feedback is None and not p.discarded]
        return found[:enough]

    def get(self, deployment: str, prediction: str) -> Logged | None:
        """Return one prediction by its id."""
        place = _place(prediction)
        if place is None:
            return None
        prefix, row = place
        found = list(self._ask(deployment, f"{ONE} AND r.prefix = unhex(?2)", prefix))
        return next(iter(unfold(found[0], only=row)), None) if found else None

    def history(self, deployment: str, prediction: str) -> list[Truth]:
        """Return all feedback for one prediction, oldest first; the last one counts."""
        place = _place(prediction)
        query = (
            "SELECT at_us, truth FROM feedback WHERE deployment = ?1 AND prefix = unhex(?2) "
            "AND row = ?3 ORDER BY seq"
        )
        rows = self._ask(deployment, query, *place) if place else ()
        return [Truth(at / 1e6, msgspec.json.decode(truth)) for at, truth in rows]

    def joined(
        self,
        deployment: str,
        *,
        after: float = 0.0,
        before: float = FOREVER,
        predicted_after: float = 0.0,
        predicted_before: float = FOREVER,
    ) -> Iterator[Logged]:
        """Yield predictions with their newest truth, in the order they were predicted.

        ``after`` < arrival of that truth <= ``before``, the same for the time of prediction; Unix
        seconds. A prediction without feedback is left out, never taken as a negative.
        """
        bounds = [
            int(min(at, FOREVER) * 1e6) for at in (after, before, predicted_after, predicted_before)
        ]
        for row in self._ask(deployment, JOINED, *bounds):
            yield from (p for p in unfold(row) if p.feedback is not None)

    def waiting(self, deployment: str, *, after: float) -> int:
        """Count the predictions whose truth came, or changed, after a moment (Unix seconds)."""
        return sum(row[0] for row in self._ask(deployment, WAITING, int(after * 1e6)))

    def shadows(self, deployment: str, model: str, *, after: float = 0.0) -> Iterator[Logged]:
        """Yield what a challenger would have answered, under the ids of the real predictions."""
        query = (
            f"SELECT {REQUEST}, {TRUTHS} FROM shadow r WHERE r.deployment = ?1 AND r.model = ?2 "
            "AND r.at_us > ?3 ORDER BY r.seq"
        )
        for row in self._ask(deployment, query, model, int(after * 1e6)):
            yield from unfold(row)

    def delays(self, deployment: str) -> dict[str, float]:
        """Say how late feedback comes: seconds to 50, 90 and 99 % of the newest; empty if none."""
        known = sorted(row[0] / 1e6 for row in self._ask(deployment, DELAYS, DELAYS_FROM))
        if not known:
            return {}
        return {f"p{q * 100:.0f}": known[int(q * (len(known) - 1) + 0.5)] for q in QUANTILES}

    def orphans(self, deployment: str, limit: int = 50) -> list[dict[str, Any]]:
        """List feedback whose id the log does not hold, newest first."""
        rows = self._ask(
            deployment,
            "SELECT prediction, at_us, truth FROM orphan WHERE deployment = ?1 "
            "ORDER BY seq DESC LIMIT ?2",
            limit,
        )
        return [
            {"id": name, "at": at / 1e6, "truth": msgspec.json.decode(truth)}
            for name, at, truth in rows
        ]

    def _ask(self, deployment: str, query: str, *values: object) -> Iterator[Row]:
        """Run a query with the deployment's number as ?1; no log or no such deployment: no rows."""
        if not self.path.exists():
            return
        try:
            with closing(open_reader(self.path)) as connection:
                source = source_of(connection, self.project, deployment)
                if source is not None:
                    yield from connection.execute(query, (source, *values))
        except SqliteError as error:
            raise failure(error, self.path) from error


def source_of(connection: Connection, project: str, deployment: str) -> int | None:
    """Return the number under which a deployment's rows are stored."""
    found = connection.execute(
        "SELECT id FROM deployment WHERE project = ? AND name = ?", (project, deployment)
    ).fetchone()
    return None if found is None else int(found[0])


def unfold(row: Row, *, only: int | None = None) -> list[Logged]:
    """Unfold a request into its predictions, with the newest truth of each."""
    prefix, at_us, latency_us, model, content, truths = row
    newest = {
        n: Truth(at / 1e6, msgspec.json.decode(text)) for n, at, text in msgspec.json.decode(truths)
    }
    aside = {n for n, said in newest.items() if said.truth is None}
    name = _dashed(prefix)
    entries: Sequence[Any] = msgspec.json.decode(content)
    wanted = range(len(entries)) if only is None else range(only, min(only + 1, len(entries)))
    return [
        Logged(
            id=row_id(name, n),
            at=at_us / 1e6,
            model=model,
            row=entries[n][0],
            answer=entries[n][1],
            decision=entries[n][2],
            propensity=entries[n][3],
            warnings=entries[n][4] or [],
            latency_us=latency_us,
            feedback=None if n in aside else newest.get(n),
            discarded=n in aside,
        )
        for n in wanted
    ]


def _dashed(prefix: bytes) -> str:
    h = prefix.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def _place(prediction: str) -> tuple[str, int] | None:
    """Return (id prefix in hex, row), or None when it is no id of ours."""
    if not ID.fullmatch(prediction):
        return None
    digits = prediction.replace("-", "")
    return digits[:PREFIX_DIGITS], int(digits[PREFIX_DIGITS:], 16)


def _seconds(at_us: int | None) -> float | None:
    return None if at_us is None else at_us / 1e6
