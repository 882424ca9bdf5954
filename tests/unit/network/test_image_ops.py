"""What is special about the ops for images and sequences."""

import pytest
import torch
from torch import nn

from danlu.network.laws.analysis import SENTENCES
from danlu.network.laws.mends import mends
from danlu.network.ops.base import Live, ops, trace
from danlu.network.ports import Refusal
from danlu.network.windows import Window
from danlu.tensor import TensorType

IMAGE, SEQUENCE = "channels=4, height=8, width=6", "length=6, features=4"
CONVOLUTIONS = ("conv2d", "depthwise_conv2d")


def build(kind, types, /, **params):
    op = ops().get(kind)(**params)
    inputs = {"x": (TensorType.of(types),)}
    assert op.refuse(inputs) is None
    return op.build(inputs, head=1)


def run(layer, x, **live):
    return layer(x, node="it", live=Live(**live))


@pytest.mark.parametrize(
    ("kind", "params", "given", "code"),
    [
        ("conv2d", {"kernel": 7, "padding": "valid"}, IMAGE, "kernel_large"),
        ("conv2d", {"kernel": 3, "dilation": 4, "padding": 1}, IMAGE, "kernel_large"),
        ("conv2d", {"groups": 3}, IMAGE, "groups_uneven"),
        ("conv2d", {"groups": 4, "channels": 6}, IMAGE, "groups_uneven"),
        ("conv1d", {"kernel": 7, "padding": "valid"}, SEQUENCE, "kernel_large"),
        ("conv1d", {"groups": 3}, SEQUENCE, "groups_uneven"),
        ("depthwise_conv2d", {"kernel": (9, 1), "padding": "valid"}, IMAGE, "kernel_large"),
        ("transposed_conv2d", {"groups": 3}, IMAGE, "groups_uneven"),
        ("transposed_conv2d", {"padding": 20}, IMAGE, "crop_large"),
        ("pool", {"kernel": 7}, IMAGE, "kernel_large"),
        ("pool", {"kernel": (2, 3)}, SEQUENCE, "sides_many"),
        ("pool", {"kernel": 3, "padding": 2}, IMAGE, "pad_large"),
        ("pad", {"before": 8, "mode": "reflect"}, IMAGE, "pad_large"),
        ("pad", {"before": (1, 2)}, SEQUENCE, "sides_many"),
        ("crop", {"before": 3, "after": 3}, IMAGE, "crop_large"),
        ("crop", {"after": (1, 2)}, SEQUENCE, "sides_many"),
        ("group_norm", {"groups": 3}, IMAGE, "groups_uneven"),
        ("permute", {"order": (1, 2)}, IMAGE, "axes_order"),
        ("permute", {"order": (1, 1, 2)}, IMAGE, "axes_order"),
        ("reshape", {"to": (7, -1)}, IMAGE, "reshape_uneven"),
        ("reshape", {"to": (191,)}, IMAGE, "reshape_uneven"),
        ("slice", {"start": 4}, IMAGE, "slice_empty"),
        ("slice", {"axis": 3}, SEQUENCE, "axes_order"),
    ],
)
def test_what_does_not_fit_is_refused_in_our_words(kind, params, given, code):
    found = trace(ops().get(kind)(**params), {"x": (TensorType.of(given),)}, head=1)
    assert isinstance(found, Refusal)
    assert (found.code, found.port) == (code, "x")
    assert SENTENCES[code].format(**found.args, source="it")


def test_an_absurd_output_is_refused_before_there_is_memory_for_it():
    image = TensorType.of("channels=64, height=4096, width=4096")
    found = trace(ops().get("upsample")(factor=64), {"x": (image,)}, head=1)
    assert isinstance(found, Refusal)
    assert found.code == "output_large"


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
def test_same_padding_is_that_of_torch(kernel):
    window = Window(kernel, padding="same")
    torchs = nn.Conv1d(1, 1, kernel, padding="same")._reversed_padding_repeated_twice
    assert [window.before, window.after] == torchs


