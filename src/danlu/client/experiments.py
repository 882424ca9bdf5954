"""Experiments over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from danlu.client.deployments import until_live
from danlu.client.http import Http, wait_until
from danlu.errors import error_of
from danlu.experiment.looks import Insides, Seen
from danlu.space import to_json
from danlu.store.records import Experiment, Json, Trial

OVER = ("finished", "failed", "stopped")
Report = Callable[[Json], None]
_list = list


class Experiments:
    """Searches, their trials and leaderboards."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def run(  # noqa: PLR0913  # the product's one call with many wishes; the same as in Workspace
        self,
        name: str,
        *,
        data: str,
        target: str,
        task: str | None = None,
        network: Json | str | None = None,
        space: Json | None = None,
        recipe: Json | None = None,
        trials: int = 24,
        epochs: int | None = None,
        seed: int = 0,
        deploy: str | None = None,
        split: Json | None = None,
        sampler: str | None = None,
        pruner: Json | None = None,
        members: int | None = None,
        latency_ms: float | None = None,
        baselines: str | None = None,
        folds: int | None = None,
        watch: bool | None = None,
        learn_from: Sequence[str] | None = None,
        wait: bool = True,
        report: Report | None = None,
    ) -> Experiment:
        """Start an experiment, and wait for its end unless told not to."""
        body = {
            "name": name, "data": data, "target": target, "task": task, "network": network,
            "space": None if space is None else to_json(space), "recipe": recipe,
            "trials": trials, "epochs": epochs, "seed": seed, "deploy": deploy, "split": split,
            "sampler": sampler, "pruner": pruner, "members": members, "latency_ms": latency_ms,
            "baselines": baselines, "watch": watch,
            "folds": folds, "learn_from": None if learn_from is None else list(learn_from),
        }  # fmt: skip
        started = Experiment.model_validate(self._http.send("POST", "experiments", body))
        return self._follow(started.name, report) if wait else started

    def list(self) -> list[Experiment]:
        """List the experiments."""
        return self._http.items("experiments", Experiment)

    def show(self, name: str) -> Experiment:
        """Show what was asked, where it stands, what came out."""
        return Experiment.model_validate(self._http.get(f"experiments/{name}"))

    def trials(
        self, name: str, *, points: int | None = None, only: Collection[int] | None = None
    ) -> _list[Trial]:  # fmt: skip
        """List the trials, or those with these numbers; a curve has at most ``points`` points."""
        if only is not None and not only:
            return []
        numbers = None if only is None else ",".join(map(str, only))
        return self._http.items(f"experiments/{name}/trials", Trial, points=points, only=numbers)

    def leaderboard(self, name: str) -> _list[Json]:
        """List trials and baselines, best first."""
        found: _list[Json] = self._http.get(f"experiments/{name}/leaderboard")["items"]
        return found

    def report(self, name: str) -> str:
        """Return one HTML file that opens offline: leaderboard, plots, cost."""
        return self._http.text(f"experiments/{name}/report")

    def looks(self, name: str, trial: int) -> Seen:
        """Return what was seen inside a trial so far: figures of every node, look by look."""
        return Seen.model_validate(self._http.get(f"experiments/{name}/trials/{trial}/watch"))

    def inside(self, name: str, trial: int, node: str) -> Insides:
        """Return the histograms of one node of a trial, look by look."""
        found = self._http.get(f"experiments/{name}/trials/{trial}/watch/{node}")
        return Insides.model_validate(found)

    def mistakes(
        self, name: str, trial: int, *, truth: str | None = None, said: str | None = None,
        limit: int = 50,
    ) -> Json:  # fmt: skip
        """Say where a trial errs on the validation rows."""
        path = f"experiments/{name}/trials/{trial}/mistakes"
        return self._http.get(path, truth=truth, said=said, limit=limit)

    def discard(self, name: str, trial: int) -> Trial:
        """Take a trial out of tables and pictures; ``restore`` brings it back."""
        path = f"experiments/{name}/trials/{trial}"
        return Trial.model_validate(self._http.send("DELETE", path))

    def restore(self, name: str, trial: int) -> Trial:
        """Bring a discarded trial back."""
        path = f"experiments/{name}/trials/{trial}/restore"
        return Trial.model_validate(self._http.send("POST", path))

    def stop(self, name: str) -> Experiment:
        """Stop a search; finished trials stay."""
        return Experiment.model_validate(self._http.send("POST", f"experiments/{name}/stop"))

    def resume(self, name: str, *, wait: bool = True, report: Report | None = None) -> Experiment:
        """Go on with a stopped or failed search."""
        begun = Experiment.model_validate(self._http.send("POST", f"experiments/{name}/resume"))
        return self._follow(name, report) if wait else begun

    def _follow(self, name: str, report: Report | None) -> Experiment:
        """Wait for the end; ``report`` hears how many trials are done and the best so far."""

        def look() -> Experiment:
            found = self.show(name)
            if report is not None:
                report(self._progress(found))
            return found

        found = wait_until(look, lambda found: found.state in OVER)
        if found.state == "failed":
            raise error_of(found.result.get("problem") or {"title": found.cause})
        deployment = found.spec.get("deploy")
        if found.state == "finished" and deployment:
            until_live(self._http, str(deployment))
        return found

    def _progress(self, experiment: Experiment) -> Json:
        trials = self.trials(experiment.name)
        metrics = [trial.metric for trial in trials if trial.metric is not None]
        choose = max if experiment.plan.get("maximise", True) else min
        return {
            "done": sum(trial.state not in ("waiting", "running") for trial in trials),
            "best": choose(metrics) if metrics else None,
            "phase": experiment.state,
        }
