"""Workspace: one folder with everything of a team's work; one small object per noun."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType

from danlu.errors import NotFoundError, nearest
from danlu.execute.base import Executor
from danlu.store.backends.base import Store
from danlu.store.backends.sqlite import SqliteStore
from danlu.store.blobs.base import Blobs
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Audit, Event, Identity, Project
from danlu.store.rights import itself
from danlu.workspace import sweeping
from danlu.workspace.datasets import Datasets
from danlu.workspace.deployments import Answering, Deployments
from danlu.workspace.duties import WORK
from danlu.workspace.experiments import Experiments
from danlu.workspace.home import DATABASE, demand_local, lay_out
from danlu.workspace.jobs import Jobs
from danlu.workspace.keys import Keys, ensure_token
from danlu.workspace.line import Line
from danlu.workspace.loops import Loops
from danlu.workspace.models import Models
from danlu.workspace.networks import Networks
from danlu.workspace.place import Hands, Place
from danlu.workspace.projects import Projects
from danlu.workspace.settings import load

OWNER = Identity(name="owner", role="admin")


class Workspace:
    """Datasets, networks, experiments, models, deployments and loops in one folder.

    >>> import tempfile, danlu
    >>> with danlu.open(tempfile.mkdtemp()) as ws:
    ...     ws.datasets.list()
    []
    """

    def __init__(
        self,
        home: Path | str,
        *,
        executor: Executor | None = None,
        who: Identity | None = None,
        served: bool = False,
        answering: Answering | None = None,
    ) -> None:
        folder = lay_out(Path(home))
        settings = load(folder)
        if not settings.any_filesystem:
            demand_local(folder)
        place = Place(
            home=folder, store=SqliteStore(folder / DATABASE), blobs=FolderBlobs(folder / "blobs"),
            who=who or OWNER, hands=Hands(folder, executor, settings.slots), settings=settings,
            served=served,
        )  # fmt: skip
        first_start(place)
        self._furnish(place, answering)

    def _furnish(self, place: Place, answering: Answering | None) -> None:
        """Make the nouns over a place."""
        self._place, self._answering = place, answering
        line = Line(place, WORK)
        self.datasets = Datasets(place, line)
        self.networks = Networks(place)
        self.experiments = Experiments(place, line)
        self.models = Models(place)
        self.deployments = Deployments(place, answering)
        self.loops = Loops(place, line)
        self.projects = Projects(place)
        self.keys = Keys(place)
        self.jobs = Jobs(place, line)

    @property
    def home(self) -> Path:
        """The folder."""
        return self._place.home

    @property
    def store(self) -> Store:
        """The records."""
        return self._place.store

    @property
    def blobs(self) -> Blobs:
        """The files."""
        return self._place.blobs

    @property
    def who(self) -> Identity:
        """In whose name everything here is done."""
        return self._place.who

    @property
    def executor(self) -> Executor:
        """Where calls run; started when first asked for."""
        return self._place.hands.executor()

    def acting(self, who: Identity) -> Workspace:
        """Return the same workspace in somebody else's name."""
        other = object.__new__(Workspace)
        other._furnish(dataclasses.replace(self._place, who=who), self._answering)
        return other

    def audit(self, subject: str | None = None) -> list[Audit]:
        """List who did what, newest first; the entries are chained by hash."""
        only = {} if subject is None else {"subject": subject}
        with self.store.begin(self.who, write=False) as tx:
            return tx.all(Audit, newest=True, limit=1000, **only)

    def events(self, after: int = 0, topic: str | None = None, *, limit: int = 1000) -> list[Event]:
        """List what happened after an event number; a topic ending in ``/`` is a whole branch."""
        with self.store.begin(self.who, write=False) as tx:
            return tx.events(after, topic, limit=limit)

    def sweep(self, now: float) -> int:
        """Delete what nobody needs any more: stale logins, temporary files, unnamed blobs."""
        return sweeping.sweep(self._place, now)

    def close(self) -> None:
        """End what runs here and let go of every file."""
        if self._answering is not None:
            self._answering.close()
        self._place.hands.close()
        self._place.store.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def first_start(place: Place) -> None:
    """Make the default project and the owner's token, unless they are there."""
    with place.store.begin(itself("first start"), write=False) as tx:
        projects = [project.name for project in tx.all(Project)]
    if "default" not in projects:
        with place.store.begin(itself("first start")) as tx:
            if tx.find(Project, "default") is None:
                tx.insert(Project(name="default", created_at=place.now()))
        projects.append("default")
    ensure_token(place)
    if place.who.project not in (*projects, "*"):
        raise NotFoundError(
            f"no project '{place.who.project}'", do=nearest(place.who.project, projects),
            name=place.who.project,
        )  # fmt: skip
