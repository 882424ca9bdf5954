"""The faster matrix library is used only where it is just as exact."""

import torch

from danlu.train.kernels import use_fastest_exact


def test_products_stay_exact_to_float32():
    use_fastest_exact()
    draw = torch.Generator().manual_seed(1)
    a, b = torch.randn(3, 300, 70, generator=draw), torch.randn(3, 70, 130, generator=draw)
    exact = a.double() @ b.double()
    assert (torch.bmm(a, b) - exact).abs().max() / exact.abs().max() < 1e-5
