"""What becomes of a cohort whose trainer failed, and what is kept of it."""

import pytest

from danlu.errors import TrainingError
from danlu.experiment.desk import keys
from danlu.experiment.diary import LINES, Diary
from danlu.experiment.rescue import rescue, values_of
from danlu.store.records import Trial

USUAL = {"recipe.batch_size": 64, "recipe.learning_rate": 0.01, "rows": 400}


def trials(count, **fields):
    given = {"project": "p", "experiment": "e", "batch": 0, "cohort": "0.1", "state": "running",
             "values": {}}  # fmt: skip
    return [Trial(number=n, **given | fields) for n in range(count)]


def failed(code, **values):
    return TrainingError("no", code=code, **values)


def decide(count, error, *, tries=1, **fields):
    return rescue(trials(count, **fields), error, tries=tries, usual=USUAL)


def test_no_memory_halves_the_cohort_and_says_so():
    found = decide(3, failed("out_of_memory"))
    assert (found.kind, found.ready) == ("halved", ("0.1.1", "0.1.2"))
    assert [t.cohort for t in found.trials] == ["0.1.1", "0.1.1", "0.1.2"]
    assert found.trials[0].retries == (
        {"code": "cohort_halved", "args": {"why": "out_of_memory", "count": 3, "half": 2}},
    )


def test_alone_it_is_tried_once_with_half_the_batch():
    (trial,) = decide(1, failed("out_of_memory")).trials
    assert trial.state == "waiting"
    assert trial.values == {}
    assert values_of(trial) == {"recipe.batch_size": 32}


def test_a_batch_larger_than_the_data_is_halved_from_the_data():
    (trial,) = decide(1, failed("out_of_memory"), values={"recipe.batch_size": 9000}).trials
    assert values_of(trial)["recipe.batch_size"] == 200


def test_after_that_it_is_over_and_a_smaller_batch_is_proposed():
    cut = decide(1, failed("out_of_memory")).trials
    found = rescue(cut, failed("out_of_memory", detail="9 B"), tries=2, usual=USUAL)
    (trial,) = found.trials
    assert (found.kind, trial.state) == ("ended", "out_of_memory")
    assert trial.reason == {"code": "out_of_memory", "args": {"detail": "9 B"}}
    assert trial.advice == {"field": "recipe.batch_size", "from": 32, "to": 16}


@pytest.mark.parametrize("error", [failed("crashed", signal=11), failed("hung", seconds=30)])
def test_a_crash_or_a_hang_is_tried_again_then_its_mates_go_without_it(error):
    assert decide(2, error).kind == "resumed"
    assert decide(2, error, tries=2).kind == "halved"


def test_what_hangs_alone_is_lost_and_says_for_how_long():
    (trial,) = decide(1, failed("hung", seconds=30.0), tries=2).trials
    assert trial.state == "lost"
    assert trial.cause == "its trainer stood still 2 times, at last for 30 s"


def test_what_crashes_alone_names_the_signal():
    (trial,) = decide(1, failed("crashed", signal=11), tries=2).trials
    assert (trial.state, trial.reason["args"]["name"]) == ("crashed", "SIGSEGV")


def test_an_exception_of_one_costs_its_mates_nothing():
    error = failed("crashed", tail="Traceback\nKeyError: 'x'")
    assert decide(2, error).kind == "halved"
    assert decide(1, error).trials[0].reason["args"]["detail"] == "KeyError: 'x'"


def test_a_kill_is_forgiven_ten_times_and_nobody_is_suspected():
    assert decide(4, failed("crashed", signal=9), tries=9).kind == "resumed"
    assert {t.state for t in decide(4, failed("crashed", signal=9), tries=10).trials} == {"crashed"}


def test_another_refusal_is_about_the_values_and_keeps_its_code():
    (trial,) = decide(1, failed("shape", node="dense_1")).trials
    assert trial.state == "data_error"
    assert trial.reason["code"] == "shape"
    assert trial.reason["args"]["node"] == "dense_1"


def test_the_last_metrics_of_what_ended_badly_are_kept():
    curve = ({"epoch": 1, "loss": 0.5, "valid_loss": 0.6, "auc": 0.8},)
    (trial,) = decide(1, failed("crashed"), curve=curve).trials
    assert trial.metrics == {"auc": 0.8}
    assert trial.metric is None


def test_a_diary_keeps_the_last_fifty_lines_of_each_trial():
    diary = Diary()
    for n in range(80):
        diary.hear({"event": "log", "text": f"line {n}"}, [0, 1])
    diary.hear({"event": "trial_ended", "number": 1, "state": "diverged", "reason": {}}, [])
    assert diary.close(0, went_well=True).splitlines()[0] == f"line {80 - LINES}"
    assert diary.close(1, went_well=False).splitlines()[-1] == "diverged"


def test_epochs_are_in_the_log_of_what_ended_badly_only():
    event = {"event": "epoch_done", "trial": 0, "epoch": 3, "loss": 0.25, "valid_loss": None,
             "metrics": {"auc": 0.75}}  # fmt: skip
    well, badly = Diary(), Diary()
    for diary in (well, badly):
        diary.hear(event, [0])
    assert well.close(0, went_well=True) == ""
    assert badly.close(0, went_well=False) == "epoch 3: loss 0.25, valid_loss nan, auc 0.75"


def test_what_needs_more_memory_than_there_is_never_starts():
    network = {
        "format": "danlu.network", "version": 1, "name": "n", "inputs": {"table": {}},
        "nodes": {
            "wide": {"op": "dense", "params": {"units": 1000}, "in": {"x": "table"}},
            "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "wide"}},
        },
        "outputs": {"label": "head"},
    }  # fmt: skip
    types = {"table": {"axes": [{"name": "features", "size": 9}]}}
    tried = [{}, {"wide.units": 60_000}]
    asked = {"network": network, "types": types, "head": 1, "trials": tried}
    small, huge = keys({**asked, "memory_bytes": 1_000_000}, None)["trials"]
    assert "key" in small
    assert huge["reason"]["code"] == "memory_estimate"
    assert huge["reason"]["args"] == {"needs_gb": 0.008, "limit_gb": 0.001}
