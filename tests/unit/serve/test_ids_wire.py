from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from danlu.serve.ids import Ids, at_of, row_id
from danlu.serve.wire import ANSWERED, Ask, Frames, Reply


def test_ids_are_uuids_of_version_7_with_their_time() -> None:
    prediction = row_id(Ids().prefix(1_720_783_486.058), 3)
    assert uuid.UUID(prediction).version == 7
    assert uuid.UUID(prediction).variant == uuid.RFC_4122
    assert at_of(prediction) == 1_720_783_486.058


@given(st.lists(st.floats(1e9, 2e9), min_size=2, max_size=200))
def test_ids_grow_whatever_the_clock_does(times: list[float]) -> None:
    ids = Ids()
    made = [row_id(ids.prefix(t), 0) for t in times]
    assert made == sorted(set(made))


def test_ids_grow_beyond_the_counter_of_one_millisecond() -> None:
    ids = Ids()
    made = [ids.prefix(1e9) for _ in range(10_000)]
    assert made == sorted(set(made))


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 40))
def test_frames_survive_any_cutting(bodies: list[bytes], size: int) -> None:
    asks = [Ask(n, "0" * 30, b"{}", body) for n, body in enumerate(bodies)]
    stream = b"".join(a.frame() for a in asks)
    frames, found = Frames(), []
    for start in range(0, len(stream), size):
        found += frames.feed(stream[start : start + size])
    assert [Ask.parse(f) for f in found] == asks


def test_reply_survives_the_socket() -> None:
    reply = Reply(7, ANSWERED, b'{"a":1}', b"[]", 3, 2, 1)
    assert Reply.parse(reply.frame()) == reply
