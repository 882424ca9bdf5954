"""Promotion: certain gains pass, chance and losses do not; the numbers are the right ones."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from danlu.errors import InvalidError
from danlu.registry.promote import Bar, judge

DRAW = np.random.default_rng(1)
ROWS = 600
TRUTH = (DRAW.random(ROWS) < 0.3).astype(float)
WEAK = TRUTH * 0.3 + DRAW.normal(size=ROWS)
STRONG = TRUTH * 2.0 + DRAW.normal(size=ROWS)


def test_a_clearly_better_challenger_is_promoted():
    found = judge(WEAK, STRONG, TRUTH)
    assert found.promoted
    assert found.low > 0
    assert (found.code, "auc" in found.reason) == ("better", True)


def test_a_clearly_worse_one_is_not():
    found = judge(STRONG, WEAK, TRUTH)
    assert not found.promoted
    assert found.high < 0


def test_the_same_answers_are_no_reason_to_change():
    found = judge(WEAK, WEAK, TRUTH)
    assert not found.promoted
    assert found.difference == found.low == found.high == 0


def test_the_auc_is_that_of_scikit_learn_also_with_ties():
    coarse = np.round(STRONG)
    found = judge(coarse, STRONG, TRUTH)
    assert found.champion == pytest.approx(roc_auc_score(TRUTH, coarse))
    assert found.challenger == pytest.approx(roc_auc_score(TRUTH, STRONG))


def test_less_error_is_better():
    near, far = TRUTH + 0.1 * DRAW.normal(size=ROWS), TRUTH + DRAW.normal(size=ROWS)
    found = judge(far, near, TRUTH, bar=Bar(metric="rmse"))
    assert found.promoted
    assert found.challenger < found.champion
    assert found.difference > 0


def test_labels_are_compared_by_accuracy():
    labels = TRUTH.astype(int).astype(str)
    guess = np.full(ROWS, "0")
    found = judge(guess, labels, labels, bar=Bar(metric="accuracy"))
    assert found.promoted
    assert found.challenger == 1.0


def test_a_gain_below_the_margin_is_not_worth_it():
    assert not judge(WEAK, STRONG, TRUTH, bar=Bar(margin=0.9)).promoted


def test_a_slice_that_gets_worse_is_a_veto():
    bad = np.arange(ROWS) < 200
    challenger = np.where(bad, -STRONG, STRONG * 3)
    found = judge(WEAK, challenger, TRUTH, slices={"left": bad, "right": ~bad})
    assert not found.promoted
    assert (found.code, "worse on left" in found.reason) == ("worse_slices", True)


def test_too_few_rows_decide_nothing():
    found = judge(WEAK[:20], STRONG[:20], TRUTH[:20])
    assert not found.promoted
    assert (found.code, found.fewest, "too few" in found.reason) == ("too_few", 30, True)


def test_no_rows_at_all_decide_nothing():
    empty = np.empty(0)
    assert not judge(empty, empty, empty).promoted


def test_one_class_only_decides_nothing():
    assert not judge(WEAK, STRONG, np.zeros(ROWS)).promoted


def test_the_verdict_can_be_repeated():
    assert judge(WEAK, STRONG, TRUTH) == judge(WEAK, STRONG, TRUTH)


def test_rows_that_do_not_pair_are_refused():
    with pytest.raises(InvalidError, match="cannot be paired"):
        judge(WEAK[:-1], STRONG, TRUTH)


@pytest.mark.filterwarnings("error")
def test_a_verdict_is_json():
    found = judge(WEAK, STRONG, TRUTH, slices={"all": TRUTH >= 0})
    assert type(found).model_validate_json(found.model_dump_json()) == found
