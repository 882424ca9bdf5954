"""A whole search: ask, train, tell, finish, gate, register; and what happens when it goes wrong."""

import json
import os
import shutil

import pytest

from danlu.errors import DataError, NotFoundError, error_of
from danlu.experiment.prepare import prune
from danlu.experiment.run import conduct
from danlu.serve.bundle import Bundle
from danlu.store.records import Audit, Deployment, Event, Experiment, Model, Trial

SMALL = {"trials": 6, "epochs": 6, "recipe": {"batch_size": 64}}


def test_a_search_ends_finished_with_a_model(finished):
    project, experiment = finished
    (model,) = project.all(Model)
    assert experiment.state == "finished", experiment.cause
    assert experiment.result["model"] == model.ref == "late_api@1"
    assert model.gate["passed"]


def test_the_deployment_is_asked_to_serve_the_winner(finished):
    project, _ = finished
    (deployment,) = project.all(Deployment)
    assert deployment.wanted == "late_api@1"
    assert deployment.live is None


def test_every_trial_has_its_curve_and_its_end(finished):
    project, _ = finished
    trials = project.all(Trial)
    assert len(trials) == 6
    assert {t.state for t in trials} == {"finished"}
    assert all([p["epoch"] for p in t.curve] == [1, 2, 3, 4, 5, 6] for t in trials)


def test_the_signal_is_learnt(finished):
    _, experiment = finished
    assert experiment.result["test"]["auc"] > 0.9


def test_the_leaderboard_holds_the_baselines(finished):
    _, experiment = finished
    names = [row["name"] for row in experiment.result["leaderboard"]]
    metrics = [row["metric"] for row in experiment.result["leaderboard"]]
    assert {"usual", "linear", "boosted trees"} < set(names)
    assert metrics == sorted(metrics, reverse=True)


def test_the_bundle_opens_from_the_blobs(finished, tmp_path):
    project, _ = finished
    (model,) = project.all(Model)
    for name, sha in model.files.items():
        shutil.copy(project.blobs.path(sha), tmp_path / name)
    bundle = Bundle.open(tmp_path)
    assert len(bundle.golden) >= 50
    assert "Baselines" in (tmp_path / "card.md").read_text()


def test_the_manifest_tells_where_a_model_comes_from(finished):
    project, experiment = finished
    (model,) = project.all(Model)
    lineage = model.manifest["lineage"]
    assert lineage["experiment"] == "first"
    assert (lineage["data"], lineage["version"]) == ("late", 1)
    assert lineage["trials"] == experiment.result["best"]["trials"]


def test_the_live_page_hears_of_everything(finished):
    project, _ = finished
    heard = {e.kind for e in project.all(Event) if e.topic == "experiment/first"}
    assert {"planned", "asked", "started", "epochs", "ended", "finished"} <= heard


def test_registering_is_in_the_audit_trail(finished):
    project, _ = finished
    assert [(a.action, a.subject) for a in project.all(Audit)] == [("register", "late_api@1")]


def test_conducting_again_changes_nothing(finished, table_of):
    project, experiment = finished
    before = table_of(project, "first")
    assert conduct(project.ports, "first") == experiment
    assert table_of(project, "first") == before


def test_the_same_spec_gives_the_same_table(finished, table_of):
    project, first = finished
    again = conduct(project.ports, project.ask("again", **SMALL))
    assert table_of(project, "again") == table_of(project, "first")
    assert again.result["test"] == first.result["test"]


def test_a_retrain_starts_from_yesterdays_winner(finished):
    project, first = finished
    warm = first.result["warm"]
    retrain = conduct(
        project.ports, project.ask("retrain", warm=warm, model="late_api", **{**SMALL, "trials": 2})
    )
    trials = {t.number: t for t in project.all(Trial, experiment="retrain")}
    assert trials[0].values == warm["values"]
    assert trials[0].curve[0]["auc"] > 0.9
    assert retrain.result["model"] == "late_api@2"


def test_regression_is_learnt_too(project):
    experiment = conduct(project.ports, project.ask("minutes", target="minutes", **SMALL))
    assert experiment.state == "finished", experiment.cause
    assert experiment.plan["task"] == "regression"
    assert experiment.result["test"]["r2"] > 0.5


