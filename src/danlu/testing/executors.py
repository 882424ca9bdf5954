"""Executors: what every place where calls run must do."""

from __future__ import annotations

import signal

import pytest

from danlu.errors import DataError, InvalidError, TrainingError
from danlu.execute.base import Call, Executor, Json


def job(name: str, **args: object) -> Call:
    """Name a job of `danlu.testing.jobs`."""
    return Call(run=f"danlu.testing.jobs:{name}", args=args)


def ignore(event: Json) -> None:
    """Hear nothing."""
    del event


class ExecutorContract:
    """Subclass in a test module that has a fixture ``executor``."""

    def test_a_call_returns_what_its_job_returns(self, executor: Executor) -> None:
        """Unicode and numbers survive the way there and back."""
        handle = executor.submit(job("echo", result={"x": 0.1, "text": "丹炉"}), ignore)
        assert handle.wait() == {"result": {"x": 0.1, "text": "丹炉"}}

    def test_events_arrive_in_order(self, executor: Executor) -> None:
        """Nothing is lost, however many there are."""
        heard: list[Json] = []
        events = [{"n": n, "pad": "x" * 1000} for n in range(500)]
        executor.submit(job("echo", events=events), heard.append).wait()
        assert heard == events

    def test_our_own_errors_cross_unchanged(self, executor: Executor) -> None:
        """The class, the code, the place and the values are those of the job."""
        with pytest.raises(DataError) as caught:
            executor.submit(job("refuse", line=3), ignore).wait()
        assert caught.value.code == "no_rows"
        assert caught.value.values == {"line": 3}

    def test_an_unknown_job_is_refused(self, executor: Executor) -> None:
        """Only our own code can be named."""
        with pytest.raises(InvalidError, match="no job"):
            executor.submit(Call(run="os:system"), ignore).wait()

    def test_waiting_twice_gives_the_same(self, executor: Executor) -> None:
        """A result is kept."""
        handle = executor.submit(job("echo", result=1), ignore)
        assert handle.wait() == handle.wait()

    def test_a_cancelled_call_says_so(self, executor: Executor) -> None:
        """Cancelling ends it, and ``wait`` tells."""
        handle = executor.submit(job("sleep", seconds=60), ignore)
        handle.cancel()
        with pytest.raises(TrainingError) as caught:
            handle.wait()
        assert caught.value.code == "cancelled"

    def test_calls_go_on_after_one_has_crashed(self, executor: Executor) -> None:
        """A killed call costs itself only."""
        if not executor.isolated:
            pytest.skip("calls share this process")
        with pytest.raises(TrainingError) as caught:
            executor.submit(job("die", signal=int(signal.SIGKILL)), ignore).wait()
        assert caught.value.code == "crashed"
        assert executor.submit(job("echo", result=2), ignore).wait() == {"result": 2}
