"""Weights that are frozen stay as they start; what a layer penalises joins the loss."""

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from danlu.compile.module import NetModule
from danlu.network.graph import Network
from danlu.network.ops.base import Layer, Live
from danlu.tasks.base import load as load_task
from danlu.testing.encoded import TASK, cohort_args, network, trial
from danlu.train.batches import Rows, load
from danlu.train.job import run
from danlu.train.noise import keys
from danlu.train.step import Given, Step, Stepper

torch.set_num_threads(1)
RECIPE = {"epochs": 3, "batch_size": 64, "patience": 0, "weight_decay": 0.5}


def frozen():
    found = network()
    found["nodes"]["dense_1"]["frozen"] = True
    return found


def train(folder, **changes):
    args = cohort_args(folder, network=frozen(), recipe=RECIPE, **changes)
    return args, {t["number"]: t for t in run(args, [].append)["trials"]}


def test_frozen_weights_stay_and_the_rest_moves(tmp_path):
    _, found = train(tmp_path)
    data = load(tmp_path / "encoded")
    net = NetModule(Network.model_validate(frozen()), data.types, 1)
    for number, one in found.items():
        first = net.initial(trial(number)["seed"])
        last = load_file(one["weights"])
        assert torch.equal(first["dense_1.weight"], last["dense_1.weight"])
        assert not torch.equal(first["dense_2.weight"], last["dense_2.weight"])


def test_a_frozen_trial_alone_is_what_it_is_in_a_cohort(tmp_path):
    _, together = train(tmp_path / "three")
    _, alone = train(tmp_path / "one", trials=[trial(1)])
    mine, theirs = load_file(alone[1]["weights"]), load_file(together[1]["weights"])
    for name, tensor in mine.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-4, atol=1e-5)


def test_a_network_that_is_frozen_altogether_is_judged_and_stays(tmp_path):
    still = frozen()
    for node in still["nodes"].values():
        node["frozen"] = True
    found = run(cohort_args(tmp_path, network=still, recipe=RECIPE), [].append)["trials"]
    assert {t["state"] for t in found} == {"finished"}


class Penalised(nn.Module):
    """A head that asks for small outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 8))

    def forward(self, inputs: dict[str, Tensor], live: Live) -> dict[str, Tensor]:
        out = inputs["table"] @ self.weight.T
        live.penalise("head", out.square().mean())
        live.penalise("head", self.weight.abs().sum())
        return {"y": out}


def test_penalties_join_the_loss_and_its_gradient():
    draw = torch.Generator().manual_seed(1)
    x, y = torch.randn(32, 8, generator=draw), torch.randint(0, 2, (32,), generator=draw)
    weight = torch.randn(1, 8, generator=draw, requires_grad=True)
    step = Step(Penalised(), load_task(TASK))
    loss, _ = step.loss({"weight": weight}, {}, Given({}, {}), keys([1], [0])[0, 0],
                        ({"table": x}, y), fused=False)  # fmt: skip
    out = x @ weight.T
    plain = load_task(TASK).loss(out, y, {}).mean()
    torch.testing.assert_close(loss, plain + out.square().mean() + weight.abs().sum())
    assert torch.autograd.grad(loss, weight)[0].abs().sum() > 0


def test_layers_are_told_whether_they_are_fused():
    told: list[bool] = []

    class Asking(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(8))

        def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
            told.append(live.fused)
            return (tensors[0] * self.weight).sum(-1, keepdim=True)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = Asking()

        def forward(self, inputs: dict[str, Tensor], live: Live) -> dict[str, Tensor]:
            return {"y": self.head(inputs["table"], node="head", live=live)}

    stepper = Stepper(Step(Net(), load_task(TASK)), traced=False)
    batch = Rows({"table": torch.randn(4, 8)}, torch.tensor([0, 1, 1, 0]))
    both, every = {"head.weight": torch.randn(2, 8)}, keys([1, 2], [0])[0]
    stepper.run(both, {}, Given({}, {}), every, batch, stays=False)
    one = {"head.weight": torch.randn(8)}
    stepper.run(one, {}, Given({}, {}), every[0], batch, stays=False)
    assert told == [True, False]
