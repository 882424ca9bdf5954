"""The process tree: what dies is replaced, and nothing outlives it."""

import json
import os
import signal
import time
from collections.abc import Callable

import httpx
import psutil

from danlu.cli.replay import Server
from danlu.up.kin import descendants

FRONT_MB = 150
END_S = 2 * 5.0
"""What is promised, twice: the machine may be busy."""
PATIENCE_S = 30


def processes(server: Server) -> dict[str, int]:
    """Number the processes below the launcher by the last word of their module."""
    found = {}
    for pid in descendants(server.process.pid):
        try:
            words = psutil.Process(pid).cmdline()
        except psutil.NoSuchProcess:
            continue
        module = next((word for word in words if word.startswith("danlu.")), "?")
        found[module.rpartition(".")[2]] = pid
    return found


def wait_for(claim: Callable[[], bool], within_s: float) -> bool:
    until = time.monotonic() + within_s
    while not (held := claim()) and time.monotonic() < until:
        time.sleep(0.02)
    return held


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def whole(server: Server) -> bool:
    return {"front", "conductor", "engine"} <= set(processes(server))


def replaced(server: Server, name: str, before: int, within_s: float) -> bool:
    return wait_for(lambda: processes(server).get(name, before) != before, within_s)


def health(server: Server) -> bool:
    url = json.loads((server.home / "run" / "server.json").read_text("utf-8"))["url"]
    try:
        return httpx.get(f"{url}/health", trust_env=False, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_front_is_light_knows_no_torch_and_keeps_its_secrets(server: Server) -> None:
    with server:
        assert health(server)
        front = psutil.Process(processes(server)["front"])
        assert front.memory_info().rss < FRONT_MB * 1e6
        assert not [m.path for m in front.memory_maps() if "torch" in m.path]
        assert wait_for(lambda: (server.home / "run" / "engine.sock").exists(), 20)
        private = [*(server.home / "run").iterdir(), server.home / "danlu.db"]
        assert not [p.name for p in private if p.stat().st_mode & 0o077]


def test_what_is_killed_is_replaced_and_the_others_go_on(server: Server) -> None:
    with server:
        assert wait_for(lambda: whole(server), PATIENCE_S)
        first = processes(server)
        os.kill(first["engine"], signal.SIGKILL)
        assert replaced(server, "engine", first["engine"], PATIENCE_S)
        os.kill(first["front"], signal.SIGKILL)
        assert health(server)  # asked while it starts: the socket was never closed
        second = processes(server)
        assert second["front"] != first["front"]
        assert second["conductor"] == first["conductor"]
        os.kill(first["conductor"], signal.SIGKILL)
        assert health(server)
        assert wait_for(lambda: not alive(second["engine"]), PATIENCE_S)
        assert replaced(server, "conductor", first["conductor"], PATIENCE_S)
        assert wait_for(lambda: whole(server), PATIENCE_S)
        assert processes(server)["front"] == second["front"]


def test_a_killed_launcher_takes_everything_with_it(server: Server) -> None:
    with server:
        assert wait_for(lambda: whole(server), PATIENCE_S)
        below = descendants(server.process.pid)
        server.process.kill()
        server.process.wait()
        assert wait_for(lambda: not any(map(alive, below)), END_S)


def test_five_starts_and_stops_leave_nothing(server: Server) -> None:
    for number in range(5):
        with server:
            assert health(server)
            if number == 4:
                assert wait_for(lambda: whole(server), PATIENCE_S)
            below = descendants(server.process.pid)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(2 * END_S) == 0
            assert time.monotonic() - began < END_S
        assert not [pid for pid in below if alive(pid)]
        assert not (server.home / "run" / "server.json").exists()
