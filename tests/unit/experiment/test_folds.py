"""Folds divide train and validation rows again; no row is on both sides, groups stay whole."""

import numpy as np
import pytest

from danlu.data.split import Split, split
from danlu.experiment.folds import more_folds
from danlu.experiment.run import conduct
from danlu.store.records import Trial

ROWS = 400
TABLE = {
    "day": np.repeat(np.arange(ROWS // 4), 4).astype("datetime64[D]"),
    "shop": np.array([f"s{n % 37}" for n in range(ROWS)], dtype=object),
}
TARGET = (np.arange(ROWS) % 10 == 0).astype(np.int64)


def divided(method: str, k: int = 4):
    how = Split(method=method, key="shop" if method == "group" else None)
    parts = split(TABLE, how, time="day", target=TARGET)
    return parts, more_folds(parts, how, k, table=TABLE, time="day", target=TARGET)


@pytest.mark.parametrize("method", ["stratified", "random", "group", "time"])
def test_test_rows_are_in_no_fold(method):
    parts, folds = divided(method)
    seen = np.concatenate([rows for fold in folds for rows in fold.values()])
    assert len(folds) == 3
    assert not set(seen) & set(parts["test"])


@pytest.mark.parametrize("method", ["stratified", "random", "group", "time"])
def test_no_row_trains_and_judges(method):
    _, folds = divided(method)
    assert all(not set(f["train"]) & set(f["valid"]) for f in folds)


def test_forward_in_time_a_fold_learns_from_what_came_before():
    _, folds = divided("time")
    for fold in folds:
        assert TABLE["day"][fold["train"]].max() <= TABLE["day"][fold["valid"]].min()


def test_groups_stay_whole():
    _, folds = divided("group")
    for fold in folds:
        assert not set(TABLE["shop"][fold["train"]]) & set(TABLE["shop"][fold["valid"]])


def test_every_fold_has_its_share_of_a_rare_class():
    _, folds = divided("stratified")
    shares = [TARGET[f["valid"]].mean() for f in folds]
    assert np.allclose(shares, TARGET.mean(), atol=0.03)


def test_a_search_over_folds_judges_by_their_mean(project):
    asked = {"trials": 2, "epochs": 3, "recipe": {"batch_size": 64}, "folds": 3}
    experiment = conduct(project.ports, project.ask("folded", **asked))
    assert experiment.state == "finished", experiment.cause
    trials = project.all(Trial, experiment="folded")
    assert all(t.metrics["auc_sd"] > 0 for t in trials)
    assert all(t.metric == t.metrics["auc"] for t in trials)
    rows = {row["name"]: row for row in experiment.result["leaderboard"]}
    assert rows["linear"]["metrics"]["auc_sd"] > 0
