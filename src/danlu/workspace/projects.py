"""Projects: a team's own datasets, networks, models and keys."""

from __future__ import annotations

from danlu.store.records import Project
from danlu.workspace.place import Place, check_name


class Projects:
    """The projects of a workspace; nobody sees into another one."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def create(self, name: str) -> Project:
        """Make a project; ``danlu.open(home, project=name)`` or a key of its own works in it."""
        project = Project(name=check_name(name, "a project"), created_at=self._place.now())
        with self._place.store.begin(self._place.who) as tx:
            tx.insert(project)
            self._place.note(tx, "create_project", name)
        return project

    def list(self) -> list[Project]:
        """List the projects: all of them for an admin, one's own for others."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Project, newest=True)
