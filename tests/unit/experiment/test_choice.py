"""The planner says of every cohort why it is one."""

import pytest

from danlu.experiment.ask import Cost
from danlu.experiment.choice import choices
from danlu.experiment.run import conduct
from danlu.store.records import Experiment, Trial


def cost(key, macs=0):
    return Cost(key=key, macs=macs, parameters=0)


@pytest.mark.parametrize(
    ("macs", "how", "why"),
    [([5, 5], "fused", "same"), ([5, 9], "fused", "padded"), ([5], "fused", "alone"),
     ([5, 5], "unmaskable", "unmaskable"), ([5], "unfusible", "unfusible")],
)  # fmt: skip
def test_a_cohort_has_its_reason(macs, how, why):
    costs = {n: cost("a", m) for n, m in enumerate(macs)}
    (found,) = choices(costs, [tuple(costs)], {"a": how})
    assert (found.why, found.trials, found.parts) == (why, len(macs), 1)


def test_what_is_cut_for_the_slots_says_into_how_many():
    costs = {n: cost("a") for n in range(4)}
    found = choices(costs, [(0, 1), (2, 3)], {"a": "fused"})
    assert [(c.why, c.parts, c.padding) for c in found] == [("same", 2, 1.0)] * 2


def test_a_search_keeps_why_and_what_was_measured(project):
    space = {"recipe.learning_rate": {"float": [1e-3, 1e-2], "log": True}}
    asked = {"trials": 4, "epochs": 2, "recipe": {"batch_size": 64}, "space": space}
    conduct(project.ports, project.ask("planned", **asked))
    cohorts = project.all(Experiment)[0].plan["cohorts"]
    assert set(cohorts) == {t.cohort for t in project.all(Trial)}
    assert all({"why", "padding", "together", "timings"} <= set(c) for c in cohorts.values())
