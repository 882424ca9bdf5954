"""One code path for every device: nothing is made, moved or mixed where it should not be."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.func import vmap

from danlu.errors import InvalidError, TrainingError
from danlu.network.ops.base import Live, ops
from danlu.testing.elsewhere import Elsewhere
from danlu.testing.encoded import cohort_args, trial
from danlu.testing.ops import Stand, variants
from danlu.train import batches, checkpoint, job
from danlu.train.device import HOST, Device
from danlu.train.noise import keys, uniform
from danlu.train.recipe import Recipe

RECIPE = {"epochs": 2, "batch_size": 64, "patience": 0}
HAS_CUDA = torch.cuda.is_available()
on_cuda = pytest.mark.skipif(not HAS_CUDA, reason="this machine has no cuda device")


def ended(result):
    return {
        t["number"]: (
            t["state"], t["metric"], t["curve"], t["weights"] and Path(t["weights"]).read_bytes(),
            t["reason"],
        )
        for t in result["trials"]
    }  # fmt: skip


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Train a cohort on some device, whatever its recipe says; rows are moved if there is room."""

    def run(device, *, room=1 << 40, report=lambda _event: None, **changes):
        monkeypatch.setattr(Device, "of", classmethod(lambda _cls, _recipe: device))
        monkeypatch.setattr(Device, "room_bytes", lambda _self: room)
        recipe = {**RECIPE, **changes.pop("recipe", {})}
        args = cohort_args(tmp_path / device.name, recipe=recipe, **changes)
        return ended(job.run(args, report))

    return run


def both(train, **changes):
    here = train(HOST, **changes)
    with Elsewhere() as place:
        there = train(place.device, **changes)
    assert place.done > 100
    return here, there


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "lion", "muon", "schedule_free"])
def test_a_cohort_elsewhere_is_the_same_to_the_bit(train, optimizer):
    here, there = both(train, recipe={"optimizer": optimizer, "ema": 0.9})
    assert there == here


@pytest.mark.parametrize("together", [1, 3])
def test_sizes_ways_and_augmentations_are_the_same_elsewhere(train, together):
    trials = [trial(n) for n in range(3)]
    for one, units, way, kind in zip(
        trials, (16, 8, 12), ("standard", "quantile", "min_max"), ("noise", "swap", "mixup"),
        strict=True,
    ):  # fmt: skip
        one["values"] |= {
            "dense_2.units": units, "recipe.preprocessing": way, "recipe.augmentation": kind
        }  # fmt: skip
    here, there = both(train, trials=trials, together=together)
    assert there == here


def test_rows_that_do_not_fit_move_batch_by_batch(train):
    here, there = both(train, room=0)
    assert there == here


def test_looking_inside_works_elsewhere(train, tmp_path):
    here, there = both(train, watch=str(tmp_path / "seen"), watch_every=3)
    assert there == here
    assert (tmp_path / "seen" / "0.jsonl").read_text().count("\n") > 3


def test_what_broke_is_found_elsewhere(train):
    wild = trial(0)
    wild["values"]["recipe.learning_rate"] = 1e30
    here, there = both(train, trials=[wild], together=1)
    assert there == here
    assert there[0][0] == "diverged"


def test_a_killed_cohort_goes_on_elsewhere(train):
    whole = train(HOST, recipe={"epochs": 3})

    def kill(event):
        if event["event"] == "epoch_done" and event["epoch"] == 2:
            raise InterruptedError

    with Elsewhere() as place:
        with pytest.raises(InterruptedError):
            train(place.device, recipe={"epochs": 3}, report=kill)
        events = []
        again = train(place.device, recipe={"epochs": 3}, report=events.append)
    assert any(e.get("text", "").startswith("resumed") for e in events)
    assert again == whole


def test_what_was_saved_elsewhere_is_read_here(tmp_path):
    with Elsewhere() as place:
        checkpoint.save(
            tmp_path, "k", "{}", {"w": torch.arange(6.0).view(2, 3).T.to(place.device.at)}
        )
    _, found = checkpoint.load(tmp_path, "k")
    assert torch.equal(found["w"], torch.arange(6.0).view(2, 3).T)


def test_two_devices_are_never_mixed():
    with Elsewhere() as place:
        x = torch.ones(3, device="cpu").to(place.device.at)
        with pytest.raises(AssertionError, match="two devices"):
            x + torch.ones(3, device="cpu")


