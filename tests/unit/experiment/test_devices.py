"""A search says where it trains; what is not there is refused at once, what is full is cut."""

import pytest
import torch

from danlu.execute.inline import InlineExecutor
from danlu.experiment.page import page
from danlu.experiment.run import conduct
from danlu.store.records import Trial
from danlu.train.cohort import Cohort
from danlu.train.device import Device

SMALL = {"trials": 2, "epochs": 1, "space": {}, "baselines": "compare"}
RECIPE = {"batch_size": 64, "device": "cpu"}


@pytest.fixture
def inline(project):
    project.executor = InlineExecutor()
    return project


def test_the_plan_says_where_and_how_exactly(inline):
    name = inline.ask("rounded", recipe={**RECIPE, "precision": "bf16"}, **SMALL)
    found = conduct(inline.ports, name)
    assert found.state == "finished", found.cause
    assert found.plan["device"] == {
        "name": "cpu", "title": "CPU", "precision": "bf16", "memory_bytes": None
    }  # fmt: skip
    assert found.plan["recipe"]["precision"] == "bf16"
    assert found.plan["cohorts"]["0.1"]["precision"] == "bf16"
    assert "on CPU in bf16" in page(found, inline.all(Trial, experiment=name))


def test_auto_is_settled_before_anything_trains_unless_it_is_searched(inline):
    space = {"recipe.precision": {"choice": ["float32", "bf16"]}}
    asked = {**SMALL, "space": space, "sampler": "grid", "trials": 4}
    found = conduct(inline.ports, inline.ask("searched", recipe={"batch_size": 64}, **asked))
    assert found.state == "finished", found.cause
    assert found.plan["recipe"]["device"] == found.plan["device"]["name"]
    assert found.plan["recipe"]["precision"] == "auto"
    tried = {t.values["recipe.precision"] for t in inline.all(Trial, experiment="searched")}
    assert tried == {"float32", "bf16"}


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
    assert found.state == "failed"
    assert {t.reason["code"] for t in inline.all(Trial, experiment="huge")} == {"memory_estimate"}


def test_a_full_device_halves_the_cohort_then_the_batch(inline, monkeypatch):
    advance = Cohort.advance

    def advance_if_small(self, batch, step_no, **how):
        if len(self.members) > 1 or len(batch) > 40:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return advance(self, batch, step_no, **how)

    monkeypatch.setattr(Cohort, "advance", advance_if_small)
    found = conduct(inline.ports, inline.ask("tight", recipe=RECIPE, **SMALL))
    assert found.state == "finished", found.cause
    for trial in inline.all(Trial, experiment="tight"):
        assert [r["code"] for r in trial.retries] == ["cohort_halved", "batch_halved"]
