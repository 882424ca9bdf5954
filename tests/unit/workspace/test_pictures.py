"""Pictures, whole: handwritten digits as PNG files become a model that reads a data URI."""

import io
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import danlu
from danlu.api.routes.datasets import show_picture
from danlu.data import media, picture
from danlu.errors import DataError, NotFoundError
from danlu.workspace.workspace import Workspace

HELD_OUT = 200
pytestmark = pytest.mark.xdist_group("pictures")  # one search for all of them


def png(shades: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.round(shades * 255 / 16).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def digits() -> list[tuple[bytes, str]]:
    found = load_digits()
    return [(png(x), str(y)) for x, y in zip(found.images, found.target, strict=True)]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory, digits: list[tuple[bytes, str]]) -> Workspace:
    """A workspace in which a model reads digits, from a folder of pictures on."""
    root = tmp_path_factory.mktemp("pictures")
    for number, (content, label) in enumerate(digits[HELD_OUT:]):
        path = root / "digits" / label / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with danlu.open(root / "w") as found:
        found.datasets.add("digits8", root / "digits")
        found.experiments.run("read", data="digits8", target="label", trials=4, epochs=8)
        found.deployments.create("reader", "read@1")
        yield found


def test_a_small_network_of_convolutions_is_proposed(ws: Workspace) -> None:
    spec = ws.networks.propose("digits8", "label")
    assert spec["entry"] == "lenet5"
    assert spec["network"]["inputs"] == {"image": {"columns": ["image"]}}
    fits = {
        e["entry"]: e["why_not"]
        for e in ws.networks.gallery(data="digits8", target="label")["items"]
    }
    assert [name for name, why in fits.items() if why is None] == [
        "alexnet_small", "lenet5", "resnet", "vit",
    ]  # fmt: skip


def test_four_trials_read_nine_of_ten_digits_from_data_uris(
    ws: Workspace, digits: list[tuple[bytes, str]]
) -> None:
    rows = [{"image": media.uri(content)} for content, _ in digits[:HELD_OUT]]
    said = ws.deployments.predict("reader", rows)["predictions"]
    right = sum(p["label"] == label for p, (_, label) in zip(said, digits, strict=False))
    assert right > 0.9 * HELD_OUT


def test_missing_is_answered_and_broken_is_refused_by_its_row(ws: Workspace) -> None:
    said = ws.deployments.predict("reader", [{"image": None}, {}])["predictions"]
    assert said[0]["probabilities"] == said[1]["probabilities"]
    assert said[1]["warnings"][0]["code"] == "missing_columns"
    good, cut = media.uri(png(np.zeros((8, 8)))), media.uri(png(np.zeros((8, 8)))[:45])
    with pytest.raises(DataError, match="takes an image") as error:
        ws.deployments.predict("reader", [{"image": good}, {"image": cut}])
    assert (error.value.code, error.value.where) == ("wrong_type", "row 1")


def test_the_log_keeps_the_picture_the_network_saw(ws: Workspace) -> None:
    noise = np.random.default_rng(0).integers(0, 17, (400, 400))
    row = {"image": media.uri(png(noise)), "order": 7}
    asked = ws.deployments.predict("reader", [row])["predictions"][0]
    kept = next(p for p in ws.deployments.predictions("reader", limit=5) if p["id"] == asked["id"])
    content = media.of_text(kept["row"]["image"])
    assert picture.look(content) == "PNG 8 x 8 L"
    assert len(msgspec.json.encode(kept["row"])) < 400 < len(row["image"]) // 100
    assert kept["row"]["order"] == 7
    again = ws.deployments.predict("reader", [kept["row"]])["predictions"][0]
    assert again["probabilities"] == asked["probabilities"]


def test_rows_are_pictures_and_one_is_shown_whole(ws: Workspace) -> None:
    rows = ws.datasets.rows("digits8", limit=2, short=True)
    assert media.of_text(rows[1]["image"]) == ws.datasets.picture("digits8", "image", 1)
    with pytest.raises(DataError, match="holds no pictures"):
        ws.datasets.picture("digits8", "label", 0)


def test_the_form_offers_a_picture_of_the_right_size(ws: Workspace) -> None:
    (column,) = ws.deployments.schema("reader")["columns"]
    assert (column["kind"], column["size"]) == ("image", [1, 8, 8])
    assert picture.look(media.of_text(column["example"])) == "PNG 8 x 8 L"


def test_a_folder_that_is_added_again_is_known(ws: Workspace) -> None:
    before = ws.datasets.show("digits8").version
    assert ws.datasets.add("digits8", Path(ws.home).parent / "digits").version == before


def test_one_picture_is_shown_as_what_it_is_and_nothing_else(ws: Workspace) -> None:
    shown = show_picture(ws, "digits8", 1, "image", version=1)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.body == ws.datasets.picture("digits8", "image", 1)
    with pytest.raises(NotFoundError, match="no row"):
        show_picture(ws, "digits8", 10**6, "image", version=1)


def test_logged_pictures_come_back_as_rows_to_learn_from(ws: Workspace, tmp_path: Path) -> None:
    asked = ws.deployments.predict("reader", [{"image": media.uri(png(np.eye(8) * 16))}])
    kept = ws.deployments.predictions("reader", limit=1)[0]
    assert kept["id"] == asked["predictions"][0]["id"]
    line = json.dumps({"image": kept["row"]["image"], "file": None, "label": "1"})
    (tmp_path / "joined.jsonl").write_text(line + "\n")
    version = ws.datasets.add("digits8", tmp_path / "joined.jsonl")
    (row,) = ws.datasets.rows("digits8", offset=version.rows - 1)
    assert row == json.loads(line)


def test_pictures_and_columns_are_read_side_by_side(
    ws: Workspace, digits: list[tuple[bytes, str]], tmp_path: Path
) -> None:
    lines = [
        json.dumps({"photo": media.uri(content), "ink": len(content), "even": int(label) % 2 == 0})
        for content, label in digits[:120]
    ]
    (tmp_path / "mixed.jsonl").write_text("\n".join(lines))
    ws.datasets.add("mixed", tmp_path / "mixed.jsonl", kinds={"photo": "image:6x5 colour"})
    found = ws.networks.propose("mixed", "even")["network"]
    assert found["inputs"] == {"table": {}, "image": {"columns": ["photo"]}}
    checked = ws.networks.check(found, data="mixed", target="even")
    assert checked["problems"] == []
    seen = ws.networks.peek(found, "image", data="mixed", target="even")
    assert seen["shape"] == [3, 6, 5]
