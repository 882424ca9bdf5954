import shutil

import pytest
import torch
from torch.func import vmap

from danlu.train.compiled import COMPILERS, NoCompilerError, compiled, keep_in
from danlu.train.record import record


def steps(x, w):
    return [vmap(lambda a, b: torch.relu(a @ b).sum(0))(x, w)]


def test_what_is_compiled_gives_what_was_recorded(tmp_path):
    if not any(map(shutil.which, COMPILERS)):
        pytest.skip(f"none of {COMPILERS} is installed")
    keep_in(tmp_path)
    draw = torch.Generator().manual_seed(0)
    given = [torch.randn(3, 4, 5, generator=draw), torch.randn(3, 5, 2, generator=draw)]
    recorded = record(steps, given)
    found = compiled(recorded, given)
    given[1].mul_(-2)  # weights move in place
    torch.testing.assert_close(found(*given), recorded(*given))
    assert any(tmp_path.rglob("*.so")), "the machine code is kept for tomorrow"


def test_a_machine_without_a_compiler_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompilerError, match="installed"):
        compiled(record(steps, [torch.ones(1, 2, 2)] * 2), [torch.ones(1, 2, 2)] * 2)
