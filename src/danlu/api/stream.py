"""Stream: what happened, in order: a WebSocket for the page, a plain list for scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from fastapi.routing import APIWebSocketRoute
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from danlu.api.context import VIEWER, Items, Ws, context_of, identity_of
from danlu.params import Params
from danlu.store.records import Audit, Event
from danlu.workspace.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["events"])
EVERY_S = 0.2
Topic = Annotated[str | None, Query(max_length=300)]
MOST = 1000
"""Events in one batch; the rest follows in the next."""
FARTHEST = 5000
"""Who is further behind gets no events but the word that there is a gap."""


class Subscription(Params):
    """What the page wants to hear: exact topics, prefixes ending in "/", or "*"."""

    topics: tuple[str, ...] = Field(default=("*",), max_length=100)
    after: int | None = None
    """The last sequence number seen; None = from now on."""


class Batch(BaseModel):
    """Events in order; ``seq`` is the last one looked at, matching or not."""

    events: list[Event]
    seq: int
    gap: bool = False
    """Events are left out: what they changed has to be asked for."""


@router.get("/events", operation_id="list_events", openapi_extra=VIEWER)
def list_events(
    ws: Ws,
    after: int = 0,
    topic: Topic = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> Batch:
    """List what happened after a sequence number."""
    found = ws.events(after=after, limit=limit)
    topics = (topic,) if topic else ("*",)
    return Batch(events=_wanted(found, topics), seq=found[-1].seq if found else after)


@router.get("/audit", operation_id="list_audit", openapi_extra=VIEWER)
def list_audit(
    ws: Ws, subject: Annotated[str | None, Query(max_length=300)] = None
) -> Items[Audit]:
    """List the append-only trail: who did what, each entry chained to the one before."""
    return Items(items=list(ws.audit(subject)))


class Socket(APIWebSocketRoute):
    """A WebSocket that says who may open it, as the other routes do."""

    openapi_extra = VIEWER


async def stream_events(socket: WebSocket) -> None:
    """Send batches of what the page subscribed to, at most five a second."""
    context = context_of(socket)
    ws = context.workspace.acting(identity_of(socket))
    await socket.accept()
    try:
        subscription = Subscription.model_validate_json(await socket.receive_text())
    except (ValidationError, WebSocketDisconnect):
        await socket.close(4400)
        return
    follow = asyncio.create_task(_follow(socket, ws, subscription))
    try:
        while True:
            text = await socket.receive_text()  # a new subscription replaces the old one
            follow.cancel()
            subscription = Subscription.model_validate_json(text)
            follow = asyncio.create_task(_follow(socket, ws, subscription))
    except ValidationError:
        await socket.close(4400)
    except WebSocketDisconnect:
        return
    finally:
        follow.cancel()


router.routes.append(Socket("/api/v1/events", stream_events))


async def _follow(socket: WebSocket, ws: Workspace, subscription: Subscription) -> None:
    """Send until the page goes or its login ends; the first batch may be empty."""
    auth = context_of(socket).auth
    after = subscription.after
    last = await run_in_threadpool(_last, ws)
    # Ahead of the store is who knew it before a backup was put back.
    is_gap = after is not None and not 0 <= last - after <= FARTHEST
    after = last if after is None or is_gap else after
    batch: Batch | None = Batch(events=[], seq=after, gap=is_gap)
    while auth.identify(socket.headers) is not None:
        if batch is not None:
            await socket.send_text(batch.model_dump_json())
        full = batch is not None and len(batch.events) >= MOST
        await asyncio.sleep(0 if full else EVERY_S)
        found = await run_in_threadpool(ws.events, after=after, limit=MOST)
        after = found[-1].seq if found else after
        events = _wanted(found, subscription.topics)
        batch = Batch(events=events, seq=after) if events else None
    await socket.close(4401)


def _last(ws: Workspace) -> int:
    with ws.store.begin(ws.who, write=False) as tx:
        return tx.last_seq()


def _wanted(events: Collection[Event], topics: Collection[str]) -> list[Event]:
    exact = frozenset(topics)
    prefixes = tuple(t for t in topics if t.endswith("/"))
    return [
        e for e in events
        if "*" in exact or e.topic in exact or (prefixes and e.topic.startswith(prefixes))
    ]  # fmt: skip
