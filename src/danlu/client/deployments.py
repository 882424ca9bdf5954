"""Deployments over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from danlu.client.http import Http, wait_until
from danlu.errors import error_of
from danlu.store.records import Deployment, Json

_list = list


class Deployments:
    """Names behind which models answer."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def create(
        self,
        name: str,
        model: str,
        *,
        challenger_share: float | None = None,
        policy: Json | None = None,
        durability: str | None = None,
        wait: bool = True,
    ) -> Deployment:
        """Ask for a model to go live; waits until it is, or raises why it was refused."""
        body = {
            "name": name, "model": model, "challenger_share": challenger_share, "policy": policy,
            "durability": durability,
        }  # fmt: skip
        return self._settle(self._http.send("POST", "deployments", body), wait=wait)

    def list(self) -> list[Deployment]:
        """List the deployments."""
        return self._http.items("deployments", Deployment)

    def show(self, name: str) -> Deployment:
        """Show what answers, what should, and why not."""
        return Deployment.model_validate(self._http.get(f"deployments/{name}"))

    def challenge(
        self, name: str, model: str, *, share: float = 0.0, wait: bool = True
    ) -> Deployment:
        """Let a model answer beside the champion: in the shadow (0), or that share of requests."""
        body = {"model": model, "share": share}
        answer = self._http.send("POST", f"deployments/{name}/challenger", body)
        return self._settle(answer, wait=wait)

    def withdraw(self, name: str) -> Deployment:
        """Take the challenger away; the champion answers alone again."""
        answer = self._http.send("DELETE", f"deployments/{name}/challenger")
        return Deployment.model_validate(answer)

    def rivals(self, name: str) -> Json:
        """Compare what champion and challenger answered lately, and how often each was right."""
        return self._http.get(f"deployments/{name}/challenger")

    def traffic(self, name: str, *, hours: float = 24.0, points: int = 60) -> Json:
        """Say how much was asked, how fast it was answered, and what was odd, over time."""
        return self._http.get(f"deployments/{name}/metrics", hours=hours, points=points)

    def promote(self, name: str, *, wait: bool = True) -> Deployment:
        """Make the challenger the champion."""
        return self._settle(self._http.send("POST", f"deployments/{name}/promote"), wait=wait)

    def rollback(self, name: str, *, wait: bool = True) -> Deployment:
        """Go back to the model before."""
        return self._settle(self._http.send("POST", f"deployments/{name}/rollback"), wait=wait)

    def predict(self, name: str, rows: Sequence[Json], *, key: str | None = None) -> Json:
        """Answer rows; every answer is logged before it comes back."""
        body = {"rows": _list(rows)} | ({} if key is None else {"key": key})
        return self._http.send("POST", f"deployments/{name}/predict", body)

    def feedback(self, name: str, rows: Sequence[Json]) -> Json:
        """Say what really happened: rows of ``{"id", "truth"}``."""
        return self._http.send("POST", f"deployments/{name}/feedback", {"rows": _list(rows)})

    def predictions(self, name: str, limit: int = 50, before: str | None = None) -> _list[Json]:
        """List the newest predictions, or those before one."""
        path = f"deployments/{name}/predictions"
        found: _list[Json] = self._http.get(path, limit=limit, before=before)["items"]
        return found

    def lineage(self, name: str, id: str) -> Json:  # noqa: A002  # the record's own word
        """Follow one prediction back: model, trials, network, data."""
        return self._http.get(f"deployments/{name}/predictions/{id}")

    def health(self, name: str) -> Json:
        """Say whether a real prediction succeeds now; if not: why, and the last words."""
        return self._http.get(f"deployments/{name}/health")

    def counts(self, name: str) -> Json:
        """Count predictions, decisions, feedback and joined rows."""
        return self._http.get(f"deployments/{name}/counts")

    def schema(self, name: str) -> Json:
        """Describe the input row."""
        return self._http.get(f"deployments/{name}/schema")

    def _settle(self, answer: Json, *, wait: bool) -> Deployment:
        asked = Deployment.model_validate(answer)
        settled = asked.live == asked.wanted
        return asked if settled or not wait else until_live(self._http, asked.name)


def until_live(http: Http, name: str) -> Deployment:
    """Wait until what is wanted of a deployment answers; raises why it was refused."""
    there = Deployments(http)
    found = wait_until(lambda: there.show(name), lambda d: d.live == d.wanted or bool(d.refused))
    if found.refused:
        raise error_of(found.refused)
    return found
