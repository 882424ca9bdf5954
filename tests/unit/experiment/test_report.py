"""The leaderboard ranks by the main metric; golden rows hold the difficult ones."""

from danlu.data.dataset import Column
from danlu.experiment.golden import FEWEST, UNSEEN, variants
from danlu.experiment.report import cost_of, leaderboard
from danlu.store.records import Trial

BASELINE = {"name": "linear", "metric": 0.7, "metrics": {"auc": 0.7}, "seconds": 1.0}


def trial(number: int, metric: float | None, state: str = "finished") -> Trial:
    return Trial(
        project="p", experiment="e", number=number, batch=0, cohort="0.1", values={}, state=state,
        metric=metric, epochs=3, seconds=2.0,
    )  # fmt: skip


def names(trials, *, maximise):
    plan = {"maximise": maximise, "baselines": [BASELINE]}
    return [row["name"] for row in leaderboard(trials, plan)]


def test_more_is_better_where_the_task_says_so():
    trials = [trial(0, 0.6), trial(1, 0.8)]
    assert names(trials, maximise=True) == ["trial 1", "linear", "trial 0"]
    assert names(trials, maximise=False) == ["trial 0", "linear", "trial 1"]


def test_a_trial_without_a_metric_comes_last():
    assert names([trial(0, None, "diverged"), trial(1, 0.1)], maximise=True)[-1] == "trial 0"


def test_a_metric_of_zero_is_a_metric():
    assert names([trial(0, None), trial(1, 0.0)], maximise=False)[0] == "trial 1"


def test_the_cost_counts_how_trials_ended():
    found = cost_of([trial(0, 0.5), trial(1, None, "diverged")])
    assert found["states"] == {"finished": 1, "diverged": 1}
    assert (found["epochs"], found["seconds"]) == (6, 4.0)


COLUMNS = [Column(name="n", kind="number"), Column(name="c", kind="category")]


def test_golden_rows_hold_nulls_unseen_and_extremes():
    found = variants([{"n": 1, "c": "a"}], COLUMNS)
    assert len(found) >= FEWEST
    for odd in ({}, {"n": None, "c": "a"}, {"n": 1, "c": UNSEEN}, {"n": -1e12, "c": "a"}):
        assert odd in found


def test_golden_rows_of_a_wide_table_stay_few():
    columns = [Column(name=f"n{i}", kind="number") for i in range(3000)]
    assert len(variants([{c.name: 1 for c in columns}], columns)) < 300
