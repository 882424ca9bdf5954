"""Projects over HTTP."""

from __future__ import annotations

from danlu.client.http import Http
from danlu.store.records import Project


class Projects:
    """A team's own datasets, networks, models and keys."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def create(self, name: str) -> Project:
        """Make a project."""
        return Project.model_validate(self._http.send("POST", "projects", {"name": name}))

    def list(self) -> list[Project]:
        """List the projects."""
        return self._http.items("projects", Project)
