"""A search says where it trains; what is not there, or too small, is refused at once."""

import pytest
import torch

from danlu.execute.inline import InlineExecutor
from danlu.experiment.page import page
from danlu.experiment.run import conduct
from danlu.store.records import Trial
from danlu.train.device import Device

SMALL = {"trials": 2, "epochs": 1, "space": {}, "baselines": "compare"}
RECIPE = {"batch_size": 64, "device": "cpu"}


@pytest.fixture
def inline(project):
    project.executor = InlineExecutor()
    return project


def test_the_plan_says_where_and_how_exactly(inline):
    space = {"recipe.precision": {"choice": ["float32", "bf16"]}}
    asked = {**SMALL, "space": space, "sampler": "grid", "trials": 4, "recipe": RECIPE}
    found = conduct(inline.ports, inline.ask("searched", **asked))
    assert found.state == "finished", found.cause
    assert found.plan["device"] == {
        "name": "cpu", "title": "CPU", "precision": "float32", "memory_bytes": None
    }  # fmt: skip
    assert (found.plan["recipe"]["device"], found.plan["recipe"]["precision"]) == ("cpu", "auto")
    trials = inline.all(Trial, experiment="searched")
    cohorts = found.plan["cohorts"]
    said = {(t.values["recipe.precision"], cohorts[t.cohort]["precision"]) for t in trials}
    assert said == {("float32", "float32"), ("bf16", "bf16")}
    assert "on CPU in float32" in page(found, trials)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a cuda device")
@pytest.mark.parametrize(
    "asked",
    [
        {"recipe": {"device": "cuda"}},
        {"space": {"recipe.device": {"choice": ["cpu", "cuda"]}}},
    ],
)
def test_a_device_that_is_not_there_fails_the_search_before_it_begins(inline, asked):
    found = conduct(inline.ports, inline.ask("absent", **{**SMALL, **asked}))
    assert (found.state, found.result["problem"]["code"]) == ("failed", "device_missing")
    assert "Set it to auto" in found.cause
    assert inline.all(Trial, experiment="absent") == []


def test_a_network_larger_than_its_device_is_refused(inline, monkeypatch):
    monkeypatch.setattr(Device, "memory_bytes", lambda _self: 1000)
    found = conduct(inline.ports, inline.ask("huge", recipe=RECIPE, **SMALL))
    assert (found.state, found.plan["recipe"]["precision"]) == ("failed", "float32")
    assert {t.reason["code"] for t in inline.all(Trial, experiment="huge")} == {"memory_estimate"}
