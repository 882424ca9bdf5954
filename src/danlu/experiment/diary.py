"""Diary: the last lines said about each trial, for whoever looks at how it ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from danlu.train.ends import sentence

Json = dict[str, Any]
LINES = 50


class Line(NamedTuple):
    """A line, and whether the trial's curve says the same."""

    text: str
    is_epoch: bool = False


class Diary:
    """Listens to trainers; keeps the last lines of every trial under way."""

    def __init__(self) -> None:
        self._lines: dict[int, deque[Line]] = {}

    def hear(self, event: Json, mates: Iterable[int]) -> None:
        """Write an event down: with its trial, or with all trials of the cohort."""
        kind = event.get("event")
        if kind == "log":
            for number in mates:
                self._add(number, Line(str(event["text"])))
        elif kind == "epoch_done":
            self._add(event["trial"], Line(_epoch(event), is_epoch=True))
        elif kind == "trial_ended":
            why = sentence(event.get("reason", {}))
            self._add(event["number"], Line(event["state"] + (f": {why}" if why else "")))

    def add(self, number: int, text: str) -> None:
        """Write something down about one trial."""
        for line in text.splitlines():
            self._add(number, Line(line))

    def close(self, number: int, *, went_well: bool) -> str:
        """Return the last lines of a trial that has ended; of one that went well not its epochs."""
        lines = self._lines.pop(number, ())
        return "\n".join(line.text for line in lines if not (went_well and line.is_epoch))

    def _add(self, number: int, line: Line) -> None:
        self._lines.setdefault(number, deque(maxlen=LINES)).append(line)


def _epoch(event: Json) -> str:
    said = {"loss": event["loss"], "valid_loss": event["valid_loss"], **event["metrics"]}
    figures = ", ".join(f"{n} {'nan' if v is None else f'{v:.5g}'}" for n, v in said.items())
    return f"epoch {event['epoch']}: {figures}"
