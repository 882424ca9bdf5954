"""Models come, go, hang and die under load; nobody who asks may notice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from danlu.errors import BundleError, BusyError, DanluError, NotFoundError
from danlu.serve.log import Log
from danlu.serve.log_reader import LogReader
from danlu.serve.policy import Policy
from danlu.serve.pool import Limits, Pool
from danlu.serve.predictions import Predictions, Target
from danlu.testing.bundles import tiny_bundle

BODY = b'{"rows": [{"distance": 900, "hour": 7, "carrier": "AA", "holiday": false}]}'
CLIENTS = 8
PATIENCE_S = 15
"""Well below 2 on an idle machine; tests share theirs."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("rollover")
    made = {f"tiny@{seed}": root / f"tiny{seed}" for seed in (1, 2, 3)}
    for seed, path in enumerate(made.values(), start=1):
        tiny_bundle(path, seed=seed)
    return made


@contextlib.asynccontextmanager
async def serving(log: Path | None, limits: Limits | None = None) -> AsyncIterator[Predictions]:
    writer = Log(log) if log else None
    predictions = Predictions(Pool(limits), writer)
    try:
        yield predictions
    finally:
        await predictions.close()
        if writer:
            writer.close()


def target(model: str, **changed: Any) -> Target:
    return Target(deployment="tiny", live=model, **changed)


async def ask(predictions: Predictions, body: bytes = BODY) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await predictions.predict("default", "tiny", body))
    return answer


async def under_load(
    predictions: Predictions, act: Callable[[list[dict[str, Any]]], Awaitable[None]]
) -> list[dict[str, Any]]:
    """Ask from many sides while ``act`` runs; every failure is a failure of the test."""
    answers: list[dict[str, Any]] = []
    over = asyncio.Event()

    async def client() -> None:
        while not over.is_set():
            answers.append(await ask(predictions))

    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    await asyncio.sleep(0.1)
    await act(answers)
    over.set()
    await asyncio.gather(*clients)
    return answers


def ids(answers: list[dict[str, Any]]) -> list[str]:
    return [p["id"] for a in answers for p in a["predictions"]]


