"""Which trials get the same key: those that can train as one, and no others."""

from danlu.experiment.desk import keys
from danlu.tensor import TensorType

TYPES = {"table": TensorType.of("features=16").model_dump(mode="json")}


def network(*nodes):
    """Return a document of nodes one after the other."""
    chain = [*nodes, ("head", "dense", {"units": "target"})]
    sources = ["table", *(name for name, _, _ in chain)]
    return {
        "format": "danlu.network", "version": 2, "name": "chain", "inputs": {"table": {}},
        "nodes": {name: {"op": op, "params": params, "in": {"x": source}}
                  for source, (name, op, params) in zip(sources, chain, strict=False)},
        "outputs": {"y": "head"},
    }  # fmt: skip


def grouped(document, trials):
    """Return the trials of every key, and the words for how."""
    asked = {"network": document, "types": TYPES, "head": 1, "trials": trials}
    found = keys(asked, None)
    groups = {}
    for number, one in enumerate(found["trials"]):
        groups.setdefault(one["key"], []).append(number)
    return sorted(groups.values()), {found["how"][key] for key in groups}


IMAGE = ("image", "reshape", {"to": [1, 4, 4]})


def test_channels_units_and_kernels_per_channel_train_as_one():
    document = network(
        IMAGE, ("conv", "conv2d", {}), ("each", "depthwise_conv2d", {}), ("flat", "flatten", {}),
        ("dense", "dense", {}),
    )  # fmt: skip
    trials = [{"conv.channels": c, "each.multiplier": m, "dense.units": u}
              for c, m, u in ((8, 1, 16), (12, 2, 8), (16, 1, 24))]  # fmt: skip
    assert grouped(document, trials) == ([[0, 1, 2]], {"fused"})


def test_a_kernel_is_another_cohort():
    document = network(IMAGE, ("conv", "conv2d", {}), ("flat", "flatten", {}))
    trials = [{"conv.kernel": kernel} for kernel in (1, 3, 1)]
    assert grouped(document, trials)[0] == [[0, 2], [1]]


def test_where_one_node_refuses_those_that_are_alike_there_stay_together():
    document = network(
        IMAGE, ("conv", "conv2d", {"groups": 1}), ("apart", "conv2d", {"groups": 2}),
        ("flat", "flatten", {}), ("dense", "dense", {}),
    )  # fmt: skip
    trials = [{"apart.channels": c, "dense.units": u}
              for c, u in ((4, 8), (8, 8), (4, 6), (8, 12))]  # fmt: skip
    assert grouped(document, trials) == ([[0, 2], [1, 3]], {"fused"})
