"""Trials taken out of a comparison, and brought back."""

from pathlib import Path

import pytest

from danlu.errors import ConflictError, NotFoundError
from danlu.execute.inline import InlineExecutor
from danlu.store.records import Experiment, Model, Trial
from danlu.workspace.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path):
    with Workspace(tmp_path / "w", executor=InlineExecutor()) as found:
        with found.store.begin(found.who) as tx:
            own = {"project": "default", "created_at": 0.0}
            for name, state in (("over", "finished"), ("going", "running")):
                tx.insert(Experiment(name=name, state=state, spec={}, **own))
                for number in range(3):
                    tx.insert(
                        Trial(
                            project="default", experiment=name, number=number, batch=0,
                            cohort="", values={}, state="finished", metric=float(number),
                        )
                    )  # fmt: skip
            tx.insert(
                Model(
                    name="m", version=1, experiment="over", trials=(2,), files={}, manifest={},
                    metrics={}, **own,
                )
            )  # fmt: skip
        yield found


def test_a_discarded_trial_leaves_the_leaderboard_and_comes_back(ws: Workspace) -> None:
    assert ws.experiments.discard("over", 1).discarded_at is not None
    assert [row["number"] for row in ws.experiments.leaderboard("over")] == [0, 2]
    assert len(ws.experiments.trials("over")) == 3
    assert ws.experiments.restore("over", 1).discarded_at is None
    assert len(ws.experiments.leaderboard("over")) == 3


def test_a_trial_of_a_model_or_of_a_search_that_runs_stays(ws: Workspace) -> None:
    with pytest.raises(ConflictError) as caught:
        ws.experiments.discard("over", 2)
    assert caught.value.code == "trial_in_model"
    with pytest.raises(ConflictError) as caught:
        ws.experiments.discard("going", 0)
    assert caught.value.code == "search_runs"
    with pytest.raises(NotFoundError):
        ws.experiments.discard("over", 9)


def test_some_trials_are_asked_for_by_their_numbers(ws: Workspace) -> None:
    assert [t.number for t in ws.experiments.trials("over", only=[2, 0, 99])] == [0, 2]
    assert ws.experiments.trials("over", only=[]) == []


def test_what_is_over_is_no_unfinished_job_and_the_process_takes_something(ws: Workspace) -> None:
    assert ws.jobs.list(unfinished=True) == []
    (look,) = ws.jobs.usage(points=1)
    assert 0 < look.memory_bytes < look.memory_total