def test_an_unknown_target_fails_with_the_near_miss(project):
    experiment = conduct(project.ports, project.ask("typo", target="lates", **SMALL))
    error = error_of(experiment.result["problem"])
    assert experiment.state == "failed"
    assert isinstance(error, DataError)
    assert "Did you mean 'late'?" in experiment.cause


def test_an_unknown_dataset_fails_with_the_near_miss(project):
    experiment = conduct(project.ports, project.ask("nodata", data="lat", **SMALL))
    assert isinstance(error_of(experiment.result["problem"]), NotFoundError)
    assert "Did you mean 'late'?" in experiment.cause


def test_a_range_of_nothing_is_refused_by_name(project):
    space = {"recipe.learning_rat": {"float": [0.1, 0.2]}}
    experiment = conduct(project.ports, project.ask("space", space=space, **SMALL))
    assert experiment.result["problem"]["code"] == "field_unknown"
    assert "recipe.learning_rate" in experiment.cause


def test_a_network_that_does_not_fit_is_refused_before_training(project):
    network = {
        "format": "danlu.network", "version": 1, "name": "bad",
        "inputs": {"table": {"kinds": ["number"]}},
        "nodes": {"head": {"op": "dense", "params": {"units": 7}, "in": {"x": "table"}}},
        "outputs": {"answer": "head"},
    }  # fmt: skip
    experiment = conduct(project.ports, project.ask("bad", network=network, **SMALL))
    assert experiment.state == "failed"
    assert experiment.result["problem"]["class"] == "NetworkError"
    assert project.all(Trial) == []


def test_a_search_of_which_nothing_is_left_has_failed(project):
    space = {
        "recipe.learning_rate": {"float": [1e30, 1e31]},
        "recipe.gradient_clip": {"choice": [0]},
    }
    experiment = conduct(project.ports, project.ask("nan", space=space, **SMALL))
    assert experiment.state == "failed", json.dumps(experiment.result)[:500]
    assert "diverged" in experiment.cause
    assert {t.state for t in project.all(Trial)} == {"diverged"}


def test_a_stopped_search_goes_on_and_a_deleted_cache_costs_time_only(finished, project, table_of):
    name = project.ask("first", deploy="late_api", **SMALL)

    def when_a_batch_is_over():
        return sum(t.state == "finished" for t in project.all(Trial)) == 4

    assert conduct(project.ports, name, cancelled=when_a_batch_is_over).state == "stopped"
    assert "running" not in {t.state for t in project.all(Trial)}
    shutil.rmtree(project.home / "cache")
    assert conduct(project.ports, name).state == "finished"
    assert table_of(project, "first") == table_of(finished[0], "first")


def test_old_encoded_data_is_let_go_the_newest_stays(tmp_path):
    for age in range(12):
        (tmp_path / str(age)).mkdir()
        os.utime(tmp_path / str(age), (0, 1e6 - age * 86_400))
    prune(tmp_path, now=1e6)
    assert sorted(int(f.name) for f in tmp_path.iterdir()) == list(range(8))


def test_trials_keep_no_path_into_the_cache(finished):
    project, _ = finished
    kept = [path for t in project.all(Trial, experiment="first") for path in t.files.values()]
    assert not any("cache" in path for path in kept)


def test_the_experiment_record_survives_its_json(finished):
    _, experiment = finished
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


@pytest.mark.parametrize("phase", ["prepare", "search", "finish", "publish"])
def test_every_phase_is_timed(finished, phase):
    _, experiment = finished
    assert experiment.result["timings"][phase] >= 0


def test_the_report_says_which_fields_mattered(finished):
    _, experiment = finished
    shares = experiment.result["importance"]
    assert set(shares) == set(experiment.plan["space"])
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)


def test_a_leak_is_in_the_result(project):
    experiment = conduct(project.ports, project.ask("leaky", target="minutes", **SMALL))
    assert [w["code"] for w in experiment.result["warnings"]] == []
    assert experiment.result["random_split"] is None


def test_a_search_may_learn_from_an_earlier_one(finished):
    project, first = finished
    name = project.ask("learnt", learn_from=["first"], **{**SMALL, "trials": 1})
    assert conduct(project.ports, name).state == "finished"
    (trial,) = project.all(Trial, experiment="learnt")
    assert trial.values == first.result["warm"]["values"]
