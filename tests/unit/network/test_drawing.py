"""Drawings: boxes never overlap, edges run beside them, text is escaped and fits."""

import random
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from danlu.errors import TooLargeError
from danlu.network.drawing.layers import Box, place
from danlu.network.drawing.lines import columns, text
from danlu.network.drawing.outline import TIMES, outline
from danlu.network.drawing.svg import svg
from danlu.network.graph import Network
from danlu.network.laws.analysis import NodeReport
from danlu.tensor import TensorType


def node(op: str, *sources: str, **more) -> dict:
    port = {"x": sources[0]} if len(sources) == 1 else {"xs": list(sources)}
    return {"op": op, "in": port, **more}


RESIDUAL = {
    "params": {"channels": 32}, "inputs": ["x"], "output": "sum",
    "nodes": {
        "conv": node("conv2d", "x", params={"channels": {"var": "channels"}}),
        "sum": node("add", "x", "conv"),
    },
}  # fmt: skip
NET = Network.model_validate({
    "name": "net", "inputs": {"image": {}},
    "nodes": {
        "res": {"block": "residual", "repeat": 3, "in": {"x": "image"}},
        "again": {"block": "residual", "frozen": True, "in": {"x": "res"}},
        "head": node("dense", "again", params={"units": "target"}, enabled=False),
    },
    "blocks": {"residual": RESIDUAL}, "outputs": {"label": "head"},
})  # fmt: skip


def tangle(seed: int, count: int = 24) -> tuple[dict[str, Box], list[tuple[str, str]]]:
    rng = random.Random(seed)
    names = [f"n{i}" for i in range(count)]
    boxes = {n: Box(rng.choice([0, 60, 120, 200]), rng.choice([0, 30, 90])) for n in names}
    edges = [
        (names[rng.randrange(i)], names[i])
        for i in range(1, count)
        for _ in range(rng.randint(1, 3))
    ]
    return boxes, edges


@pytest.mark.parametrize("seed", range(12))
def test_boxes_do_not_overlap(seed: int) -> None:
    boxes, edges = tangle(seed)
    at = place(boxes, edges).at
    areas = [(*at[n], b) for n, b in boxes.items() if b.width and b.height]
    clashes = [
        (a, b) for i, a in enumerate(areas) for b in areas[:i]
        if a[0] < b[0] + b[2].width and b[0] < a[0] + a[2].width
        and a[1] < b[1] + b[2].height and b[1] < a[1] + a[2].height
    ]  # fmt: skip
    assert not clashes


@pytest.mark.parametrize("seed", range(12))
def test_no_edge_runs_through_a_box(seed: int) -> None:
    boxes, edges = tangle(seed)
    placed = place(boxes, edges)
    through = [
        (edge, name)
        for edge, way in placed.ways.items()
        for (x, y), (u, v) in pairwise(way)
        for name, box in boxes.items()
        for left, top in [placed.at[name]]
        if min(x, u) < left + box.width - 1 and max(x, u) > left + 1
        and min(y, v) < top + box.height - 1 and max(y, v) > top + 1
    ]  # fmt: skip
    assert not through
    assert len(placed.ways) == len(set(edges))


def test_every_reader_is_below_what_it_reads() -> None:
    boxes, edges = tangle(99, 60)
    at = place(boxes, edges).at
    assert all(at[a][1] + boxes[a].height < at[b][1] for a, b in edges)


def test_a_ring_is_drawn_all_the_same() -> None:
    boxes = {n: Box(50, 20) for n in "abc"}
    placed = place(boxes, [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a"), ("a", "nowhere")])
    assert set(placed.ways) == {("a", "b"), ("b", "c")}


def test_an_edge_over_others_takes_a_straight_lane_beside_them() -> None:
    boxes = {n: Box(100, 30) for n in "abcd"}
    placed = place(boxes, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert len({placed.at[n][0] for n in "abcd"}) == 1
    assert max(x for x, _ in placed.ways["a", "d"]) > 100


def test_a_block_is_opened_where_it_is_first_used() -> None:
    steps = {s.name: s for s in outline(NET).steps}
    assert [s.name for s in steps["res"].inner.steps] == ["x", "conv", "sum", "→sum"]
    assert steps["again"].inner is None
    assert steps["again"].marks == ("frozen",)


def test_what_is_inside_is_reported_by_its_path() -> None:
    report = NodeReport(state="ok", type=TensorType.of("channels=32, height=4, width=4"))
    steps = {s.name: s for s in outline(NET, {"res.0.conv": report}).steps}
    inner = {s.name: s for s in steps["res"].inner.steps}
    assert inner["conv"].report == report


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_is_whole_and_always_the_same(theme) -> None:
    picture = svg(NET, theme=theme)
    root = ElementTree.fromstring(picture)
    said = "".join(root.itertext())
    assert all(word in said for word in ("res", "residual", "frozen", "off", "label", "target"))
    assert picture == svg(NET, theme=theme)
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_text_cannot_become_markup() -> None:
    bad = "<script>&\"'"
    net = Network.model_validate({
        "name": bad, "inputs": {"a": {"columns": [bad]}}, "outputs": {"y": "b"},
        "nodes": {"b": node("</g>", "a", params={"kind": bad})},
    })  # fmt: skip
    picture = svg(net)
    assert "<script>" not in picture
    assert bad in "".join(ElementTree.fromstring(picture).itertext())


def test_a_thousand_nodes_and_more_are_refused() -> None:
    nodes = {f"n{i}": node("dense", f"n{i - 1}" if i else "a") for i in range(1_001)}
    net = Network.model_validate({"inputs": {"a": {}}, "nodes": nodes, "outputs": {"y": "n9"}})
    with pytest.raises(TooLargeError) as caught:
        svg(net)
    assert caught.value.code == "drawing_large"


def test_more_long_edges_than_can_be_read_are_refused() -> None:
    names = [f"n{i}" for i in range(300)]
    boxes = {n: Box(50, 20) for n in names}
    with pytest.raises(TooLargeError):
        place(boxes, [(a, b) for i, b in enumerate(names) for a in names[:i]])


def test_a_terminal_shows_lanes_and_fits() -> None:
    drawn = text(NET, width=60)
    assert "├─╮" in drawn
    assert f"{TIMES}3" in drawn
    assert max(columns(line) for line in drawn.splitlines()) <= 60


def test_wide_letters_are_counted_as_two() -> None:
    net = Network.model_validate({
        "inputs": {"t": {"columns": ["温度", "湿度", "风速"]}}, "outputs": {"y": "h"},
        "nodes": {"h": node("dense", "t")},
    })  # fmt: skip
    report = NodeReport(state="ok", type=TensorType.of("features=3"), parameters=12)
    lines = text(net, {"h": report}, width=44).splitlines()
    assert max(columns(line) for line in lines) <= 44
    assert "温度" in lines[0]


def test_a_terminal_without_such_letters_gets_ascii() -> None:
    assert text(NET, plain=True).isascii()
