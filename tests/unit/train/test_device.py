"""One code path for every device: nothing is made, moved or mixed where it should not be."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from danlu.errors import TrainingError
from danlu.testing.elsewhere import Elsewhere
from danlu.testing.encoded import cohort_args, trial
from danlu.train import device as devices
from danlu.train import job
from danlu.train.device import HOST, Device
from danlu.train.recipe import Recipe

RECIPE = {"epochs": 2, "batch_size": 64, "patience": 0}


def ended(result):
    return {
        t["number"]: (t["state"], t["metric"], t["curve"], Path(t["weights"]).read_bytes())
        for t in result["trials"]
    }


def train(folder, device, monkeypatch, **changes):
    """Train a cohort on some device, whatever the recipe says."""
    monkeypatch.setattr(Device, "of", classmethod(lambda _cls, _recipe: device))
    monkeypatch.setattr(Device, "room_bytes", lambda _self: changes.pop("room", 1 << 40))
    args = cohort_args(folder, **{"recipe": RECIPE, **changes})
    return ended(job.run(args, [].append))


def test_a_cohort_elsewhere_is_the_same_to_the_bit(tmp_path, monkeypatch):
    here = train(tmp_path / "here", HOST, monkeypatch)
    with Elsewhere() as place:
        there = train(tmp_path / "there", place.device, monkeypatch)
    assert place.done > 1000
    assert there == here
