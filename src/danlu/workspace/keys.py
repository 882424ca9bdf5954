"""Keys: secrets that open the API; shown once, kept as hashes, revocable."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import get_args

from danlu.data.durable import sync_folder
from danlu.errors import InvalidError, NotFoundError, nearest
from danlu.store.records import Key, Role
from danlu.store.rights import itself
from danlu.workspace.place import Place, check_name

TOKEN_KEY = "token"
"""Id of the key whose secret lies in run/token: the operator's own."""
SHOWN = 12


class Keys:
    """The keys of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def create(
        self, name: str, role: str = "viewer", *, deployment: str | None = None
    ) -> tuple[Key, str]:
        """Make a key and return it with its secret, which nobody can read again."""
        if role not in get_args(Role):
            raise InvalidError(
                f"no role '{role}'",
                code="role_unknown",
                do=nearest(role, get_args(Role)),
                role=role,
            )
        if (role == "predict") != (deployment is not None):
            raise InvalidError(
                "a predict key, and no other, is for one deployment", code="key_deployment",
                where=f"role '{role}'", do="Name it with deployment= for role predict only.",
            )  # fmt: skip
        secret = new_secret()
        key = Key(
            id=secrets.token_hex(8), project=self._place.who.project,
            name=check_name(name, "a key"), role=role, deployment=deployment,
            prefix=secret[:SHOWN], sha256=digest(secret), created_at=self._place.now(),
        )  # fmt: skip
        with self._place.store.begin(self._place.who) as tx:
            tx.insert(key)
            self._place.note(tx, "create_key", key.id, {"name": name, "role": role})
        return key, secret

    def list(self) -> list[Key]:
        """List the project's keys, newest first; revoked ones too."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Key, newest=True)

    def revoke(self, key_id: str) -> Key:
        """End a key at once."""
        with self._place.store.begin(self._place.who) as tx:
            found = tx.find(Key, key_id)
            if found is None or found.project != self._place.who.project:
                known = [key.id for key in tx.all(Key)]
                raise NotFoundError(f"no key '{key_id}'", do=nearest(key_id, known), name=key_id)
            if found.revoked_at is not None:
                return found
            revoked = tx.replace(found.model_copy(update={"revoked_at": self._place.now()}))
            self._place.note(tx, "revoke_key", key_id, {"name": found.name})
            return revoked


def digest(secret: str) -> str:
    """Return the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Return 256 random bits as text."""
    return f"dk_{secrets.token_urlsafe(32)}"


def ensure_token(place: Place) -> None:
    """Give the operator a key on the first start: the secret in a file only they can read."""
    path = place.home / "run" / "token"
    known = place.store.authenticate(digest(_read(path)), now=None) if path.exists() else None
    if known is not None and known.role == "admin":
        return
    with place.store.begin(itself("first start")) as tx:
        before = tx.find(Key, TOKEN_KEY)
        secret = new_secret()
        _write_secret(path, secret)
        key = Key(
            id=TOKEN_KEY, project="default", name="owner", role="admin", prefix=secret[:SHOWN],
            sha256=digest(secret), created_at=place.now(),
        )  # fmt: skip
        if before is None:
            tx.insert(key)
        else:
            tx.replace(key)


def _read(path: Path) -> str:
    return path.read_text("ascii", errors="replace").strip()


def _write_secret(path: Path, secret: str) -> None:
    """Write a file of mode 0600 that was never readable by others."""
    temp = path.with_name(f".token.{secrets.token_hex(4)}.tmp")
    file = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, f"{secret}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    temp.replace(path)
    sync_folder(path.parent)
