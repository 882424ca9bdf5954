from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from danlu.serve.batch import Batch
from danlu.serve.bundle import Bundle
from danlu.serve.ids import Ids
from danlu.serve.runtime import Runtime
from danlu.serve.wire import ANSWERED, PROBLEM, Ask, Reply

ROW = {"distance": 900, "hour": 7, "carrier": "AA", "holiday": False}


@pytest.fixture(scope="module")
def batch(bundle: Bundle) -> Batch:
    return Batch(Runtime(bundle), model="tiny@1", rng=np.random.default_rng(0))


def ask(body: Any, *, number: int = 1, policy: bytes = b"{}") -> Ask:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Ask(number, Ids().prefix(1e9), policy, text)


def said(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.response)
    return found


def test_answers_are_those_of_training(batch: Batch, bundle: Bundle) -> None:
    (reply,) = batch.answer([ask({"rows": [g.row for g in bundle.golden]})])
    found = [list(p["probabilities"].values()) for p in said(reply)["predictions"]]
    np.testing.assert_allclose(found, [g.answer for g in bundle.golden], atol=1e-5)


def test_together_or_alone_is_the_same_answer(batch: Batch, bundle: Bundle) -> None:
    asks = [ask({"rows": [g.row]}, number=n) for n, g in enumerate(bundle.golden)]
    together = [said(r)["predictions"][0]["probabilities"] for r in batch.answer(asks)]
    alone = [said(batch.answer([a])[0])["predictions"][0]["probabilities"] for a in asks]
    np.testing.assert_allclose(
        [list(p.values()) for p in together], [list(p.values()) for p in alone], atol=1e-6
    )


def test_one_bad_row_spoils_its_own_request_only(batch: Batch) -> None:
    good, bad = {"rows": [ROW]}, {"rows": [ROW, ROW | {"hour": "noon"}]}
    replies = batch.answer([ask(good, number=1), ask(bad, number=2), ask(good, number=3)])
    assert {r.number: r.status for r in replies} == {1: ANSWERED, 2: PROBLEM, 3: ANSWERED}
    problem = next(said(r) for r in replies if r.number == 2)
    assert problem["status"] == 422
    assert problem["args"] == {"row": 1, "column": "hour"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"rows": 1}', b'{"rows": []}', b'{"rows": [1]}', b"\xff\xfe",
     b'{"rows": [{"hour": NaN}]}', b'{"rows": ' + b"[" * 5000],
)  # fmt: skip
def test_body_that_is_not_rows_is_a_problem(batch: Batch, body: bytes) -> None:
    (reply,) = batch.answer([ask(body)])
    assert reply.status == PROBLEM
    assert said(reply)["code"] == "bad_body"


def test_missing_unseen_and_extra_are_answered_with_warnings(batch: Batch) -> None:
    row = {"hour": 3, "carrier": "ZZ", "colour": "red", "holiday": None}
    (reply,) = batch.answer([ask({"rows": [ROW, row]})])
    first, second = said(reply)["predictions"]
    assert "warnings" not in first
    assert {w["code"] for w in second["warnings"]} == {
        "missing_columns", "unseen_category", "extra_columns",
    }  # fmt: skip
    assert reply.warned == 1


def test_target_column_is_never_needed_and_never_read(batch: Batch) -> None:
    with_target = said(batch.answer([ask({"rows": [ROW | {"late": "late"}]})])[0])
    without = said(batch.answer([ask({"rows": [ROW]})])[0])
    key = "probabilities"
    assert with_target["predictions"][0][key] == without["predictions"][0][key]


def test_log_keeps_the_row_as_it_was_written(batch: Batch) -> None:
    text = b'{"rows": [{"distance": 1e2, "carrier": "\\u00e9", "extra": [1, {"a": null}]}]}'
    (reply,) = batch.answer([ask(text)])
    ((row, answer, decision, propensity, warnings),) = json.loads(reply.log)
    assert row == {"distance": 100.0, "carrier": "é", "extra": [1, {"a": None}]}
    assert answer["label"] == decision
    assert propensity == 1.0
    assert warnings


def test_large_request_keeps_order_and_shows_life(bundle: Bundle) -> None:
    alive: list[int] = []
    batch = Batch(
        Runtime(bundle), model="m@1", rng=np.random.default_rng(0), alive=lambda: alive.append(1)
    )
    rows = [ROW | {"distance": i} for i in range(5000)]
    (reply,) = batch.answer([ask({"rows": rows})])
    few = said(batch.answer([ask({"rows": rows[4990:]})])[0])["predictions"]
    many = said(reply)["predictions"]
    assert len(alive) > 3
    assert [p["probabilities"] for p in many[4990:]] == [p["probabilities"] for p in few]


def test_too_many_rows_are_refused(batch: Batch) -> None:
    (reply,) = batch.answer([ask({"rows": [{}] * 50_001})])
    assert said(reply)["status"] == 413


def test_policy_that_does_not_fit_is_the_requests_own_problem(batch: Batch) -> None:
    policy = b'{"kind": "top_k", "k": 9}'
    (reply,) = batch.answer([ask({"rows": [ROW]}, policy=policy)])
    assert said(reply)["code"] == "policy_misfit"


@pytest.mark.parametrize("value", [1e308, -1e308, 2**70, 1e-320, True])
def test_extreme_numbers_are_answered_or_refused_never_a_crash(batch: Batch, value: Any) -> None:
    (reply,) = batch.answer([ask({"rows": [ROW | {"distance": value}]})])
    assert reply.status == ANSWERED or said(reply)["status"] == 422
