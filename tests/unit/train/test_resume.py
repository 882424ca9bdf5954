"""`kill -9` at any moment, start again: every later figure is bit-identical."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from danlu.testing.encoded import cohort_args, trial
from danlu.train import checkpoint
from danlu.train.job import CohortArgs, run

PROGRAM = """
import json, sys
from danlu.train.job import run
args = json.load(open(sys.argv[1]))
def tell(event):
    print(json.dumps(event), flush=True)
run(args, tell)
"""
RECIPE = {"epochs": 6, "batch_size": 16, "patience": 0}


def args_of(folder, **changes):
    short = trial(4)
    short["values"]["recipe.epochs"] = 3
    trials = [trial(0), trial(1), short]
    return cohort_args(folder, trials=trials, recipe=RECIPE, together=3, **changes)


def curves(result):
    return {t["number"]: (t["state"], t["metric"], t["curve"]) for t in result["trials"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return curves(run(args_of(tmp_path_factory.mktemp("whole")), [].append))


def start(folder, args):
    (folder / "args.json").write_text(json.dumps(args))
    command = [sys.executable, "-c", PROGRAM, str(folder / "args.json")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_after(process, epochs, wait_s=0.0):
    """Kill once the first trial has done so many epochs."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "epoch_done" and event["trial"] == 0 and event["epoch"] == epochs:
            break
    time.sleep(wait_s)
    os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    return process.wait()


def test_a_checkpoint_of_another_version_is_begun_anew(tmp_path, whole):
    args = args_of(tmp_path)
    key = CohortArgs.model_validate(args).key()
    Path(args["checkpoint"]).mkdir(parents=True)
    checkpoint.save(Path(args["checkpoint"]), key, '{"epoch": 3, "of": "old"}', {})
    assert curves(run(args, [].append)) == whole


@pytest.mark.parametrize(("epochs", "wait_s"), [(2, 0.0), (4, 0.013)])
def test_a_killed_cohort_goes_on_bit_for_bit(tmp_path, whole, epochs, wait_s):
    args = args_of(tmp_path)
    assert kill_after(start(tmp_path, args), epochs, wait_s) == -signal.SIGKILL
    events = []
    result = run(args, events.append)
    assert any(e.get("text", "").startswith("resumed") for e in events)
    again = [e["epoch"] for e in events if e["event"] == "epoch_done" and e["trial"] == 0]
    assert again[0] in (epochs, epochs + 1)
    assert curves(result) == whole


def test_a_cohort_that_ended_is_not_trained_again(tmp_path):
    args = args_of(tmp_path)
    first = run(args, [].append)
    events = []
    again = run(args, events.append)
    assert curves(again) == curves(first)
    assert not [e for e in events if e["event"] == "epoch_done"]


def test_a_torn_checkpoint_means_starting_over(tmp_path, whole):
    args = args_of(tmp_path)
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "checkpoint.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    assert curves(run(args, [].append)) == whole


def test_a_checkpoint_of_other_work_is_not_used(tmp_path, whole):
    run(args_of(tmp_path, seed=8), [].append)
    assert curves(run(args_of(tmp_path), [].append)) == whole