def test_flip_and_rollback_fail_no_request_and_leave_no_old_answer(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "log.db"

    async def story() -> list[dict[str, Any]]:
        async with serving(path) as predictions:
            await predictions.flip(target("tiny@1"), folders)

            async def act(answers: list[dict[str, Any]]) -> None:
                for model in ("tiny@2", "tiny@1", "tiny@3"):
                    await predictions.flip(target(model), folders)
                    seen = len(answers)
                    await asyncio.sleep(0.1)
                    assert len(answers) > seen
                    assert {a["model"] for a in answers[seen:]} == {model}
                    assert [s["model"] for s in predictions.pool.status()] == [model]

            return await under_load(predictions, act)

    answers = asyncio.run(story())
    logged = [p.id for p in LogReader(path).recent("tiny", 1_000_000)]
    assert sorted(logged) == sorted(ids(answers))


def test_killed_predictor_is_replaced_and_no_answer_is_lost(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "log.db"

    async def story() -> list[dict[str, Any]]:
        async with serving(path) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            (before,) = predictions.pool.status()

            async def act(answers: list[dict[str, Any]]) -> None:
                os.kill(before["pid"], signal.SIGKILL)
                began, seen = time.monotonic(), len(answers)
                while len(answers) < seen + 3 * CLIENTS:
                    await asyncio.sleep(0.01)
                assert time.monotonic() - began < PATIENCE_S

            answers = await under_load(predictions, act)
            (after,) = predictions.pool.status()
            assert after["pid"] != before["pid"]
            assert after["restarts"] == 1
            return answers

    answers = asyncio.run(story())
    logged = [p.id for p in LogReader(path).recent("tiny", 1_000_000)]
    assert sorted(logged) == sorted(ids(answers))


def test_hanging_predictor_is_replaced_and_its_request_answered(folders: dict[str, Path]) -> None:
    async def story() -> float:
        async with serving(None, Limits(hang_s=0.5)) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            os.kill(predictions.pool.status()[0]["pid"], signal.SIGSTOP)
            began = time.monotonic()
            answer = await ask(predictions)
            assert answer["model"] == "tiny@1"
            return time.monotonic() - began

    assert asyncio.run(story()) < PATIENCE_S


def test_deadline_is_kept_when_nobody_answers(folders: dict[str, Path]) -> None:
    async def story() -> None:
        limits = Limits(hang_s=60, deadline_s=0.5)
        async with serving(None, limits) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            process = predictions.pool.status()[0]["pid"]
            os.kill(process, signal.SIGSTOP)
            began = time.monotonic()
            with pytest.raises(BusyError) as caught:
                await ask(predictions)
            assert caught.value.code == "deadline"
            assert 0.4 < time.monotonic() - began < PATIENCE_S
            os.kill(process, signal.SIGKILL)

    asyncio.run(story())


def test_overload_is_refused_at_once_and_over_when_it_is_over(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None, Limits(requests=4)) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            many = await asyncio.gather(
                *(ask(predictions) for _ in range(50)), return_exceptions=True
            )
            refused = [e for e in many if isinstance(e, BusyError)]
            assert len(refused) == 46
            assert refused[0].values["retry_after_s"] == 1
            assert (await ask(predictions))["model"] == "tiny@1"

    asyncio.run(story())


def test_bad_bundle_is_refused_and_the_old_model_goes_on(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad"
    tiny_bundle(bad, seed=9)
    (bad / "model.onnx").write_bytes((folders["tiny@1"] / "model.onnx").read_bytes())

    async def story() -> None:
        async with serving(None) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            with pytest.raises(BundleError, match=r"model\.onnx"):
                await predictions.flip(target("bad@1"), {"bad@1": bad})
            assert (await ask(predictions))["model"] == "tiny@1"
            assert len(predictions.pool.status()) == 1

    asyncio.run(story())


def test_refused_challenger_leaves_no_process_behind(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            both = target("tiny@1", challenger="bad@1")
            with pytest.raises(BundleError):
                await predictions.flip(both, {"tiny@1": folders["tiny@1"], "bad@1": tmp_path})
            assert predictions.pool.status() == []

    asyncio.run(story())


def test_two_deployments_share_a_model_until_the_last_leaves(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            other = Target(deployment="other", live="tiny@1")
            await asyncio.gather(
                predictions.flip(target("tiny@1"), folders), predictions.flip(other, folders)
            )
            assert len(predictions.pool.status()) == 1
            await predictions.forget("default", "other")
            assert (await ask(predictions))["model"] == "tiny@1"
            await predictions.forget("default", "tiny")
            assert predictions.pool.status() == []

    asyncio.run(story())


def test_policy_that_does_not_fit_is_refused_at_the_flip(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            misfit = target("tiny@1", policy=Policy(kind="top_k", k=5))
            with pytest.raises(DanluError, match="top_k"):
                await predictions.flip(misfit, folders)
            assert (await ask(predictions))["model"] == "tiny@1"

    asyncio.run(story())


def test_canary_is_sticky_by_key_and_gets_its_share(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            canary = target("tiny@1", challenger="tiny@2", share=0.25)
            await predictions.flip(canary, folders)
            bodies = [BODY[:-1] + b', "key": "user-%d"}' % n for n in range(400)]
            first = [(await ask(predictions, body))["model"] for body in bodies]
            again = [(await ask(predictions, body))["model"] for body in bodies]
            assert first == again
            assert 60 < first.count("tiny@2") < 140

    asyncio.run(story())


def test_shadow_answers_are_logged_and_never_given(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "log.db"

    async def story() -> list[dict[str, Any]]:
        async with serving(path) as predictions:
            await predictions.flip(target("tiny@1", challenger="tiny@2"), folders)
            answers = []
            for _ in range(20):
                answers.append(await ask(predictions))
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.3)
            return answers

    answers = asyncio.run(story())
    assert {a["model"] for a in answers} == {"tiny@1"}
    reader = LogReader(path)
    assert [p.id for p in reader.shadows("tiny", "tiny@2")] == ids(answers)
    assert reader.counts("tiny")["models"].keys() == {"tiny@1"}


def test_exploring_is_logged_with_its_propensity(folders: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "log.db"

    async def story() -> None:
        async with serving(path) as predictions:
            await predictions.flip(target("tiny@1", policy=Policy(epsilon=0.5)), folders)
            for _ in range(40):
                await ask(predictions)

    asyncio.run(story())
    reader = LogReader(path)
    assert {p.propensity for p in reader.recent("tiny")} <= {0.25, 0.75}
    assert reader.counts("tiny")["explored"] > 0


def test_durability_off_logs_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "log.db"

    async def story() -> None:
        async with serving(path) as predictions:
            await predictions.flip(target("tiny@1", durability="off"), folders)
            await ask(predictions)
            await predictions.flip(target("tiny@1", durability="relaxed"), folders)
            await ask(predictions)

    asyncio.run(story())
    assert LogReader(path).counts("tiny")["predictions"] == 1


def test_unknown_deployment_names_the_nearest(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            with pytest.raises(NotFoundError, match="Did you mean 'tiny'"):
                await predictions.predict("default", "tinny", BODY)

    asyncio.run(story())


def test_predictor_is_small_and_the_first_to_go(folders: dict[str, Path]) -> None:
    async def story() -> None:
        async with serving(None) as predictions:
            await predictions.flip(target("tiny@1"), folders)
            process = psutil.Process(predictions.pool.status()[0]["pid"])
            assert process.memory_info().rss < 130e6
            assert Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip() == "600"
            assert not any("SECRET" in name for name in process.environ())

    asyncio.run(story())
