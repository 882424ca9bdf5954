"""Keys over HTTP; their hashes stay on the server."""

from __future__ import annotations

from danlu.client.http import Http
from danlu.store.records import Key, Role


class Keys:
    """Secrets that open the API."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def create(self, name: str, role: Role, deployment: str | None = None) -> tuple[Key, str]:
        """Make a key; its secret is never shown again."""
        body = {"name": name, "role": role, "deployment": deployment}
        made = self._http.send("POST", "keys", body)
        return Key.model_validate(made["key"]), str(made["secret"])

    def list(self) -> list[Key]:
        """List the keys."""
        return self._http.items("keys", Key)

    def revoke(self, id: str) -> Key:  # noqa: A002  # the record's own word
        """Revoke a key: it opens nothing from now on."""
        return Key.model_validate(self._http.send("DELETE", f"keys/{id}"))
