"""Asking: pure, in few batches, cohorts that keep every slot busy."""

import pytest

from danlu.experiment.ask import SAMPLERS, Cost, ask, batch_of, group
from danlu.experiment.plan import Spec
from danlu.store.records import Trial

PLAN = {
    "task": "classification", "maximise": True, "network": {"nodes": {}},
    "recipe": {"learning_rate": 2e-3, "weight_decay": 1e-2},
    "space": {
        "recipe.learning_rate": {"float": [1e-4, 1e-1], "log": True},
        "hidden.units": {"choice": [16, 32, 64]},
    },
}  # fmt: skip
SPEC = Spec.of({"data": "d", "target": "y", "trials": 24})


def costs(*keys: str, weights: dict[str, int] | None = None) -> dict[int, Cost]:
    macs = weights or {}
    return {n: Cost(key=k, macs=macs.get(k, 10**6), parameters=0) for n, k in enumerate(keys)}


def trial(number: int, values: dict, metric: float | None) -> Trial:
    return Trial(
        project="p", experiment="e", number=number, batch=0, cohort="0.1", values=values,
        state="finished", metric=metric,
    )  # fmt: skip


@pytest.mark.parametrize("trials", [1, 2, 5, 24, 25, 100, 1000])
def test_batches_add_up_to_the_budget(trials):
    done = 0
    while done < trials:
        done += batch_of(trials, done)
    assert done == trials


def test_equal_programs_train_together():
    found = group(costs("a", "b", "a", "b"), slots=2)
    assert sorted(found) == [(0, 2), (1, 3)]


def test_one_program_is_cut_so_that_every_slot_works():
    assert group(costs(*"aaaaaaaa"), slots=2) == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_the_heaviest_cohort_starts_first():
    found = group(costs(*"aabb", weights={"b": 10**8}), slots=2)
    assert found[0] in [(2,), (3,)]
    assert found[-1] == (0, 1)


def test_every_trial_is_in_exactly_one_cohort():
    found = group(costs(*"abcabcabbbbbbaaaa"), slots=3)
    assert sorted(n for cohort in found for n in cohort) == list(range(17))


def test_nothing_to_group_is_no_cohort():
    assert group({}, slots=2) == []


def test_the_first_trial_is_what_the_recipe_says():
    first = ask(SPEC, PLAN, [])[0]
    assert first["recipe.learning_rate"] == pytest.approx(2e-3)


def test_yesterdays_winner_comes_before_all():
    values = {"recipe.learning_rate": 0.01, "hidden.units": 64}
    warm = {"model": "m@1", "values": values, "weights": "0" * 64}
    spec = Spec.of({**SPEC.model_dump(mode="json"), "warm": warm})
    assert ask(spec, PLAN, [])[0] == values


def test_asking_is_a_pure_function_of_the_history():
    known = [trial(n, v, n / 10) for n, v in enumerate(ask(SPEC, PLAN, []))]
    assert ask(SPEC, PLAN, known) == ask(SPEC, PLAN, list(reversed(known)))


def test_what_came_out_changes_what_is_asked():
    values = ask(SPEC, PLAN, [])
    known = [trial(n, v, n / 10) for n, v in enumerate([*values, *values])]
    other = [trial(n, v, -n / 10) for n, v in enumerate([*values, *values])]
    assert ask(SPEC, PLAN, known) != ask(SPEC, PLAN, other)


def test_failed_trials_do_not_stop_the_asking():
    known = [trial(n, v, None) for n, v in enumerate(ask(SPEC, PLAN, []))]
    assert len(ask(SPEC, PLAN, known)) == 8


@pytest.mark.parametrize("sampler", SAMPLERS.names())
def test_a_budget_replays_to_the_same_table(sampler):
    """Whatever the sampler: asked again from the same rows, or from none, the values are equal."""
    spec = Spec.of({**SPEC.model_dump(mode="json"), "sampler": sampler})

    def table():
        known = []
        while len(known) < spec.trials:
            costs = {str(t.number): t.values["hidden.units"] for t in known}
            asked = ask(spec, {**PLAN, "costs": costs}, known)
            for values in asked:
                metric = values["recipe.learning_rate"] + values["hidden.units"] / 1e3
                known.append(trial(len(known), values, metric))
        return [(t.number, t.values, t.metric) for t in known]

    first = table()
    assert len(first) == spec.trials
    assert table() == first
