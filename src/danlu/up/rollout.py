"""Rollout: makes what answers be what the deployment records want."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from danlu.errors import DanluError, NotFoundError
from danlu.serve.gate import run_gate
from danlu.serve.policy import Policy
from danlu.serve.predictions import Predictions, Target
from danlu.store.backends.base import Store
from danlu.store.blobs.base import Blobs
from danlu.store.records import Audit, Deployment, Event, Identity, Json
from danlu.store.rights import itself
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.flip import refused, turned

FRONT = itself("front")
EVERY_S = 0.2
AGAIN_S = 5.0
log = logging.getLogger("danlu.up")
Name = tuple[str, str]
"""Project and deployment."""


class Rollout:
    """Follows the records; each deployment moves on its own, so a slow one holds up no other."""

    def __init__(self, store: Store, blobs: Blobs, home: Path, predictions: Predictions) -> None:
        self.store, self.blobs, self.home, self.predictions = store, blobs, home, predictions
        self.failing: dict[Name, DanluError] = {}
        """Deployments whose live model could not be started."""
        self.probes: dict[Name, bytes] = {}
        """A golden row of each live model: the request that shows that it answers."""
        self._pointed: dict[Name, Target] = {}
        self._moving: dict[Name, asyncio.Task[None]] = {}
        self._rest_until: dict[Name, float] = {}

    async def follow(self) -> None:
        """Compare and move for ever."""
        while True:
            try:
                await self.step()
            except DanluError as error:  # a failing disk: what serves goes on serving
                log.warning("the deployments cannot be read: %s", error)
                await asyncio.sleep(1)
            await asyncio.sleep(EVERY_S)

    async def step(self) -> None:
        """Start moving every deployment that is not where its record wants it."""
        for deployment in await run_in_threadpool(self._records):
            name = (deployment.project, deployment.name)
            resting = time.monotonic() < self._rest_until.get(name, 0.0)
            if name not in self._moving and not resting and self._differs(name, deployment):
                task = asyncio.create_task(self._move(name, deployment))
                self._moving[name] = task
                task.add_done_callback(lambda _, name=name: self._moving.pop(name))  # type: ignore[misc]

    def _differs(self, name: Name, deployment: Deployment) -> bool:
        if deployment.wanted is not None and deployment.wanted != deployment.live:
            return True
        return deployment.live is not None and (
            self._pointed.get(name) != target_of(deployment, deployment.live)
        )

    async def _move(self, name: Name, deployment: Deployment) -> None:
        live, wanted = deployment.live, deployment.wanted
        try:
            if live is not None and (name not in self._pointed or wanted in (None, live)):
                await self._keep(name, deployment, live)
            if wanted is not None and wanted != live:
                await self._replace(name, deployment, wanted)
        except DanluError as error:  # the record could not be written: try again
            log.warning("deployment '%s': %s", name[1], error)
            self._rest_until[name] = time.monotonic() + 1

    async def _keep(self, name: Name, deployment: Deployment, live: str) -> None:
        """Serve what is live, after a start or with another policy or challenger."""
        target = target_of(deployment, live)
        try:
            await self._flip(name, target, await run_in_threadpool(self._folders, target))
        except DanluError as error:
            if target.challenger is not None:  # the champion answers alone, in the next step
                await run_in_threadpool(self._drop_challenger, deployment, error)
                return
            self.failing[name] = error
            self._rest_until[name] = time.monotonic() + AGAIN_S
        else:
            self.failing.pop(name, None)

    async def _replace(self, name: Name, deployment: Deployment, wanted: str) -> None:
        """Judge the wanted model, flip to it, and write down how that went."""
        target = target_of(deployment, wanted)
        try:
            folders = await run_in_threadpool(self._folders, target, deployment.live)
            beside = folders[deployment.live] if deployment.live else None
            report = await run_in_threadpool(run_gate, folders[wanted], beside=beside)
            if report["passed"]:
                await self._flip(name, target, folders)
        except DanluError as error:
            change = _refusal(wanted, error)
        else:
            self.failing.pop(name, None)
            change = _verdict(wanted, report)
        await run_in_threadpool(self._write, deployment, change)

    async def _flip(self, name: Name, target: Target, folders: dict[str, Path]) -> None:
        probe = await run_in_threadpool(_probe, folders[target.live])
        await self.predictions.flip(target, folders)
        self._pointed[name], self.probes[name] = target, probe

    def _records(self) -> list[Deployment]:
        with self.store.begin(FRONT, write=False) as tx:
            return tx.all(Deployment)

    def _folders(self, target: Target, beside: str | None = None) -> dict[str, Path]:
        """Lay out the bundles of every model that takes part."""
        references = {key[1] for key in target.models()} | ({beside} if beside else set())
        who = Identity(name="front", role="viewer", project=target.project)
        with self.store.begin(who, write=False) as tx:
            models = {reference: find_model(tx, reference) for reference in references}
        return {ref: materialise(m, self.blobs, self.home) for ref, m in models.items()}

    def _write(self, deployment: Deployment, change: Callable[[Deployment], Change]) -> None:
        """Write a step of a deployment with its trail and its event, as one."""
        project, name = deployment.project, deployment.name
        subject, at = f"deployment/{name}", time.time()
        with self.store.begin(FRONT) as tx:
            after, action, detail = change(tx.get(Deployment, project, name))
            tx.replace(after)
            tx.append(
                Audit(
                    project=project, actor="front", action=action, subject=subject,
                    detail=detail, at=at,
                )
            )  # fmt: skip
            tx.append(Event(project=project, topic=subject, kind=action, body=detail, at=at))

    def _drop_challenger(self, deployment: Deployment, error: DanluError) -> None:
        """Let the champion answer alone when its challenger cannot be started."""
        challenger, problem = deployment.challenger, error.problem()

        def change(found: Deployment) -> Change:
            after = found.model_copy(update={"challenger": None, "refused": problem})
            return after, "refuse", {"model": challenger, "problem": problem}

        self._write(deployment, change)


Change = tuple[Deployment, str, Json]
"""The record after a step, and what trail and event say of it."""


def target_of(deployment: Deployment, live: str) -> Target:
    """Return the target of a record's fields, with ``live`` as the champion."""
    challenger = deployment.challenger if deployment.challenger != live else None
    return Target(
        project=deployment.project,
        deployment=deployment.name,
        live=live,
        challenger=challenger,
        share=deployment.challenger_share if challenger else 0.0,
        policy=Policy.model_validate(deployment.policy),
        durability=deployment.durability,
    )


