"""The desk answers one question after the other, and is replaced when it dies."""

import subprocess
import sys

START = """
import json, os, signal, socket
from danlu.execute.base import Call
from danlu.up.desk import Desk

def ask(desk, run, args):
    mine, theirs = socket.socketpair()
    desk.hand(theirs, Call(run=run, args=args).model_dump_json().encode())
    theirs.close()
    outcome = desk.outcome().decode()
    mine.settimeout(5)
    line = mine.recv(1 << 20).split(b"\\n")[0]
    return outcome, json.loads(line) if line else None

KEYS = ("danlu.experiment.desk:catalogue", {"family": "tasks"})
desk = Desk()
desk.control.settimeout(40)  # its first question imports torch
"""


def run(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", START + text],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_answers_and_stays() -> None:
    said = run("""
first, again = ask(desk, *KEYS), ask(desk, *KEYS)
assert first == again and first[0] == "0", first
os.kill(desk.pid, 0)
print([k["kind"] for k in first[1]["result"]["items"]])
desk.end()
""")
    assert said == "['classification', 'regression']"


def test_a_refusal_is_told_and_it_stays() -> None:
    said = run("""
outcome, line = ask(desk, KEYS[0], {"family": "opps"})
print(outcome, line["problem"]["code"], ask(desk, *KEYS)[0])
desk.end()
""")
    assert said == "1 not_found 0"


def test_a_death_is_seen() -> None:
    said = run("""
os.kill(desk.pid, signal.SIGKILL)
print(repr(desk.outcome()))
desk.bury()
""")
    assert said == "b''"


def test_it_ends_when_the_engine_lets_go() -> None:
    said = run("""
desk.control.close()
print(os.waitstatus_to_exitcode(os.waitpid(desk.pid, 0)[1]))
""")
    assert said == "0"
