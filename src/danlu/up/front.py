"""Front: HTTP, page, login and prediction log; owns the predictors; never sees torch.

``python -m danlu.up.front --home FOLDER`` is started by the launcher, which hands it the listening
socket: a restarted front answers what came meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from danlu.api.app import create_app
from danlu.api.auth import SYSTEM, Auth
from danlu.api.context import Context, Limits
from danlu.api.door import Door
from danlu.errors import DanluError
from danlu.execute.local import EngineClient
from danlu.serve.log import Log
from danlu.serve.pool import Pool
from danlu.serve.predictions import Predictions
from danlu.store.records import Key
from danlu.up.health import Figures, Readiness
from danlu.up.kin import die_with
from danlu.up.rollout import Rollout
from danlu.workspace.keys import digest
from danlu.workspace.settings import Settings, load
from danlu.workspace.workspace import Workspace

GRACE_S = 2
PAGE = Path(__file__).resolve().parent.parent / "web"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Front:
    """The parts of one front; built before the first request, ended after the last."""

    workspace: Workspace
    auth: Auth
    log: Log
    predictions: Predictions
    rollout: Rollout
    engine: EngineClient
    settings: Settings

    @classmethod
    def open(cls, home: Path, *, cookie: str) -> Front:
        """Open the workspace's store and log."""
        workspace = Workspace(home, served=True)
        auth = Auth(workspace.store, cookie=cookie)
        log = Log(home / "log" / "predictions.db")
        predictions = Predictions(Pool(), log)
        rollout = Rollout(workspace.store, workspace.blobs, home, predictions)
        engine = EngineClient(home / "run" / "engine.sock")
        return cls(workspace, auth, log, predictions, rollout, engine, load(home))

    def app(self, *, hosts: Sequence[str], started: Callable[[], None]) -> Door:
        """Build what answers; ``started`` is called when it can."""
        figures = Figures(self.predictions, self.log)
        context = Context(
            workspace=self.workspace,
            auth=self.auth,
            serving=figures,
            engine=self.engine,
            ready=Readiness(self.engine, self.rollout),
            metrics=figures.text,
            page=PAGE,
            limits=Limits(upload_bytes=self.settings.upload_bytes),
        )

        @contextlib.asynccontextmanager
        async def life() -> AsyncIterator[None]:
            follow = asyncio.create_task(self.rollout.follow())
            started()
            yield
            follow.cancel()
            await self.predictions.close()
            self.log.close()

        return create_app(context, hosts=hosts, life=life)

    def login_link(self, url: str) -> str:
        """Make a one-use login link for the owner, whose key lies in run/token."""
        secret = (self.workspace.home / "run" / "token").read_text("ascii").strip()
        with self.workspace.store.begin(SYSTEM, write=False) as tx:
            (key,) = tx.all(Key, sha256=digest(secret))
        return f"{url}/login?once={self.auth.link(key.id)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    asked = _parse(arguments)
    os.umask(0o077)
    if asked.parent:
        die_with(asked.parent)
    logging.basicConfig(format="danlu front: %(message)s", level=logging.WARNING)
    try:
        serve(asked.home.absolute(), socket.socket(fileno=asked.socket), ready=asked.ready)
    except DanluError as error:
        sys.stderr.write(f"danlu: {error}\n")
        return 1
    return 0


def serve(home: Path, listener: socket.socket, *, ready: int | None = None) -> None:
    """Answer on a listening socket; the first word to ``ready`` is ``{"url", "login"}``."""
    host, port = listener.getsockname()[:2]
    front = Front.open(home, cookie=f"danlu_{port}")
    url = url_of(front.settings, host, port)

    def started() -> None:
        if ready is not None:
            about = {"url": url, "login": front.login_link(url)}
            with contextlib.suppress(OSError):  # a launcher that has heard the first word
                os.write(ready, json.dumps(about).encode() + b"\n")

    config = uvicorn.Config(
        front.app(hosts=hosts_of(front.settings, host, port), started=started),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=1 << 16,
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=front.settings.behind_proxy,
        forwarded_allow_ips="127.0.0.1",
    )
    uvicorn.Server(config).run(sockets=[listener])


def hosts_of(settings: Settings, host: str, port: int) -> tuple[str, ...]:
    """List the Host names that are answered to, with and without the port."""
    bound = f"[{host}]" if ":" in host else host
    anywhere = ("0.0.0.0", "[::]")  # compared, not bound
    names = [*LOOPBACK, *settings.hosts, *([] if bound in anywhere else [bound])]
    return tuple(dict.fromkeys(n for name in names for n in (name, f"{name}:{port}")))


def url_of(settings: Settings, host: str, port: int) -> str:
    """Return the address a person should open."""
    if settings.behind_proxy and settings.hosts:
        return f"https://{settings.hosts[0]}"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="danlu.up.front")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True, help="inherited, listening")
    parser.add_argument("--ready", type=int, help="inherited; told when it answers")
    parser.add_argument("--parent", type=int, default=0, help="ends with this process")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
