"""A recording repeats bit for bit what was done, on other values of the same shapes."""

import pytest
import torch
from torch.func import grad, vmap

from danlu.testing.elsewhere import Elsewhere
from danlu.train.noise import keys, uniform
from danlu.train.record import record


def stepped(x, w, shift):
    """Views, in-place writes, tuples, constants and derivatives of a stack."""

    def loss(w):
        h = torch.nn.functional.layer_norm(x @ w, (3,)).relu()
        h = h + torch.tensor([1.0, 2.0, 3.0])
        noise = (h.detach() * 0).add_(shift).mul_(2.0)
        return (h * noise.view(-1, 3)).square().sum()

    return [vmap(grad(loss))(w).contiguous(), torch.stack(torch.unbind(w), dim=1)]


def draws(seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = ((7, 4), (5, 4, 3), ())
    return [torch.randn(s, generator=generator) for s in sizes]


def test_other_values_give_what_the_function_gives():
    recording = record(lambda *t: stepped(*t), draws(1))
    for made, known in zip(recording(*draws(2)), stepped(*draws(2)), strict=True):
        assert torch.equal(made, known)


def test_inputs_are_left_as_they_were():
    given = draws(3)
    record(lambda *t: stepped(*t), given)(*given)
    assert all(torch.equal(a, b) for a, b in zip(given, draws(3), strict=True))


def test_what_depends_on_the_data_is_refused():
    with pytest.raises(AssertionError, match="cannot be recorded"):
        record(lambda x: [x * float(x.sum())], [torch.ones(3)])


def test_gradients_of_weights_are_recorded_without_a_transposed_copy():
    def stepped(x, w):
        leaf = w.detach().requires_grad_()
        out = torch.bmm(x, leaf.transpose(1, 2)).square().sum()
        return [torch.autograd.grad(out, leaf)[0].contiguous()]

    x, w = torch.randn(3, 7, 4), torch.randn(3, 5, 4)
    recording = record(stepped, [x, w])
    torch.testing.assert_close(recording(x, w)[0], stepped(x, w)[0])
    assert recording(x, w)[0].is_contiguous()
    names = [str(n.target) for n in recording.__self__.graph.nodes]
    assert "aten.clone.default" not in names


def test_what_follows_from_a_constant_alone_is_done_once():
    outside = torch.arange(6).view(2, 3)
    recording = record(lambda x: [x + outside.to(torch.float32).square()], [torch.ones(2, 3)])
    assert torch.equal(recording(torch.zeros(2, 3))[0], outside.float().square())
    done = [n for n in recording.__self__.graph.nodes if n.op.startswith("call")]
    assert len(done) == 1


def test_noise_is_not_carried_to_its_device_at_every_step():
    with Elsewhere() as place:
        at = place.device.at
        key = keys([1, 2], [0])[0].to(at)
        recording = record(lambda k: [vmap(lambda one: uniform(one, "carried", (5, 7)))(k)], [key])
        assert torch.equal(recording(key)[0].cpu(), recording(key)[0].cpu())
    moves = [n for n in recording.__self__.graph.nodes if "device" in n.kwargs]
    assert moves == []
