"""The launcher's rules: lock, port, exposure, patience."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from danlu.errors import ConflictError, ForbiddenError
from danlu.up.launcher import Child, check_exposure, is_loopback, listen, take_lock
from danlu.workspace.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_permission(host: str) -> None:
    assert is_loopback(host)
    check_exposure(host, Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "localhost.evil"])
def test_other_machines_need_a_second_step(host: str) -> None:
    with pytest.raises(ForbiddenError, match="other machines"):
        check_exposure(host, Settings())
    check_exposure(host, Settings(behind_proxy=True, hosts=("danlu.example.org",)))


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=str(port)):
            listen("127.0.0.1", port)


def test_port_zero_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_second_server_hears_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "server.json").write_text('{"url": "http://127.0.0.1:1", "pid": 42}')
    lock = take_lock(tmp_path)
    try:
        with pytest.raises(ConflictError, match="in use") as refused:
            take_lock(tmp_path)
    finally:
        os.close(lock)
    assert "http://127.0.0.1:1" in str(refused.value)
    os.close(take_lock(tmp_path))


def test_the_lock_ends_with_its_last_holder(tmp_path: Path) -> None:
    lock = take_lock(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,)
    )
    os.close(lock)
    with pytest.raises(ConflictError):
        take_lock(tmp_path)
    child.communicate(b"\n")
    os.close(take_lock(tmp_path))


def test_who_dies_young_again_and_again_waits_longer() -> None:
    child = Child("front", ("true",), {})
    waits = [child.ended(now=0.1) for _ in range(9)]
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-1] == 5.0


def test_who_lived_long_starts_again_at_once() -> None:
    child = Child("front", ("true",), {}, failures=5)
    assert child.ended(now=60.0) == 0.0
