"""Inline: calls run in this process, one after the other, while somebody waits."""

from __future__ import annotations

import json

from danlu.errors import TrainingError
from danlu.execute.base import Call, Executor, Handle, Json, Report, load


class InlineExecutor(Executor):
    """For tests, notebooks and debuggers: no other process, so nothing is contained."""

    isolated = False

    def __init__(self) -> None:
        self.slots, self.threads = 1, 1
        self._handles: list[InlineHandle] = []

    def submit(self, call: Call, report: Report) -> Handle:
        """Remember the call; it runs in ``wait``."""
        handle = InlineHandle(call, report)
        self._handles.append(handle)
        return handle

    def close(self) -> None:
        """Cancel what has not ended."""
        for handle in self._handles:
            handle.cancel()


class InlineHandle(Handle):
    """Runs the call at the first ``wait`` and keeps the result."""

    def __init__(self, call: Call, report: Report) -> None:
        self._call, self._report = call, report
        self._result: Json | None = None
        self._cancelled = False

    def wait(self, timeout_s: float | None = None) -> Json:  # noqa: ARG002 - cannot interrupt itself
        """Run it here; arguments and events pass through JSON as they would on a wire."""
        if self._result is None:
            self._check()
            args = json.loads(json.dumps(self._call.args))
            self._result = json.loads(json.dumps(load(self._call.run)(args, self._pass_on)))
        return self._result or {}

    def cancel(self) -> None:
        """Stop at the next report."""
        self._cancelled = True

    def _pass_on(self, event: Json) -> None:
        self._check()
        self._report(json.loads(json.dumps(event)))

    def _check(self) -> None:
        if self._cancelled:
            raise TrainingError("cancelled", code="cancelled", where=self._call.run)