def _verdict(wanted: str, report: Json) -> Callable[[Deployment], Change]:
    """Return what the gate's report means for the record."""

    def change(found: Deployment) -> Change:
        if not report["passed"]:
            return refused(found, report), "refuse", {"model": wanted, "gate": report}
        now = turned(found.model_copy(update={"wanted": wanted}))
        news: Json = {"wanted": found.wanted}
        if found.challenger == wanted:
            news |= {"challenger": None, "challenger_share": 0.0}
        detail = {"model": wanted, "previous": found.live, "gate": report}
        return now.model_copy(update=news), "live", detail

    return change


def _refusal(wanted: str, error: DanluError) -> Callable[[Deployment], Change]:
    """Return what an error on the way means for the record: what answered goes on answering."""
    problem = json.loads(json.dumps(error.problem(), default=str))

    def change(found: Deployment) -> Change:
        stays = {"wanted": found.live} if found.wanted == wanted else {}
        after = found.model_copy(update={"refused": problem, **stays})
        return after, "refuse", {"model": wanted, "problem": problem}

    return change


def _probe(folder: Path) -> bytes:
    """Make a request of the bundle's first golden row."""
    with (folder / "golden.jsonl").open(encoding="utf-8") as golden:
        first = json.loads(golden.readline())
    if "row" not in first:
        raise NotFoundError("the bundle has no golden row", where=str(folder.name))
    return json.dumps({"rows": [first["row"]]}).encode()
