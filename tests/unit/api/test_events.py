"""Events: the socket sends what was asked for, in order, and says when something is missing."""

import json
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from danlu.store.records import Event, Identity


def test_the_events_socket_needs_a_key(running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(socket_url(running), proxy=None)
    assert refused.value.response.status_code == 401


def socket_url(running) -> str:
    return f"ws://127.0.0.1:{running.client.base_url.port}/api/v1/events"


def tell(running, topic: str, project: str = "default") -> int:
    who = Identity(name="test", role="admin", project=project)
    with running.workspace.store.begin(who) as tx:
        event = Event(project=project, topic=topic, kind="test", body={}, at=time.time())
        return tx.append(event).seq


@pytest.mark.parametrize("after", [10**9, -6000])
def test_who_is_too_far_from_the_store_is_told_of_a_gap(running, after: int) -> None:
    last = tell(running, "loop/a")
    headers = {"Authorization": "Bearer viewer-secret"}
    with connect(socket_url(running), additional_headers=headers, proxy=None) as socket:
        socket.send(f'{{"topics": ["loop/"], "after": {after}}}')
        found = json.loads(socket.recv(timeout=20))
    assert found == {"events": [], "seq": last, "gap": True}


def test_the_events_socket_sends_what_was_subscribed_to(running) -> None:
    before = tell(running, "loop/a")
    headers = {"Authorization": "Bearer viewer-secret"}
    with connect(socket_url(running), additional_headers=headers, proxy=None) as socket:
        socket.send(f'{{"topics": ["experiment/", "loop/b"], "after": {before}}}')
        first = json.loads(socket.recv(timeout=20))
        assert first == {"events": [], "seq": before, "gap": False}
        tell(running, "loop/a")
        tell(running, "experiment/x")
        last = tell(running, "loop/b")
        seen, seq = [], before
        while seq < last:
            batch = httpx.Response(200, content=socket.recv(timeout=20)).json()
            seen += [event["topic"] for event in batch["events"]]
            seq = batch["seq"]
    assert seen == ["experiment/x", "loop/b"]


def test_a_subscription_that_is_none_closes_the_socket(running) -> None:
    headers = {"Authorization": "Bearer viewer-secret"}
    with connect(socket_url(running), additional_headers=headers, proxy=None) as socket:
        socket.send('{"nonsense": true}')
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


def test_scripts_read_events_in_order(running) -> None:
    first, second = tell(running, "job/1"), tell(running, "job/2")
    found = running.ask("viewer", "GET", f"/api/v1/events?after={first - 1}&topic=job/").json()
    assert [event["seq"] for event in found["events"]] == [first, second]
