"""Rollout: what answers follows the records; a bad model changes nothing; no request is lost."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from danlu.errors import DanluError
from danlu.execute.local import EngineClient
from danlu.serve.log import Log
from danlu.serve.log_reader import LogReader
from danlu.serve.pool import Pool
from danlu.serve.predictions import Predictions
from danlu.store.backends.memory import MemoryStore
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Audit, Deployment, Event, Json, Model, Project
from danlu.testing.bundles import tiny_bundle
from danlu.up.health import Figures, Readiness
from danlu.up.rollout import FRONT, Rollout

ROWS = json.dumps({"rows": [{"distance": 500.0, "hour": 7, "carrier": "AA"}]}).encode()
NAME = ("default", "late")


class Stage:
    """A store with three registered models (the third is spoilt), and a rollout over it."""

    def __init__(self, home: Path) -> None:
        self.home, self.store, self.blobs = home, MemoryStore(), FolderBlobs(home / "blobs")
        for name in ("tmp", "cache", "log"):
            (home / name).mkdir(exist_ok=True)
        with self.store.begin(FRONT) as tx:
            tx.insert(Project(name="default", created_at=0))
        for version in (1, 2, 3):
            self.register(version)
        self.log = Log(home / "log" / "predictions.db")
        self.predictions = Predictions(Pool(), self.log)
        self.rollout = Rollout(self.store, self.blobs, home, self.predictions)

    def register(self, version: int) -> None:
        folder = self.home / f"bundle-{version}"
        tiny_bundle(folder, seed=version)
        if version == 3:
            golden = folder / "golden.jsonl"
            golden.write_bytes(golden.read_bytes().replace(b"distance", b"distanse"))
        files = {p.name: self.blobs.put_file(p) for p in folder.iterdir()}
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        with self.store.begin(FRONT) as tx:
            tx.insert(
                Model(
                    project="default", name="late", version=version, experiment="e", trials=(0,),
                    files=files, manifest=manifest, metrics={}, created_at=0,
                )
            )  # fmt: skip

    def wish(self, **fields: object) -> None:
        with self.store.begin(FRONT) as tx:
            found = tx.find(Deployment, *NAME)
            if found is None:
                made = Deployment(project="default", name="late", created_at=0)
                found = tx.insert(made)
            tx.replace(found.model_copy(update=fields))

    def record(self) -> Deployment:
        with self.store.begin(FRONT, write=False) as tx:
            return tx.get(Deployment, *NAME)

    async def until(self, claim: Callable[[Deployment], bool]) -> Deployment:
        async with asyncio.timeout(30):
            while not claim(found := self.record()):
                await self.rollout.step()
                await asyncio.sleep(0.02)
        return found

    async def answer(self) -> Json:
        found: Json = json.loads(await self.predictions.predict(*NAME, ROWS))
        return found

    async def close(self) -> None:
        await self.predictions.close()
        self.log.close()


def play(home: Path, story: Callable[[Stage], Awaitable[None]]) -> None:
    """Run a story on a fresh stage."""

    async def act() -> None:
        stage = Stage(home)
        try:
            await story(stage)
        finally:
            await stage.close()

    asyncio.run(act())


def test_a_wanted_model_goes_live_and_rolls_over_without_a_lost_request(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(wanted="late@1")
        await stage.until(lambda d: d.live == "late@1")
        over, answers = asyncio.Event(), []

        async def load() -> None:
            while not over.is_set():
                answers.append(await stage.answer())

        under = [asyncio.create_task(load()) for _ in range(4)]
        stage.wish(wanted="late@2")
        found = await stage.until(lambda d: d.live == "late@2")
        after = [await stage.answer() for _ in range(20)]
        over.set()
        await asyncio.gather(*under)
        assert (found.previous, found.refused) == ("late@1", {})
        assert {a["model"] for a in after} == {"late@2"}
        assert {a["model"] for a in answers} == {"late@1", "late@2"}
        counted = LogReader(stage.log.path).counts("late")["predictions"]
        assert counted == len(answers) + len(after)
        with stage.store.begin(FRONT, write=False) as tx:
            assert [a.action for a in tx.all(Audit)] == ["live", "live"]
            assert [e.topic for e in tx.all(Event)] == ["deployment/late"] * 2

    play(tmp_path, story)


def test_a_spoilt_model_is_refused_and_the_old_one_goes_on(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(wanted="late@1")
        await stage.until(lambda d: d.live == "late@1")
        stage.wish(wanted="late@3")
        found = await stage.until(lambda d: bool(d.refused))
        assert (found.live, found.wanted) == ("late@1", "late@1")
        assert "late@3" in found.refused["title"]
        assert (await stage.answer())["model"] == "late@1"

    play(tmp_path, story)


def test_a_model_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(wanted="late@9")
        found = await stage.until(lambda d: bool(d.refused))
        assert (found.live, found.wanted, found.refused["code"]) == (None, None, "not_found")

    play(tmp_path, story)


def test_what_is_live_answers_again_after_a_restart(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(live="late@2", wanted="late@2")
        await stage.until(lambda _: bool(stage.rollout.probes))
        assert (await stage.answer())["model"] == "late@2"
        assert stage.record().revision == 0

    play(tmp_path, story)


def test_a_spoilt_challenger_is_taken_away(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(live="late@1", wanted="late@1", challenger="late@3")
        found = await stage.until(lambda d: d.challenger is None)
        assert found.refused
        await stage.until(lambda _: bool(stage.rollout.probes))
        assert (await stage.answer())["model"] == "late@1"

    play(tmp_path, story)


def test_readiness_is_a_real_prediction(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(live="late@1", wanted="late@1")
        await stage.until(lambda _: bool(stage.rollout.probes))
        ready = Readiness(EngineClient(tmp_path / "none.sock"), stage.rollout)
        found = await ready()
        assert found["deployments"][0]["ready"] is True
        assert (found["ready"], found["engine"]) == (False, False)
        assert LogReader(stage.log.path).counts("late")["predictions"] == 0

    play(tmp_path, story)


def test_figures_tell_rows_times_and_refusals(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.wish(live="late@1", wanted="late@1")
        await stage.until(lambda _: bool(stage.rollout.probes))
        figures = Figures(stage.predictions, stage.log)
        await figures.predict(*NAME, ROWS)
        with pytest.raises(DanluError):
            await figures.predict(*NAME, b"{}")
        text = await figures.text()
        labels = 'deployment="late",project="default"'
        assert f"danlu_predict_seconds_count{{{labels}}} 1.0" in text
        assert 'danlu_log_rows{deployment="late",of="predictions",project="default"} 1.0' in text
        assert "danlu_refused_total{" in text
        assert 'danlu_predictor{model="late@1",of="ready",project="default"} 1.0' in text

    play(tmp_path, story)
