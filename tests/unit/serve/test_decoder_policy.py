from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from danlu.errors import BundleError, InvalidError
from danlu.serve.decoder import Decoder
from danlu.serve.policy import Policy

TWO = Decoder(form="classes", classes=("no", "yes"), target="late")
FOUR = Decoder(form="classes", classes=("a", "b", "c", "d"), target="kind")
VALUE = Decoder(form="value", target="count")


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_one_probability_a_row_is_that_of_the_second_class() -> None:
    (said,) = TWO.predictions(np.array([[0.25]], dtype=np.float32))
    assert said == {
        "label": "yes" if 0.25 > 0.5 else "no",
        "probabilities": {"no": 0.75, "yes": 0.25},
    }


def test_boolean_labels_are_json_booleans_with_named_probabilities() -> None:
    decoder = Decoder(form="classes", classes=("false", "true"), labels_are="boolean", target="t")
    (said,) = decoder.predictions(np.array([[0.1, 0.9]], dtype=np.float32))
    assert said["label"] is True
    assert list(said["probabilities"]) == ["false", "true"]


def test_number_labels_are_numbers() -> None:
    decoder = Decoder(form="classes", classes=(1.0, 2.5), labels_are="number", target="t")
    assert decoder.labels == (1, 2.5)


def test_float32_noise_is_not_said() -> None:
    (said,) = VALUE.predictions(np.array([3.3], dtype=np.float32))
    assert said == {"value": 3.3}


def test_not_a_number_and_extremes_survive_rounding() -> None:
    values = VALUE.scores(np.array([np.nan, np.inf, 0.0, 1e-30, 1e30, -12345678.0]))
    assert np.isnan(values[0])
    assert values[1:].tolist() == [np.inf, 0.0, 1e-30, 1e30, -12345680.0]


def test_answer_of_other_width_is_refused() -> None:
    with pytest.raises(BundleError) as caught:
        FOUR.predictions(np.zeros((1, 3), dtype=np.float32))
    assert caught.value.code == "decoder_misfit"


def test_one_class_is_no_decoder() -> None:
    with pytest.raises(ValidationError):
        Decoder(form="classes", classes=("only",), target="t")


def test_argmax_takes_the_likeliest() -> None:
    decided = Policy().decide(np.array([[0.1, 0.9], [0.6, 0.4]]), TWO, rng())
    assert decided == (["yes", "no"], [1.0, 1.0], [False, False])


def test_threshold_moves_the_decision_not_the_label() -> None:
    policy = Policy(kind="threshold", threshold=0.2)
    assert policy.decide(np.array([[0.75, 0.25]]), TWO, rng()).decisions == ["yes"]


def test_threshold_on_a_value_is_yes_or_no() -> None:
    policy = Policy(kind="threshold", threshold=10.0)
    assert policy.decide(np.array([3.0, 12.0]), VALUE, rng()).decisions == [False, True]


def test_top_k_is_ordered_by_likelihood() -> None:
    scores = np.array([[0.1, 0.4, 0.2, 0.3]])
    assert Policy(kind="top_k", k=3).decide(scores, FOUR, rng()).decisions == [["b", "d", "c"]]


def test_exploring_is_repeatable_from_its_seed() -> None:
    scores = np.tile([0.2, 0.8], (500, 1))
    policy = Policy(epsilon=0.3)
    assert policy.decide(scores, TWO, rng()) == policy.decide(scores, TWO, rng())


def test_propensities_are_the_true_frequencies() -> None:
    scores = np.tile([0.1, 0.2, 0.3, 0.4], (40_000, 1))
    decided = Policy(epsilon=0.4).decide(scores, FOUR, rng())
    decisions = np.array(decided.decisions)
    for label in "abcd":
        share = (decisions == label).mean()
        (said,) = set(np.array(decided.propensities)[decisions == label].tolist())
        assert share == pytest.approx(said, abs=0.01)


def test_top_k_propensities_add_to_one() -> None:
    scores = np.tile([0.1, 0.2, 0.3, 0.4], (20_000, 1))
    decided = Policy(kind="top_k", k=2, epsilon=0.5).decide(scores, FOUR, rng())
    seen = {tuple(d): p for d, p in zip(decided.decisions, decided.propensities, strict=True)}
    assert len(seen) == 6
    assert sum(seen.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("policy", "decoder"),
    [
        (Policy(kind="threshold"), FOUR),
        (Policy(kind="top_k", k=5), FOUR),
        (Policy(kind="top_k", k=1), VALUE),
        (Policy(epsilon=0.1), VALUE),
    ],
)
def test_policy_that_does_not_fit_is_refused(policy: Policy, decoder: Decoder) -> None:
    with pytest.raises(InvalidError) as caught:
        policy.check(decoder)
    assert caught.value.code == "policy_misfit"
