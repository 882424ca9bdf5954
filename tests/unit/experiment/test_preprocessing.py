"""What a trial's preprocessing does to rows is in the graph that answers for it."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from danlu.compile.onnx import export
from danlu.experiment.desk import keys
from danlu.experiment.run import conduct
from danlu.network.graph import Network
from danlu.store.records import Model
from danlu.tasks.base import load
from danlu.tensor import TensorType
from danlu.testing.encoded import TASK, cohort_args, network
from danlu.train.answer import answers, member
from danlu.train.front import fit_folder
from danlu.train.job import run

torch.set_num_threads(1)
WAYS = ("standard", "min_max", "quantile", "piecewise")


@pytest.fixture(params=WAYS)
def trained(request, tmp_path):
    """A trial of one way: its arguments, how it ended, and a member that answers for it."""
    recipe = {"epochs": 3, "batch_size": 64, "preprocessing": request.param}
    args = cohort_args(tmp_path, recipe=recipe)
    ended = run(args, [].append)["trials"][0]
    folder = tmp_path / "encoded"
    types = json.loads((folder / "meta.json").read_text())["types"]
    types = {name: TensorType.model_validate(t) for name, t in types.items()}
    front = fit_folder(request.param, types, folder)
    document = Network.model_validate(args["network"])
    made = member(document, types, 1, tmp_path / "cohort" / "0.safetensors", front)
    return np.load(folder / "valid.table.npy"), types, ended, made


def test_what_was_judged_is_what_will_be_answered(trained):
    rows, _, ended, made = trained
    found = answers([made], load(TASK), {"table": rows})
    np.testing.assert_allclose(found, np.load(ended["answers"]), atol=1e-6)


def test_the_graph_takes_rows_as_the_encoder_gives_them(trained):
    rows, types, _, made = trained
    graph = onnxruntime.InferenceSession(export([made], load(TASK), types))
    served = graph.run(None, {"table": rows})[0]
    np.testing.assert_allclose(served, answers([made], load(TASK), {"table": rows}), atol=1e-5)


def test_preprocessing_and_augmentation_can_be_searched(project):
    space = {
        "recipe.preprocessing": {"choice": list(WAYS)},
        "recipe.augmentation": {"choice": ["none", "noise", "mixup"]},
        "recipe.augmentation_strength": {"float": [0.05, 0.5]},
    }
    name = project.ask(
        "ways", trials=6, epochs=2, space=space, sampler="random", recipe={"batch_size": 64}
    )
    ended = conduct(project.ports, name)
    assert ended.state == "finished", ended.cause
    assert project.all(Model)[0].gate["passed"]


def test_only_what_widens_a_table_needs_a_program_of_its_own():
    axes, fields = [{"name": "features", "size": 1}], [{"column": "a", "start": 0}]
    types = {"table": {"axes": axes, "fields": fields}}
    trials = [{"recipe.preprocessing": way} for way in WAYS]
    trials += [{"recipe.preprocessing": "standard", "recipe.augmentation": "mixup"}]
    asked = {"network": network(), "types": types, "head": 1, "trials": trials}
    standard, low_high, ranks, bins, mixed = (t["key"] for t in keys(asked, None)["trials"])
    assert standard == low_high == ranks == mixed != bins
