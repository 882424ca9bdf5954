"""A baseline that is better is the model: packed, gated, registered, and said so plainly."""

import shutil

import pytest

from danlu.experiment.run import conduct
from danlu.serve.bundle import Bundle
from danlu.serve.runtime import Runtime
from danlu.store.records import Model

HOPELESS = {
    "trials": 1, "epochs": 1, "recipe": {"batch_size": 256, "learning_rate": 1e-9},
    "space": {"recipe.learning_rate": {"choice": [1e-9]}},
}  # fmt: skip


@pytest.fixture
def won(project):
    return project, conduct(project.ports, project.ask("won", target="minutes", **HOPELESS))


def test_a_baseline_that_wins_is_the_model(won, tmp_path):
    project, experiment = won
    assert experiment.state == "finished", experiment.cause
    assert experiment.result["best"]["trials"] == []
    assert "linear" in experiment.result["best"]["baselines"]
    (model,) = project.all(Model)
    assert model.gate["passed"]
    assert model.manifest["lineage"]["baselines"] == experiment.result["best"]["baselines"]
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, sha in model.files.items():
        shutil.copy(project.blobs.path(sha), folder / name)
    runtime = Runtime(Bundle.open(folder))
    low, high = (
        runtime.predict([{"x1": x, "x2": 5, "colour": "blue"}])[0]["value"] for x in (-2, 2)
    )
    assert low < -20
    assert high > 20


def test_the_verdict_says_so(won):
    verdict = won[1].result["verdict"]
    assert (verdict["winner"], verdict["ahead"]) == ("baselines", "baseline")
    assert verdict["network"]["name"] == "trial 0"
    assert verdict["baseline"]["metric"] < verdict["network"]["metric"]


def test_the_next_search_may_still_start_from_the_best_network(won):
    assert set(won[1].result["warm"]) == {"model", "values", "weights"}


def test_baselines_that_only_compare_never_answer(project):
    name = project.ask("compared", target="minutes", baselines="compare", **HOPELESS)
    experiment = conduct(project.ports, name)
    assert experiment.result["best"]["trials"] == [0]
    assert experiment.result["verdict"]["winner"] == "networks"
    assert experiment.result["verdict"]["ahead"] == "baseline"


def test_a_network_and_a_baseline_may_answer_together(project):
    name = project.ask("both", target="x1", trials=3, epochs=15, members=6)
    experiment = conduct(project.ports, name)
    assert experiment.state == "finished", experiment.cause
    assert experiment.result["verdict"]["winner"] == "both", experiment.result["verdict"]
    (model,) = project.all(Model)
    assert model.gate["passed"]


def test_members_are_left_out_until_the_latency_fits(project):
    name = project.ask("fast", latency_ms=1000.0, trials=2, epochs=2)
    experiment = conduct(project.ports, name)
    assert experiment.state == "finished", experiment.cause
    assert experiment.result["latency"][-1]["fits"]
    (model,) = project.all(Model)
    assert model.manifest["latency_budget_ms"] == 1000.0


def test_a_latency_nothing_keeps_is_a_reason(project):
    experiment = conduct(project.ports, project.ask("never", latency_ms=1e-6, trials=1, epochs=1))
    assert experiment.state == "failed"
    assert experiment.result["problem"]["code"] == "latency_budget"
    assert "The fastest takes" in experiment.cause
    assert project.all(Model) == []
