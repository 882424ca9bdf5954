"""Client: a workspace on a server, with the methods and records of one at hand."""

from __future__ import annotations

from types import TracebackType

import httpx

from danlu.client.datasets import Datasets
from danlu.client.deployments import Deployments
from danlu.client.experiments import Experiments
from danlu.client.http import Http
from danlu.client.jobs import Jobs
from danlu.client.keys import Keys
from danlu.client.loops import Loops
from danlu.client.models import Models
from danlu.client.networks import Networks
from danlu.client.projects import Projects
from danlu.store.records import Audit, Event


def connect(url: str, *, key: str = "") -> Client:
    """Open the workspace that a server at ``url`` keeps, with the rights of ``key``."""
    return Client(url, key)


class Client:
    """Holds one small object per noun, like `Workspace`."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = Http(url, key, transport=transport)
        self.jobs = Jobs(self._http)
        self.datasets = Datasets(self._http)
        self.networks = Networks(self._http)
        self.experiments = Experiments(self._http)
        self.models = Models(self._http)
        self.deployments = Deployments(self._http)
        self.loops = Loops(self._http)
        self.projects = Projects(self._http)
        self.keys = Keys(self._http)

    def audit(self, subject: str | None = None) -> list[Audit]:
        """List the append-only trail."""
        return self._http.items("audit", Audit, subject=subject)

    def events(self, after: int = 0, topic: str | None = None, *, limit: int = 1000) -> list[Event]:
        """List what happened after a number."""
        found = self._http.get("events", after=after, topic=topic, limit=limit)
        return [Event.model_validate(event) for event in found["events"]]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
