"""The whole loop over HTTP: import, search, deploy, predict, feedback, restart; and bad input."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import danlu
from danlu.cli.replay import Server
from danlu.client.client import Client
from danlu.errors import (
    ConflictError,
    DanluError,
    DataError,
    ForbiddenError,
    InvalidError,
    NetworkError,
    NotFoundError,
)
from danlu.network.difference import Side
from danlu.network.sizes import Sizes


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    tree = Server(tmp_path_factory.mktemp("story") / "furnace", 0)
    with tree:
        yield tree


@pytest.fixture(scope="module")
def there(tree: Server, breast_cancer: Path) -> Iterator[Client]:
    """A server where `cancer` has been trained and put online over HTTP."""
    with client_of(tree) as there:
        there.datasets.add("cancer", breast_cancer)
        found = there.experiments.run(
            "cancer", data="cancer", target="diagnosis", trials=2, epochs=3, deploy="cancer"
        )
        assert found.state == "finished", found.cause
        until = time.monotonic() + 30
        while there.deployments.show("cancer").live is None and time.monotonic() < until:
            time.sleep(0.1)
        yield there


def client_of(tree: Server) -> Client:
    about = json.loads((tree.home / "run" / "server.json").read_text("utf-8"))
    return danlu.connect(about["url"], key=(tree.home / "run" / "token").read_text("ascii"))


def question(there: Client) -> dict[str, object]:
    row = dict(there.datasets.rows("cancer", limit=1)[0])
    row.pop("diagnosis")
    return row


def test_what_was_trained_over_http_answers_over_http(there: Client) -> None:
    answer = there.deployments.predict("cancer", [question(there)])
    (first,) = answer["predictions"]
    assert answer["model"] == "cancer@1"
    assert first["label"] in ("benign", "malignant")
    said = there.deployments.feedback("cancer", [{"id": first["id"], "truth": "malignant"}])
    assert said["accepted"] == 1
    lineage = there.deployments.lineage("cancer", first["id"])
    assert lineage["model"]["version"] == 1
    assert lineage["data"]["name"] == "cancer"


def test_the_loop_tells_its_days_over_http(there: Client) -> None:
    when = {"every": "week", "zone": "Asia/Shanghai", "drift": 0.3, "decay": 0.1, "new_data": True}
    loop = there.loops.set("cancer", data="cancer", experiment="cancer", **when)
    kinds = [trigger["kind"] for trigger in (loop.trigger, *loop.more)]
    assert kinds == ["schedule", "drift", "decay", "version"]
    assert len(there.loops.show("cancer")["coming"]) == 3
    model = str(there.deployments.show("cancer").live)
    decay, drift = there.loops.decay("cancer"), there.loops.drift("cancer")
    assert (decay["champion"], decay["metric"], drift["data"]) == (model, "auc", "cancer")
    assert sum(day["rows"] for day in decay["days"]) == len(there.loops.answers("cancer", model))
    assert [one["model"] for one in there.loops.touched("cancer", version=1)] == [model]
    assert there.loops.audit("cancer")[0].action == "set_loop"
    with pytest.raises(DanluError) as caught:
        there.loops.backtest("cancer", model)
    assert (caught.value.code, caught.value.values["least"]) == ("no_ripe_rows", 30)
    there.loops.delete("cancer")


def test_a_model_tells_where_it_errs_as_the_search_had_measured_it(there: Client) -> None:
    model, found = there.models.show("cancer@1"), there.models.mistakes("cancer@1")
    assert found["rows"] == model.manifest["rows"]["test"]
    assert found["metrics"]["auc"]["value"] == pytest.approx(model.metrics["auc"], abs=1e-6)
    assert sum(cell["rows"] for cell in found["confusion"]) == found["rows"]
    cell = found["confusion"][0]
    rows = there.models.mistakes("cancer@1", truth=cell["truth"], said=cell["said"])["cases"]
    assert {(one["truth"], one["said"]) for one in rows} == {(cell["truth"], cell["said"])}
    assert len(rows) == min(cell["rows"], 40)
    with pytest.raises(InvalidError, match="no class"):
        there.models.mistakes("cancer@1", truth="purple")
    assert "diagnosis" in there.models.card("cancer@1")


def test_a_trial_tells_where_it_erred_on_validation(there: Client) -> None:
    trial = next(t for t in there.experiments.trials("cancer") if t.state == "finished")
    found = there.experiments.mistakes("cancer", trial.number)
    best = {round(point["auc"], 6) for point in trial.curve if point.get("auc")}
    assert round(found["metrics"]["auc"]["value"], 6) in best


def test_traffic_is_told_and_the_champion_cannot_challenge_itself(there: Client) -> None:
    with pytest.raises(ConflictError, match="cannot challenge"):
        there.deployments.challenge("cancer", "cancer@1", share=0.0)
    there.deployments.predict("cancer", [question(there)] * 2)
    found = there.deployments.traffic("cancer", hours=1)
    assert found["total"]["requests"] >= 1
    assert found["total"]["p50"] > 0
    assert there.deployments.health("cancer")["ready"]
    with pytest.raises(ConflictError, match="no challenger"):
        there.deployments.withdraw("cancer")


def test_the_same_part_twice_is_recognised(there: Client, breast_cancer: Path) -> None:
    before = there.datasets.show("cancer").version
    there.datasets.add("cancer", breast_cancer)
    assert there.datasets.show("cancer").version == before


def test_missing_extra_and_unseen_values_are_answered(there: Client) -> None:
    odd = [{}, {"nonsense": 1}, question(there) | {"mean_radius": None}]
    assert len(there.deployments.predict("cancer", odd)["predictions"]) == 3


def test_a_wrong_type_names_row_and_column(there: Client) -> None:
    rows = [question(there), question(there) | {"mean_radius": "wide"}]
    with pytest.raises(DataError) as refused:
        there.deployments.predict("cancer", rows)
    assert refused.value.values["row"] == 1
    assert refused.value.values["column"] == "mean_radius"


def test_feedback_for_an_unknown_id_is_reported(there: Client) -> None:
    unknown = "01a20133-c6f9-7000-b622-33af1f000000"
    said = there.deployments.feedback("cancer", [{"id": unknown, "truth": "benign"}])
    assert said["unknown"] == [unknown]


def test_a_target_that_does_not_exist_suggests_the_near_one(there: Client) -> None:
    with pytest.raises(DataError, match="diagnosis"):
        there.networks.propose("cancer", "diagnosi")


@pytest.mark.parametrize("form", ["py", "torch", "svg", "onnx"])
def test_a_network_is_written_in_every_form(there: Client, form: str) -> None:
    network = there.networks.propose("cancer", "diagnosis")["network"]
    found = there.networks.convert(network, form, data="cancer", target="diagnosis")
    assert found["base64"] if form == "onnx" else len(found["text"]) > 500


def test_two_who_save_at_once_are_told_and_versions_come_back(there: Client) -> None:
    network = there.networks.propose("cancer", "diagnosis")["network"]
    first = there.networks.save("shared", network, revision=0, title="first")
    with pytest.raises(ConflictError) as refused:
        there.networks.save("shared", network | {"outputs": {}}, revision=0)
    assert refused.value.code == "revision_conflict"
    assert refused.value.values["revision"] == first.revision
    there.networks.save("shared", network | {"outputs": {}}, revision=first.revision)
    there.networks.title("shared", 2, "empty")
    assert there.networks.restore("shared", 1).hash == there.networks.show("shared", 1).hash
    assert [v.title for v in there.networks.versions("shared")] == ["", "empty", "first"]
    sides = Side(network="shared", version=1), Side(experiment="cancer", trial=0)
    assert there.networks.diff(*sides)["totals"][0]["parameters"] > 0


def test_a_file_is_imported_by_the_engine_and_nothing_is_saved(
    there: Client, tmp_path: Path
) -> None:
    before = there.networks.list()
    network = there.networks.propose("cancer", "diagnosis")["network"]
    path = tmp_path / "net.json"
    path.write_text(json.dumps(network), "utf-8")
    assert there.networks.import_file(path)["network"]["nodes"] == network["nodes"]
    path.write_bytes(b"\x00" * 1000)
    with pytest.raises(NetworkError, match="rubbish"):
        there.networks.import_file(path, called="rubbish.onnx")
    assert there.networks.list() == before


def test_sizes_stand_for_data(there: Client) -> None:
    network = there.networks.propose("cancer", "diagnosis")["network"]
    found = there.networks.check(network, sizes=Sizes(inputs={"table": "7"}, head=2))
    assert found["nodes"]["head"]["shape"] == "2"


def test_a_file_that_is_no_table_is_refused_with_its_reason(there: Client, tmp_path: Path) -> None:
    path = tmp_path / "noise.parquet"
    path.write_bytes(b"\x00\x01not a parquet")
    with pytest.raises(InvalidError):
        there.datasets.add("noise", path)
    assert "noise" not in {d.name for d in there.datasets.list()}


def test_a_predict_key_answers_for_its_deployment_and_sees_nothing(
    tree: Server, there: Client
) -> None:
    _, secret = there.keys.create("shop", "predict", deployment="cancer")
    url = json.loads((tree.home / "run" / "server.json").read_text("utf-8"))["url"]
    with danlu.connect(url, key=secret) as shop:
        assert shop.deployments.predict("cancer", [{}])["model"] == "cancer@1"
        with pytest.raises(ForbiddenError):
            shop.deployments.predict("other", [{}])
        with pytest.raises(ForbiddenError):
            shop.datasets.list()


def test_a_bundle_comes_whole(there: Client, tmp_path: Path) -> None:
    path = there.models.export("cancer@1", tmp_path / "cancer.zip")
    assert path.read_bytes()[:2] == b"PK"
    with pytest.raises(NotFoundError):
        there.models.export("cancer@9", tmp_path / "none.zip")


def test_the_printed_link_opens_the_page_once(tree: Server, there: Client) -> None:
    link = tree.login_link()
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(link).status_code == 303
        who = browser.get(re.sub(r"/login.*", "/api/v1/whoami", link)).json()
    assert who["role"] == "admin"
    assert httpx.get(link, trust_env=False).headers["location"] == "/login?failed=link"
    assert there.audit()


def test_a_restart_keeps_what_was_live_and_logged(tree: Server, there: Client) -> None:
    counted = there.deployments.counts("cancer")["predictions"]
    tree.__exit__()
    tree.__enter__()
    with client_of(tree) as again:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                assert again.deployments.predict("cancer", [{}])["model"] == "cancer@1"
                break
            except NotFoundError:  # its predictor starts
                time.sleep(0.1)
        assert again.deployments.counts("cancer")["predictions"] == counted + 1
