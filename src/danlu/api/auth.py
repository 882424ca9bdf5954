"""Auth: who asks, by bearer key or login cookie; only hashes are looked up or kept."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers

from danlu.api.problems import ThrottledError
from danlu.errors import UnauthenticatedError
from danlu.store.backends.base import Store
from danlu.store.records import Identity, Key, Login
from danlu.store.rights import itself
from danlu.workspace.keys import digest

SYSTEM = itself("door")
ONCE_S = 15 * 60.0
FRESH_S = 1.0
"""How long an identity is believed without asking the store: the longest a revoked key works."""
TOUCH_S = 60.0
WINDOW_S, PER_ADDRESS, PER_SECRET = 60.0, 20, 5
"""Login tries within the window, by where they come from and by what they try."""
MOST_TRIES = 2000
"""Of everybody together."""


@dataclass(frozen=True)
class _Seen:
    identity: Identity | None
    until: float


class Auth:
    """Answers who a request is from, and turns keys and one-use links into logins."""

    def __init__(
        self, store: Store, *, cookie: str = "danlu", now: Callable[[], float] = time.time
    ) -> None:
        self.store, self.cookie, self.now = store, cookie, now
        self._seen: dict[str, _Seen] = {}
        self._touched: dict[str, float] = {}
        self._lock = threading.Lock()
        self._tries: deque[tuple[float, str]] = deque()

    def identify(self, headers: Headers) -> Identity | None:
        """Return who sends these headers; a bearer key that is wrong is nobody."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme:
            return self._known(secret.strip()) if scheme.lower() == "bearer" else None
        session = self.session(headers)
        who = self._known(session) if session else None
        if who is not None:
            self._touch(digest(session))
        return who

    def session(self, headers: Headers) -> str:
        """Return the secret in the login cookie, or ""."""
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return ""
        return found.value if found else ""

    def login(self, secret: str, *, address: str) -> str:
        """Trade a key for a new session; raises for a wrong key and for too many tries."""
        self._throttle(PER_ADDRESS, address)
        sha = digest(secret)
        self._throttle(PER_SECRET, sha)
        with self.store.begin(SYSTEM, write=False) as tx:
            keys = [k for k in tx.all(Key, sha256=sha) if k.revoked_at is None]
        if not keys:
            raise UnauthenticatedError(
                "that key is not known", do="Paste the whole key; 'danlu keys list' names them."
            )
        return self._open(keys[0].id)

    def redeem(self, once: str, *, address: str) -> str:
        """Trade a one-use link for a new session; a second use finds nothing."""
        self._throttle(PER_ADDRESS, address)
        with self.store.begin(SYSTEM) as tx:
            link = tx.find(Login, digest(once))
            if link is None or not link.once or link.created_at + ONCE_S < self.now():
                raise UnauthenticatedError(
                    "this login link was used or is too old",
                    do="Run 'danlu login' for a new one, or paste a key.",
                )
            tx.delete(Login, link.sha256)
        return self._open(link.key_id)

    def link(self, key_id: str) -> str:
        """Make the secret of a login link that works one time, for a quarter of an hour."""
        return self._open(key_id, once=True)

    def logout(self, headers: Headers) -> None:
        """End the session of these headers."""
        session = self.session(headers)
        if session:
            with self.store.begin(SYSTEM) as tx:
                if tx.find(Login, digest(session)) is not None:
                    tx.delete(Login, digest(session))
        self.forget()

    def forget(self) -> None:
        """Ask the store again for everyone: a key was revoked or a session ended."""
        with self._lock:
            self._seen.clear()
            self._touched.clear()

    def _known(self, secret: str) -> Identity | None:
        sha, now = digest(secret), self.now()
        seen = self._seen.get(sha)
        if seen is not None and seen.until > now:
            return seen.identity
        identity = self.store.authenticate(sha, now=now)
        with self._lock:
            if len(self._seen) > 10_000:  # wrong keys must not fill the memory
                self._seen.clear()
            self._seen[sha] = _Seen(identity, now + FRESH_S)
        return identity

    def _touch(self, sha: str) -> None:
        """Note that a session is in use, at most once in ``TOUCH_S``; else it ends by itself."""
        now = self.now()
        if now - self._touched.get(sha, 0.0) < TOUCH_S:
            return
        self._touched[sha] = now
        with self.store.begin(SYSTEM) as tx:
            login = tx.find(Login, sha)
            if login is not None:
                tx.replace(login.model_copy(update={"seen_at": now}))

    def _open(self, key_id: str, *, once: bool = False) -> str:
        secret, now = secrets.token_urlsafe(32), self.now()
        with self.store.begin(SYSTEM) as tx:
            tx.insert(
                Login(sha256=digest(secret), key_id=key_id, once=once, created_at=now, seen_at=now)
            )
        return secret

    def _throttle(self, most: int, who: str) -> None:
        """Count a try; raises when ``who`` has had its share of the last minute."""
        now = self.now()
        with self._lock:
            while self._tries and self._tries[0][0] < now - WINDOW_S:
                self._tries.popleft()
            full = sum(tried == who for _, tried in self._tries) >= most
            if not full and len(self._tries) < MOST_TRIES:
                self._tries.append((now, who))
                return
        raise ThrottledError("too many login tries", do="Wait a minute.", retry_after_s=WINDOW_S)