@pytest.mark.parametrize("kind", CONVOLUTIONS)
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_same_padding_gives_one_output_per_stride(kind, stride, kernel):
    layer = build(kind, IMAGE, kernel=kernel, stride=stride, padding="same")
    out = run(layer, torch.zeros(1, 4, 8, 6))
    assert tuple(out.shape[2:]) == (-(-8 // stride), -(-6 // stride))


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_same_transposed_multiplies_every_side_by_the_stride(kernel, stride):
    layer = build("transposed_conv2d", IMAGE, kernel=kernel, stride=stride)
    assert tuple(run(layer, torch.zeros(1, 4, 8, 6)).shape[2:]) == (8 * stride, 6 * stride)


@pytest.mark.parametrize(
    "params",
    [
        {"padding": "same"},
        {"padding": "same", "stride": 2},
        {"padding": "causal", "dilation": 2},
        {"padding": "valid", "kernel": 2},
        {"padding": 1, "kernel": 2},
        {"padding": 2, "kernel": 3, "stride": 2},
    ],
)
@pytest.mark.parametrize("length", [3, 5, 8])
def test_a_padded_sequence_convolves_like_the_short_one(params, length):
    long, short = (build("conv1d", f"length={n}, features=4", **params) for n in (9, length))
    generator = torch.Generator().manual_seed(0)
    weights = {n: s(long.get_parameter(n).shape, generator) for n, s in long.starts.items()}
    long.load_state_dict(weights)
    short.load_state_dict(weights)
    x = torch.randn(2, 9, 4, generator=generator)
    masks = ((torch.arange(9) < length).expand(2, 9),)
    wanted = run(short, x[:, :length])
    real = long.mask((x,), masks)
    found = run(long, x, masks=masks)[real].view(2, -1, wanted.shape[-1])
    torch.testing.assert_close(found, wanted)


def test_a_causal_convolution_sees_nothing_of_what_comes_later():
    layer = build("conv1d", SEQUENCE, kernel=3, padding="causal", dilation=2)
    layer.weight.data.fill_(1.0)
    x = torch.ones(1, 6, 4)
    later = x.clone()
    later[:, 4:] = 9.0
    torch.testing.assert_close(run(layer, x)[:, :4], run(layer, later)[:, :4])


def test_an_average_leaves_out_what_lies_past_the_edge():
    layer = build("pool", IMAGE, kind="average", kernel=4, stride=2, padding="same")
    ones = torch.ones(1, 4, 8, 6)
    torch.testing.assert_close(run(layer, ones), torch.ones(1, 4, 4, 3))


def test_global_pool_of_nothing_real_is_zero():
    layer = build("global_pool", SEQUENCE, kind="max")
    found = run(layer, torch.ones(1, 6, 4), masks=(torch.zeros(1, 6, dtype=torch.bool),))
    torch.testing.assert_close(found, torch.zeros(1, 4))


@pytest.mark.parametrize(("axis", "wanted"), [(1, (2, 8, 6)), (2, (4, 6, 6)), (3, (4, 8, 4))])
def test_a_slice_is_taken_along_any_axis(axis, wanted):
    layer = build("slice", IMAGE, axis=axis, start=2)
    assert tuple(run(layer, torch.zeros(1, 4, 8, 6)).shape[1:]) == wanted


def test_batch_norm_of_a_padded_sequence_counts_real_positions_only():
    layer = build("batch_norm", SEQUENCE, momentum=1.0)
    x = torch.randn(5, 6, 4, generator=torch.Generator().manual_seed(0))
    mask = torch.arange(6) < torch.tensor([6, 4, 1, 5, 3])[:, None]
    run(layer, x.masked_fill(~mask.unsqueeze(-1), 100.0), masks=(mask,), training=True)
    torch.testing.assert_close(layer.running_mean, x[mask].mean(0))
    torch.testing.assert_close(layer.running_var, x[mask].var(0))


@pytest.mark.parametrize(
    ("given", "torchs"), [(IMAGE, nn.BatchNorm2d), ("features=4", nn.BatchNorm1d)]
)
def test_torchs_batch_norm_loads_ours_strictly(given, torchs):
    ours = build("batch_norm", given)
    theirs = torchs(4)
    theirs.load_state_dict({n: t + 1 for n, t in ours.state_dict().items()})
    assert theirs.running_mean.tolist() == [1.0] * 4


def test_noise_has_the_deviation_that_was_asked_for():
    layer = build("noise", "features=1000", deviation=0.5)
    draw = torch.rand((200, 1000), generator=torch.Generator().manual_seed(0))
    out = run(layer, torch.zeros(200, 1000), training=True, draw=lambda *_: draw)
    assert out.mean().abs() < 0.01
    assert out.std() == pytest.approx(0.5, rel=0.01)


def test_noise_of_a_draw_at_the_very_edge_is_finite():
    layer = build("noise", "features=2")
    draw = torch.tensor([[0.0, 1.0]])
    out = run(layer, torch.zeros(1, 2), training=True, draw=lambda *_: draw)
    assert torch.isfinite(out).all()


@pytest.mark.parametrize(
    ("given", "reader", "wanted"),
    [
        ("features=64", "conv2d", ("reshape", {"to": [1, 8, 8]})),
        ("features=64", "conv1d", ("reshape", {"to": [8, 8]})),
        ("features=6", "conv1d", ("reshape", {"to": [6, 1]})),
        (IMAGE, "dense", ("global_pool", {})),
        (SEQUENCE, "conv2d", ("reshape", {"to": [1, 6, 4]})),
    ],
)
def test_what_has_other_axes_can_be_mended(given, reader, wanted):
    op = ops().get(reader)()
    first = next(iter(mends(TensorType.of(given), op.ports[0], op)))
    assert (first.op, first.params) == wanted
