"""Batch: many requests become one model run, and each gets its own answer or its own refusal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from danlu.data.rows import table_of
from danlu.errors import DanluError, DataError, TooLargeError
from danlu.serve.policy import Policy
from danlu.serve.runtime import Runtime
from danlu.serve.wire import ANSWERED, PROBLEM, Ask, Reply

LARGEST_ROWS = 50_000
FIRST_SLICE, LARGEST_SLICE = 256, 4096
SLICE_S = 0.1
"""A slice of a large request is made to take about this long, so that signs of life are regular."""

Row = dict[str, Any]
Warnings = dict[int, list[Row]]
_Kept = dict[str, list[Any]]
"""By column, what the log keeps of each cell that is a file."""


class _Body(msgspec.Struct):
    """The rows as values, to encode them."""

    rows: list[Row]


class _Text(msgspec.Struct):
    """The same rows as the client wrote them, to log them."""

    rows: list[msgspec.Raw]


@dataclass(frozen=True)
class _Request:
    """A request whose JSON and policy are sound."""

    ask: Ask
    policy: Policy
    rows: list[Row]
    text: list[msgspec.Raw]

    def logged(self, row: int, kept: Row) -> msgspec.Raw | Row:
        """Return a row as it is logged: as it came, but for what is kept in place of files."""
        return {**self.rows[row], **kept} if kept else self.text[row]


class Batch:
    """Answers requests with one model; holds no state of theirs."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        model: str,
        rng: np.random.Generator,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._runtime, self._model, self._rng, self._alive = runtime, model, rng, alive
        self._decoder = runtime.bundle.decoder
        self._slice = FIRST_SLICE
        self._policies: dict[bytes, Policy] = {}
        self._values, self._texts = msgspec.json.Decoder(_Body), msgspec.json.Decoder(_Text)
        self._encode = msgspec.json.Encoder().encode

    def answer(self, asks: Sequence[Ask]) -> list[Reply]:
        """Answer every request; a bad one never spoils its neighbours."""
        replies: list[Reply] = []
        together: list[_Request] = []
        for ask in asks:
            try:
                together.append(self._read(ask))
            except DanluError as error:
                replies.append(self._refuse(ask, error))
        try:
            replies += self._answer_all(together) if together else []
        except DanluError as error:
            if len(together) == 1:
                return [*replies, self._refuse(together[0].ask, error)]
            for request in together:
                replies += self._answer_one(request)
        return replies

    def _answer_one(self, request: _Request) -> list[Reply]:
        try:
            return self._answer_all([request])
        except DanluError as error:
            return [self._refuse(request.ask, error)]

    def _answer_all(self, requests: Sequence[_Request]) -> list[Reply]:
        """Run the model once for the rows of all requests."""
        rows = requests[0].rows if len(requests) == 1 else [r for q in requests for r in q.rows]
        feeds, warnings, kept = self._encoded(rows)
        scores = self._decoder.scores(self._run(feeds, len(rows)))  # (rows, classes) or (rows,)
        replies, start = [], 0
        for request in requests:
            end = start + len(request.rows)
            own = {i - start: warnings[i] for i in range(start, end) if i in warnings}
            log = [
                request.logged(i - start, {name: held[i] for name, held in kept.items()})
                for i in range(start, end)
            ]
            replies.append(self._reply(request, scores[start:end], own, log))
            start = end
        return replies

    def _encoded(self, rows: list[Row]) -> tuple[dict[str, np.ndarray], Warnings, _Kept]:
        encoder = self._runtime.bundle.encoder
        try:
            table, found = table_of(rows, self._runtime.columns)
            feeds = encoder.encode(table)
            found = [*found, *encoder.warnings(table)]
            kept = encoder.kept(table, feeds)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise DataError(
                f"the rows cannot be encoded: {error}",
                code="row_unusable",
                where="rows",
                do="Compare the row with the deployment's schema.",
            ) from error
        warnings: Warnings = {}
        for warning in found:
            said = {key: value for key, value in warning.items() if key != "row"}
            warnings.setdefault(int(warning.get("row") or 0), []).append(said)
        self._alive()
        return feeds, warnings, kept

    def _run(self, feeds: dict[str, np.ndarray], rows: int) -> np.ndarray:
        """Run the model in slices of about ``SLICE_S``: (rows, ...)."""
        if rows <= self._slice:
            return self._runtime.run(feeds)
        parts, start = [], 0
        while start < rows:
            end, began = start + self._slice, time.monotonic()
            parts.append(self._runtime.run({k: v[start:end] for k, v in feeds.items()}))
            self._resize(time.monotonic() - began)
            self._alive()
            start = end
        return np.concatenate(parts)

    def _resize(self, seconds: float) -> None:
        if seconds < SLICE_S / 2:
            self._slice = min(self._slice * 2, LARGEST_SLICE)
        elif seconds > SLICE_S * 2:
            self._slice = max(self._slice // 2, 1)

    def _read(self, ask: Ask) -> _Request:
        try:
            rows = self._values.decode(ask.body).rows
            text = self._texts.decode(ask.body).rows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(error) from error
        if not rows:
            raise _unreadable("'rows' is empty")
        if len(rows) > LARGEST_ROWS:
            raise TooLargeError(
                f"{len(rows)} rows in one request, the limit is {LARGEST_ROWS}",
                code="too_many_rows",
                where="rows",
                do="Send them in several requests.",
            )
        return _Request(ask, self._policy(ask.policy), rows, text)

    def _policy(self, text: bytes) -> Policy:
        known = self._policies.get(text)
        if known is None:
            known = Policy.model_validate_json(text)
            known.check(self._decoder)
            self._policies = {text: known}
        return known

    def _reply(
        self, request: _Request, scores: np.ndarray, warnings: Warnings,
        logged: Sequence[msgspec.Raw | Row],
    ) -> Reply:  # fmt: skip
        prefix = request.ask.prefix
        decided = request.policy.decide(scores, self._decoder, self._rng)
        named = self._decoder.named(scores)
        predictions, log = [], []
        for row, answer in enumerate(named):
            decision, warned = decided.decisions[row], warnings.get(row)
            entry = {"id": f"{prefix}{row:06x}", **answer, "decision": decision}
            if warned:
                entry["warnings"] = warned
            predictions.append(entry)
            log.append((logged[row], answer, decision, decided.propensities[row], warned))
        response = self._encode({"model": self._model, "predictions": predictions})
        return Reply(
            request.ask.number, ANSWERED, response, self._encode(log), rows=len(named),
            warned=len(warnings), explored=sum(decided.explored),
        )  # fmt: skip

    def _refuse(self, ask: Ask, error: DanluError) -> Reply:
        problem = msgspec.json.encode(error.problem(), enc_hook=str)
        return Reply(ask.number, PROBLEM, problem)


def _unreadable(why: object) -> DataError:
    return DataError(
        f"the body is not the JSON that is wanted: {why}",
        code="bad_body",
        where="body",
        do='Send {"rows": [{"column": value, ...}, ...]}.',
    )
