"""Http: the client's one way to a server; problem documents come back as the errors they were."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from danlu.errors import BusyError, DanluError, UnauthenticatedError, error_of
from danlu.store.records import Json

R = TypeVar("R", bound=BaseModel)
CHUNK = 1 << 18
CONNECT_S, ANSWER_S = 5.0, 60.0
LONG_S = 600.0
"""For a body that is streamed: the longest pause on the way, and until the answer."""
PATIENCE_S = 30.0
"""How long a question is asked again while the server is busy: an engine is warm by then."""
GONE = ("timeout", "unreachable")
POLL_FIRST_S, POLL_MOST_S = 0.05, 0.5


class Http:
    """Asks one server with one key."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        key = key.strip()  # as read from a file
        if not (key.isascii() and key.isprintable()):
            raise UnauthenticatedError("that is no key", do="Keys are plain letters and digits.")
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            transport=transport,
            trust_env=False,  # a proxy of the environment must not see the key
        )

    def get(self, path: str, **query: object) -> Json:
        """Read one thing; while the server says "busy", wait as it asks and try again."""
        return self._patiently(lambda: self._ask("GET", path, params=_given(query)))

    def ask(self, path: str, body: object) -> Json:
        """Post a question that changes nothing, so that it may be asked again like a ``get``."""
        return self._patiently(lambda: self._ask("POST", path, json=body))

    def text(self, path: str) -> str:
        """Read a page."""
        return self._ask("GET", path).text

    def content(self, path: str, **query: object) -> bytes:
        """GET bytes."""
        return self._ask("GET", path, params=_given(query)).content

    def items(self, path: str, kind: type[R], **query: object) -> list[R]:
        """Read a list of records."""
        return [kind.model_validate(item) for item in self.get(path, **query)["items"]]

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Change something; {} when there is nothing to say."""
        return self._json(self._ask(method, path, json=body, headers=headers))

    def upload(
        self, path: str, file: Path, query: Mapping[str, object], *, method: str = "PUT"
    ) -> Json:
        """Stream a file as the body."""
        headers = {"Content-Type": "application/octet-stream"}
        headers["Content-Length"] = str(file.stat().st_size)
        return self.stream(method, path, _chunks(file), headers, query)

    def stream(
        self, method: str, path: str, content: Iterator[bytes], headers: Mapping[str, str],
        query: Mapping[str, object] | None = None,
    ) -> Json:  # fmt: skip
        """Send a body as it comes; what is done with it may take a while."""
        told = {"params": _given(query or {}), "headers": headers}
        patience = httpx.Timeout(LONG_S, connect=CONNECT_S)
        return self._json(self._ask(method, path, content=content, timeout=patience, **told))

    def download(self, path: str, to: Path) -> Path:
        """Stream an answer into a file."""
        with self._client.stream("GET", path) as answer:
            if answer.is_error:
                answer.read()
                raise _error(answer)
            with to.open("wb") as out:
                for chunk in answer.iter_bytes(CHUNK):
                    out.write(chunk)
        return to

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _patiently(self, ask: Callable[[], httpx.Response]) -> Json:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._json(ask())
            except BusyError as error:
                wait_s = float(error.values.get("retry_after_s", 1))
                if error.code in GONE or time.monotonic() + wait_s > until:
                    raise
                time.sleep(wait_s)

    def _ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **rest)
        except httpx.TimeoutException as error:
            raise BusyError(
                "the server did not answer in time",
                code="timeout",
                where=str(self._client.base_url),
                do="Try again.",
                retry_after_s=1,
            ) from error
        except httpx.HTTPError as error:
            raise BusyError(
                f"the server cannot be reached: {error}",
                code="unreachable",
                where=str(self._client.base_url),
                do="Is 'danlu up' running there?",
                retry_after_s=1,
            ) from error
        if answer.is_error:
            raise _error(answer)
        return answer

    def _json(self, answer: httpx.Response) -> Json:
        found: Json = answer.json() if answer.content else {}
        return found


def wait_until(look: Callable[[], R], done: Callable[[R], bool]) -> R:
    """Look again and again, ever more patiently, until it is done."""
    pause = POLL_FIRST_S
    while not done(found := look()):
        time.sleep(pause)
        pause = min(POLL_MOST_S, pause * 1.3)
    return found


def _error(answer: httpx.Response) -> DanluError:
    try:
        return error_of(answer.json())
    except ValueError:
        text = answer.text[:200]
        return error_of(
            {"title": f"status {answer.status_code}: {text}", "status": answer.status_code}
        )


def _given(query: Mapping[str, object]) -> Any:
    """Leave out what was not given; a list repeats its name."""
    return {k: v for k, v in query.items() if v is not None}


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk
