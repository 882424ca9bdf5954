"""What is special about the ops that read sequences: order, padding, distance, sound, graphs."""

import math

import pytest
import torch
from torch import nn
from torch.func import functional_call, vmap

from danlu.compile.module import NetModule
from danlu.network.graph import Network
from danlu.network.ops.attention import Attention
from danlu.network.ops.base import Live, Op, trace
from danlu.network.ops.graph_attention import GraphAttention
from danlu.network.ops.graph_conv import GraphConv
from danlu.network.ops.gru import Gru
from danlu.network.ops.lstm import Lstm
from danlu.network.ops.mask_tokens import MaskTokens
from danlu.network.ops.matmul import Matmul
from danlu.network.ops.mel_spectrogram import MelSpectrogram
from danlu.network.ops.rnn import Rnn
from danlu.network.ops.select_last import SelectLast
from danlu.network.ports import Refusal
from danlu.tensor import TensorType
from danlu.train.noise import keys, uniform

SEQUENCE = TensorType.of("length=6, features=4")
RECURRENT = [Rnn(units=3), Gru(units=3), Lstm(units=3), Lstm(units=3, forget_gate=False)]
FORMS = [
    op.model_copy(update={"direction": way, "returns": returns})
    for op in RECURRENT
    for way in ("forward", "backward", "both")
    for returns in ("last", "sequence")
]
NAMES = [f"{type(o).__name__}-{o.direction}-{o.returns}-{i // 6}" for i, o in enumerate(FORMS)]


def layer_of(op: Op, **inputs: TensorType):
    given = {port.name: (inputs[port.name],) if port.name in inputs else () for port in op.ports}
    layer = op.build(given, head=1)
    state = {
        name: start(tuple(layer.get_parameter(name).shape), torch.Generator().manual_seed(i))
        for i, (name, start) in enumerate(layer.starts.items())
    }
    layer.load_state_dict(state)
    return layer.requires_grad_(False)


def run(layer, *tensors, **moment):
    return layer(*tensors, node="it", live=Live(**moment))


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("op", FORMS, ids=NAMES)
def test_what_is_masked_in_the_middle_is_stepped_over(op: Op) -> None:
    x, layer = noise(2, 6, 4), layer_of(op, x=SEQUENCE)
    mask = torch.tensor([[True, False, True, True, False, True]]).expand(2, 6)
    found = run(layer, x, masks=(mask,))
    wanted = run(layer, x[:, mask[0]])
    torch.testing.assert_close(found if op.returns == "last" else found[:, mask[0]], wanted)


@pytest.mark.parametrize("op", FORMS[::2], ids=NAMES[::2])
def test_a_row_that_is_all_padding_ends_in_zeros(op: Op) -> None:
    mask = torch.tensor([[True] * 6, [False] * 6])
    found = run(layer_of(op, x=SEQUENCE), noise(2, 6, 4), masks=(mask,))
    assert found[0].abs().min() > 0
    assert not found[1].any()


@pytest.mark.parametrize("op", FORMS, ids=NAMES)
def test_step_by_step_gives_what_the_kernel_gives(op: Op) -> None:
    layer, x = layer_of(op, x=SEQUENCE), noise(2, 6, 4)
    mask = torch.arange(6) < torch.tensor([[4], [6]])
    for masks in ((), (mask,)):
        native, fused = (run(layer, x, masks=masks, fused=f) for f in (False, True))
        torch.testing.assert_close(fused, native, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("op", RECURRENT)
def test_trials_can_be_judged_side_by_side(op: Op) -> None:
    layer, x = layer_of(op, x=SEQUENCE), noise(2, 6, 4)
    mask = torch.arange(6) < torch.tensor([[4], [6]])
    stack = {n: torch.stack([p, 2 * p]) for n, p in layer.state_dict().items()}
    live = Live(fused=True, masks=(mask,))
    found = vmap(lambda w: functional_call(layer, w, (x,), {"node": "it", "live": live}))(stack)
    torch.testing.assert_close(found[0], run(layer, x, masks=(mask,)), rtol=1e-5, atol=1e-6)


def test_the_cell_of_1997_only_adds() -> None:
    layer = layer_of(Lstm(units=3, forget_gate=False), x=SEQUENCE)
    twin = nn.LSTM(4, 3, batch_first=True).requires_grad_(False)
    for name, weight in layer.state_dict().items():
        enter, rest = weight.tensor_split([3])
        gate = torch.full_like(enter, 40.0 if name == "bias_hh_l0" else 0.0)
        twin.get_parameter(name).copy_(torch.cat([enter, gate, rest]))
    x = noise(2, 6, 4)
    torch.testing.assert_close(run(layer, x), twin(x)[0][:, -1])


def test_what_an_lstm_forgets_it_has_to_learn() -> None:
    op = Lstm(units=3)
    start = op.build({"x": (SEQUENCE,)}, head=1).starts["bias_ih_l0"]
    bias = start((12,), torch.Generator().manual_seed(0))
    assert bias[3:6].min() > 0.4
    assert bias[[0, 1, 2, 6, 7, 8, 9, 10, 11]].abs().max() < 0.6


def test_select_last_reads_the_last_that_is_real() -> None:
    x, layer = noise(3, 6, 4), layer_of(SelectLast(), x=SEQUENCE)
    mask = torch.tensor([[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0] * 6]).bool()
    found = run(layer, x, masks=(mask,))
    torch.testing.assert_close(found, torch.stack([x[0, 1], x[1, 5], torch.zeros(4)]))


def test_attention_without_a_look_ahead_ignores_what_comes_later() -> None:
    layer, x = layer_of(Attention(heads=2, causal=True), x=SEQUENCE), noise(1, 6, 4)
    changed = torch.cat([x[:, :4], noise(1, 2, 4, seed=1)], dim=1)
    found, other = run(layer, x), run(layer, changed)
    torch.testing.assert_close(found[:, :4], other[:, :4])
    assert (found[:, 4:] - other[:, 4:]).abs().min() > 1e-4


def test_cross_attention_is_that_of_torch() -> None:
    memory = TensorType.of("length=3, features=4")
    layer = layer_of(Attention(heads=2), x=SEQUENCE, memory=memory)
    twin = nn.MultiheadAttention(4, 2, batch_first=True).eval()
    twin.load_state_dict(layer.state_dict())
    x, other = noise(2, 6, 4), noise(2, 3, 4, seed=1)
    wanted = twin(x, other, other, need_weights=False)[0]
    torch.testing.assert_close(run(layer, x, other), wanted)


def test_rotary_positions_know_distances_only() -> None:
    layer = layer_of(Attention(heads=2, positions="rotary"), x=SEQUENCE)
    x = noise(1, 3, 4)
    mask = torch.tensor([[True, True, True, False, False, False]])
    early = run(layer, torch.cat([x, torch.zeros(1, 3, 4)], 1), masks=(mask,))[:, :3]
    late = run(layer, torch.cat([torch.zeros(1, 3, 4), x], 1), masks=(mask.flip(1),))[:, 3:]
    torch.testing.assert_close(early, late)
    turned = run(layer, x.flip(1)).flip(1)
    assert (turned - early).abs().max() > 1e-3


def test_who_sees_nothing_gets_no_number_that_is_none() -> None:
    layer = layer_of(Attention(heads=2), x=SEQUENCE, memory=SEQUENCE)
    mask = torch.tensor([[False] * 6])
    found = run(layer, noise(1, 6, 4), noise(1, 6, 4, seed=1), masks=(None, mask))
    assert torch.equal(found, torch.zeros(1, 6, 4))


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (Attention(heads=3), "heads_uneven"),
        (Attention(heads=4, positions="rotary"), "heads_uneven"),
        (Attention(heads=2, causal=True), "memory_unordered"),
    ],
)
def test_attention_that_makes_no_sense_is_refused(op: Op, code: str) -> None:
    found = trace(op, {"x": (SEQUENCE,), "memory": (SEQUENCE,)}, head=1)
    assert isinstance(found, Refusal)
    assert found.code == code


@pytest.mark.parametrize(
    ("op", "x", "y", "gives"),
    [
        (Matmul(), "features=4", "features=4", "features=1"),
        (Matmul(), "features=4", "length=3, features=4", "features=3"),
        (Matmul(), "length=6, features=4", "features=4", "length=6, features=1"),
        (Matmul(transpose=False), "features=3", "length=3, features=4", "features=4"),
    ],
)
def test_a_vector_is_a_sequence_of_one(op: Op, x: str, y: str, gives: str) -> None:
    assert op.on(x, y) == gives


def test_what_cannot_be_multiplied_is_refused() -> None:
    with pytest.raises(ValueError, match="pair_differs"):
        Matmul().on("features=4", "length=4, features=3")


def test_a_tone_lands_in_the_band_that_hears_it() -> None:
    op = MelSpectrogram(rate=8000, window=256, hop=128, bands=40)
    time = torch.arange(2000) / 8000
    tones = torch.stack([torch.sin(2 * math.pi * hertz * time) for hertz in (300.0, 2500.0)])
    found = run(layer_of(op, x=TensorType.of("features=2000")), tones).mean(1)
    step = 2595 * math.log10(1 + 4000 / 700) / 41
    wanted = [round(2595 * math.log10(1 + hertz / 700) / step) - 1 for hertz in (300, 2500)]
    assert found.argmax(1).tolist() == wanted


def test_the_spectrum_is_that_of_torch() -> None:
    op = MelSpectrogram(rate=8000, window=128, hop=64, bands=12, log=False)
    x = noise(2, 1000)
    wanted = torch.stft(
        x, 128, hop_length=64, window=torch.hann_window(128), center=False, return_complex=True
    )
    bands = layer_of(op, x=TensorType.of("features=1000"))
    power = wanted.abs().square()
    hertz = torch.arange(65) * 8000 / 128
    mel = torch.linspace(0, 2595 * math.log10(1 + 4000 / 700), 14)
    edges = 700 * (10 ** (mel / 2595) - 1)
    triangles = torch.stack([
        torch.minimum((hertz - a) / (b - a), (c - hertz) / (c - b)).clamp(min=0)
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ])  # fmt: skip
    torch.testing.assert_close(run(bands, x), (triangles @ power).mT, rtol=1e-3, atol=1e-3)


def test_a_waveform_of_one_feature_is_a_waveform() -> None:
    op, x = MelSpectrogram(window=128, hop=64, bands=8), noise(2, 500)
    flat, long = TensorType.of("features=500"), TensorType.of("length=500, features=1")
    found = run(layer_of(op, x=long), x.unsqueeze(-1))
    torch.testing.assert_close(found, run(layer_of(op, x=flat), x))


def test_a_sound_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="window_short"):
        MelSpectrogram(window=400).on("features=399")


@pytest.mark.parametrize("op", [GraphConv(units=3), GraphAttention(units=3, heads=1)])
def test_nodes_hear_their_neighbours_and_no_other(op: Op) -> None:
    square = TensorType.of("length=6, length=6")
    layer, x = layer_of(op, x=SEQUENCE, adjacency=square), noise(1, 6, 4)
    path = torch.diag(torch.ones(5), 1) + torch.diag(torch.ones(5), -1)
    changed = x.clone()
    changed[:, 0] += 1
    moved = (run(layer, x, path[None]) - run(layer, changed, path[None])).abs().amax(2)[0] > 1e-6
    assert moved.tolist() == [True, True, False, False, False, False]


def test_without_edges_a_graph_convolution_is_a_dense_layer() -> None:
    square = TensorType.of("length=6, length=6")
    layer, x = layer_of(GraphConv(units=3), x=SEQUENCE, adjacency=square), noise(2, 6, 4)
    found = run(layer, x, torch.zeros(2, 6, 6))
    torch.testing.assert_close(found, x @ layer.weight.T + layer.bias)


def test_tokens_are_hidden_as_often_as_said_and_padding_never() -> None:
    op = MaskTokens(p=0.5, token=9, vocabulary=100)
    layer = layer_of(op, x=TensorType.of("length=500", dtype="int64"))
    x = torch.full((200, 500), 50)
    x[:, 400:] = 0

    def draw(node: str, shape: tuple[int, ...]) -> torch.Tensor:
        return uniform(keys([1], [0])[0, 0], node, shape)

    found = run(layer, x, training=True, draw=draw)
    words = found[:, :400]
    hidden, kept = ((words == token).float().mean().item() for token in (9, 50))
    assert hidden == pytest.approx(0.4, abs=0.01)
    assert kept == pytest.approx(0.55, abs=0.01)
    assert not found[:, 400:].any()
    assert words.min() >= 1
    assert words.max() <= 99
    assert torch.equal(run(layer, x), x)


def test_what_is_marked_as_padding_never_reaches_the_answer() -> None:
    network = Network.model_validate({
        "name": "readings", "inputs": {"table": {}},
        "nodes": {
            "steps": {"op": "reshape", "params": {"to": [6, 2]}, "in": {"x": "table"}},
            "real": {"op": "mask_padding", "params": {"value": -1.0}, "in": {"x": "steps"}},
            "position": {"op": "positional_encoding", "in": {"x": "real"}},
            "look": {"op": "attention", "params": {"heads": 1}, "in": {"x": "position"}},
            "read": {"op": "lstm", "params": {"units": 3}, "in": {"x": "look"}},
            "head": {"op": "dense", "params": {"units": 1}, "in": {"x": "read"}},
        },
        "outputs": {"answer": "head"},
    })  # fmt: skip
    net = NetModule(network, {"table": TensorType.of("features=12")}, 1)
    net.load_state_dict(net.initial(0))
    longer = torch.cat([noise(1, 8), torch.full((1, 4), -1.0)], dim=1)
    shorter = Network.model_validate({
        **network.document(),
        "nodes": {
            **network.document()["nodes"],
            "steps": {"op": "reshape", "params": {"to": [4, 2]}, "in": {"x": "table"}},
        },
    })  # fmt: skip
    short = NetModule(shorter, {"table": TensorType.of("features=8")}, 1)
    short.load_state_dict(net.state_dict())
    with torch.no_grad():
        found = net({"table": longer}, Live())["answer"]
        wanted = short({"table": longer[:, :8]}, Live())["answer"]
    torch.testing.assert_close(found, wanted)