@pytest.mark.parametrize("kind", ops().names())
def test_every_op_trains_and_answers_elsewhere(kind):
    stand = Stand(variants(ops().get(kind))[0])
    fused = stand.op.fusible
    with Elsewhere() as place:
        at = place.device.at
        buffers = {n: b.to(at) for n, b in stand.buffers().items()}
        stand.buffers = lambda: buffers
        inputs = [t.to(at) for t in stand.tensors]
        first = {n: torch.stack([w, w]).to(at) for n, w in stand.weights(0).items()}
        weights = {n: w.requires_grad_() for n, w in first.items()}

        def loss(own, key):
            extra = []
            live = Live(
                training=True, draw=lambda node, shape: uniform(key, node, shape), fused=fused,
                penalise=lambda _, value: extra.append(value),
            )  # fmt: skip
            return sum(extra, stand.run(own, live, inputs).float().square().mean())

        key = keys([1, 2], [0])[0].to(at)
        if fused:
            losses = vmap(loss, in_dims=(0 if weights else None, 0))(weights, key)
        else:
            losses = loss({n: w[0] for n, w in weights.items()}, key[0])
        if weights:
            torch.autograd.grad(losses.sum(), list(weights.values()), allow_unused=True)
        answer = stand.run({n: w[0] for n, w in weights.items()}, Live(), inputs)
    assert answer.device.type == place.device.name


def reference(seed, step, count):
    """Compute noise by numpy alone: whole numbers, then one multiplication added to a half."""
    key = keys([seed], [step]).numpy().view(np.uint32)[0, 0]
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(0x7F4A7C15)
        for odd, shift in ((0x7FEB352D, 16), (0x846CA68B, 15)):
            x = (x ^ (x >> np.uint32(shift))) * np.uint32(odd)
        x ^= x >> np.uint32(16)
        x ^= key * np.uint32(node_number())
        signed = (x * np.uint32(0x85EBCA6B)).view(np.int32)
        signed ^= signed >> np.int32(15)
        signed = (signed.view(np.uint32) * np.uint32(0xC2B2AE35)).view(np.int32)
    scale = 2.0**-32 * (1 - 2.0**-23)  # the product is exact in float64, and rounded once
    return (0.5 + signed.astype(np.float32).astype(np.float64) * scale).astype(np.float32)


def node_number():
    return (zlib.crc32(b"drop_1") * 0x9E3779B1 | 1) & 0xFFFFFFFF


def drawn(at, count=10_007):
    return uniform(keys([3], [5]).to(at)[0, 0], "drop_1", (count,)).cpu()


def test_noise_is_whole_numbers_that_no_device_rounds():
    found, wanted = drawn("cpu").numpy(), reference(3, 5, 10_007)
    assert np.abs(found - wanted).max() <= 2.0**-25  # some processors round the product too
    with Elsewhere() as place:
        assert torch.equal(drawn(place.device.at), torch.from_numpy(found))


@on_cuda
def test_noise_is_the_same_on_cuda():
    assert torch.equal(drawn("cuda"), drawn("cpu"))


@on_cuda
@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_a_cohort_on_cuda_learns_what_it_learns_here(train, precision):
    here, there = train(HOST), train(Device("cuda", precision))
    near = 1e-3 if precision == "float32" else 0.1
    for number, (_, metric, curve, *_) in there.items():
        assert curve[-1]["loss"] == pytest.approx(here[number][2][-1]["loss"], rel=near)
        assert metric == pytest.approx(here[number][1], abs=near)


def test_auto_is_the_best_device_there_is():
    best = "cuda" if HAS_CUDA else "mps" if torch.backends.mps.is_available() else "cpu"
    found = Device.of(Recipe())
    assert found == Device(best, "bf16" if best == "cuda" else "float32")
    assert Device.of(Recipe(device="cpu")) == HOST


@pytest.mark.skipif(HAS_CUDA, reason="this machine has a cuda device")
def test_a_device_that_is_not_there_is_refused(tmp_path):
    args = cohort_args(tmp_path, recipe={"device": "cuda"})
    with pytest.raises(InvalidError, match="no device 'cuda'") as caught:
        job.run(args, [].append)
    assert caught.value.code == "device_missing"
    assert caught.value.where == "recipe.device"
    assert "auto" in caught.value.do


def test_a_full_device_is_told_as_want_of_memory(train, monkeypatch):
    def full(*_args, **_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore")

    monkeypatch.setattr("danlu.train.job.first_state", full)
    with pytest.raises(TrainingError, match="Tried to allocate") as caught:
        train(HOST)
    assert caught.value.code == "out_of_memory"


def test_rows_keep_their_order_wherever_they_lie(tmp_path):
    args = cohort_args(tmp_path)
    rows = batches.load(Path(args["encoded"])).train
    index = batches.order(len(rows), 7, 1)[:9]
    with Elsewhere() as place:
        moved, kept = rows.on(place.device, 1 << 40), rows.on(place.device, 0)
        assert moved.target.device.type == place.device.name
        assert kept.target.device.type == "cpu"
        for found in (moved.take(index.to(place.device.at)), kept.take(index)):
            assert torch.equal(found.target.cpu(), rows.target[index])
