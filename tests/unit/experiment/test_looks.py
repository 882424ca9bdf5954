"""What was seen of a trial is told by node, and a break by its first node."""

import json

import pytest

from danlu.errors import NotFoundError
from danlu.experiment.looks import figures, insides, looks_at, rows_of, seen_of, thinned
from danlu.experiment.run import conduct
from danlu.store.records import Event, Experiment
from danlu.testing.encoded import cohort_args, network
from danlu.train.job import run


def watched(folder, **changes):
    recipe = {"epochs": 2, "batch_size": 64, "patience": 0}
    args = cohort_args(folder, **{"recipe": recipe, "watch": str(folder / "seen"), **changes})
    result = run({**args, "watch_every": 1}, lambda _event: None)
    return result, looks_at(folder / "seen", 0)


def test_figures_of_a_node_are_those_of_its_tensors(tmp_path):
    _, looks = watched(tmp_path)
    seen = figures(looks, 0, watched=True)
    assert seen.total == len(seen.looks) == len(looks)
    first, told = looks[0], seen.looks[0].nodes
    assert told["head"].ratio == max(first.ratios["head.weight"], first.ratios["head.bias"])
    whole = sum(node.gradient_norm**2 for node in told.values() if node.gradient_norm is not None)
    assert whole**0.5 == pytest.approx(first.gradient_norm, rel=1e-4)
    assert (told["head"].mean, told["head"].deviation) == (
        first.activations["head"].mean, first.activations["head"].deviation,
    )  # fmt: skip
    assert seen.broken is None


def test_nodes_of_a_repeated_block_go_by_path(tmp_path):
    document = network() | {"version": 2}
    document["blocks"] = {
        "step": {"inputs": ["x"], "output": "half",
                 "nodes": {"half": {"op": "dense", "params": {"units": 8}, "in": {"x": "x"}}}}
    }  # fmt: skip
    document["nodes"]["deep"] = {"block": "step", "repeat": 2, "in": {"x": "act_1"}}
    document["nodes"]["dense_2"]["in"] = {"x": "deep"}
    document["nodes"]["dense_1"]["params"] = {"units": 8}
    _, looks = watched(tmp_path, network=document, trials=[{"number": 0, "seed": 1, "values": {}}])
    told = figures(looks, 0, watched=True).looks[0].nodes
    assert [n for n in told if n.startswith("deep")] == ["deep.0.half", "deep.1.half"]
    assert told["deep.1.half"].gradient_norm > 0
    inner = insides(looks, 0, "deep.1.half")
    assert set(inner.looks[0].weights) == set(inner.looks[0].gradients) == {"weight", "bias"}
    assert inner.looks[0].output.size > 0


def test_the_step_that_breaks_is_seen_and_its_first_node_named(tmp_path):
    trials = [{"number": 0, "seed": 1, "values": {"recipe.learning_rate": 1e30}}]
    result, looks = watched(tmp_path, trials=trials)
    seen = figures(looks, 0, watched=True)
    assert result["trials"][0]["state"] == "diverged"
    assert seen.broken.node in json.dumps(result["trials"][0])
    assert seen.looks[-1].step == seen.broken.step
    assert seen.looks[-1].nodes[seen.broken.node].bad > 0


def test_an_unknown_node_is_refused_with_its_neighbour(tmp_path):
    _, looks = watched(tmp_path)
    with pytest.raises(NotFoundError, match="'head'"):
        insides(looks, 0, "haed")


def test_a_terminal_shows_the_last_look_or_how_fast_a_node_moves(tmp_path):
    _, looks = watched(tmp_path)
    rows, heads = rows_of(figures(looks, 0, watched=True))
    assert (heads[0], rows[-1][0]) == ("node", "head")
    rows, heads = rows_of(insides(looks, 0, "head"))
    assert heads == ("epoch", "step", "weight update/weight", "bias update/weight")
    assert len(rows) == len(looks)


def test_many_looks_are_thinned_and_keep_their_ends():
    found = thinned(range(1000), most=7)
    assert len(found) == 7
    assert (found[0], found[-1]) == (0, 999)


def test_the_live_page_is_told_where_one_has_looked(project):
    asked = {"trials": 1, "epochs": 3, "recipe": {"batch_size": 64}, "watch": True}
    conduct(project.ports, project.ask("seen", **asked))
    events = [event for event in project.all(Event) if event.kind == "epochs"]
    told = [look for event in events for look in event.body["looks"]]
    looks = looks_at(seen_of(project.all(Experiment)[0], project.home), 0)
    assert [(one["trial"], one["step"]) for one in told] == [(0, look.step) for look in looks]
    assert json.loads(looks[0].model_dump_json())["norms"]
