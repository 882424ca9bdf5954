"""A workspace in place: deployments, predictions, keys and loops without a server."""

import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import danlu
from danlu.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from danlu.store.chain import first_broken
from danlu.store.records import Audit, Dataset, Experiment, Identity, Model, Version
from danlu.store.rights import itself
from danlu.testing.bundles import tiny_bundle
from danlu.workspace.experiments import earlier
from danlu.workspace.keys import digest
from danlu.workspace.workspace import Workspace

ROW = {"distance": 900, "hour": 3, "carrier": "AA", "holiday": True}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("bundles")
    for seed in (1, 2):
        tiny_bundle(root / str(seed), seed=seed)
    return [root / "1", root / "2"]


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with danlu.open(tmp_path / "w") as found:
        yield found


def register(ws: Workspace, folder: Path, version: int) -> None:
    files = {path.name: ws.blobs.put_file(path) for path in folder.iterdir()}
    with ws.store.begin(ws.who) as tx:
        tx.insert(
            Model(
                project=ws.who.project, name="late", version=version, experiment="search",
                trials=(0,), files=files, manifest={"task": "classification"}, metrics={},
                created_at=1.0,
            )
        )  # fmt: skip


@pytest.fixture
def live(ws: Workspace, bundles: list[Path]) -> Workspace:
    for version, folder in enumerate(bundles, start=1):
        register(ws, folder, version)
    ws.deployments.create("delays", "late@1")
    return ws


def test_the_first_start_makes_a_token_only_the_owner_reads(ws: Workspace) -> None:
    token = ws.home / "run" / "token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert ws.store.authenticate(digest(token.read_text().strip())).role == "admin"
    assert token.read_text().strip() not in str(ws.keys.list())


def test_a_second_start_keeps_the_token(ws: Workspace) -> None:
    before = (ws.home / "run" / "token").read_text()
    with danlu.open(ws.home):
        assert (ws.home / "run" / "token").read_text() == before


def test_a_lost_token_file_is_made_anew_and_the_old_secret_dies(ws: Workspace) -> None:
    token = ws.home / "run" / "token"
    old = token.read_text().strip()
    token.unlink()
    with danlu.open(ws.home):
        assert ws.store.authenticate(digest(old)) is None
        assert ws.store.authenticate(digest(token.read_text().strip())) is not None


def test_a_key_is_shown_once_and_revoked_at_once(ws: Workspace) -> None:
    key, secret = ws.keys.create("app", "predict", deployment="delays")
    assert ws.store.authenticate(digest(secret)).deployment == "delays"
    ws.keys.revoke(key.id)
    assert ws.store.authenticate(digest(secret)) is None


@pytest.mark.parametrize(
    ("role", "deployment"), [("root", None), ("predict", None), ("viewer", "d")]
)
def test_a_key_that_makes_no_sense_is_refused(
    ws: Workspace, role: str, deployment: str | None
) -> None:
    with pytest.raises(InvalidError):
        ws.keys.create("app", role, deployment=deployment)


def test_projects_do_not_see_each_other(live: Workspace) -> None:
    live.projects.create("other")
    with danlu.open(live.home, project="other") as other:
        assert other.deployments.list() == other.models.list() == other.keys.list() == []
        with pytest.raises(NotFoundError):
            other.deployments.show("delays")


def test_a_project_that_is_not_there_cannot_be_opened(ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'default'"):
        danlu.open(ws.home, project="defautl")


def test_a_viewer_cannot_deploy(live: Workspace) -> None:
    seen = live.acting(Identity(name="vi", role="viewer"))
    with pytest.raises(ForbiddenError):
        seen.deployments.create("delays", "late@2")
    assert seen.deployments.show("delays").live == "late@1"


def test_a_prediction_is_in_the_log_and_its_feedback_joins_it(live: Workspace) -> None:
    answer = live.deployments.predict("delays", [ROW, ROW])
    ids = [p["id"] for p in answer["predictions"]]
    assert live.deployments.feedback("delays", [{"id": ids[0], "truth": "late"}])["accepted"] == 1
    counts = live.deployments.counts("delays")
    assert (answer["model"], counts["predictions"], counts["joined"]) == ("late@1", 2, 1)
    assert {p["id"] for p in live.deployments.predictions("delays")} == set(ids)


def test_lineage_leads_from_a_prediction_to_its_model(live: Workspace) -> None:
    (prediction,) = live.deployments.predict("delays", [ROW])["predictions"]
    found = live.deployments.lineage("delays", prediction["id"])
    assert (found["model"]["version"], found["prediction"]["row"]) == (1, ROW)


def test_a_new_model_answers_and_rollback_brings_the_old_one_back(live: Workspace) -> None:
    first = live.deployments.predict("delays", [ROW])["predictions"][0]["probabilities"]
    assert live.deployments.create("delays", "late").live == "late@2"
    second = live.deployments.predict("delays", [ROW])["predictions"][0]["probabilities"]
    assert live.deployments.rollback("delays").live == "late@1"
    again = live.deployments.predict("delays", [ROW])["predictions"][0]["probabilities"]
    assert first == again != second


def test_a_challenger_waits_until_it_is_promoted(live: Workspace) -> None:
    shadow = live.deployments.create("delays", "late@2", challenger_share=0.0)
    assert (shadow.live, shadow.challenger) == ("late@1", "late@2")
    promoted = live.deployments.promote("delays")
    assert (promoted.live, promoted.previous, promoted.challenger) == ("late@2", "late@1", None)


def test_without_a_model_before_there_is_no_rollback(live: Workspace) -> None:
    with pytest.raises(ConflictError, match="no model before"):
        live.deployments.rollback("delays")


def test_a_damaged_model_is_refused_and_the_old_one_answers_on(
    live: Workspace, bundles: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(bundles[1], broken)
    golden = broken / "golden.jsonl"
    golden.write_bytes(golden.read_bytes().replace(b"0.", b"1.", 1))
    register(live, broken, 3)
    refused = live.deployments.create("delays", "late@3")
    assert refused.live == refused.wanted == "late@1"
    assert "golden.jsonl" in refused.refused["title"]
    assert live.deployments.predict("delays", [ROW])["model"] == "late@1"


def test_every_turn_is_in_the_chained_trail(live: Workspace) -> None:
    live.deployments.create("delays", "late@2")
    assert [a.action for a in live.audit("deployment/delays")] == ["live", "deploy"] * 2
    with live.store.begin(itself("test"), write=False) as tx:
        assert first_broken(tx.all(Audit)) is None


def test_the_form_of_a_row_comes_with_an_example(live: Workspace) -> None:
    schema = live.deployments.schema("delays")
    assert [c["name"] for c in schema["columns"]] == ["distance", "hour", "carrier", "holiday"]
    assert schema["classes"] == ["on_time", "late"]
    assert live.deployments.predict("delays", [schema["example"]])["predictions"]


def test_an_exported_bundle_is_the_same_zip_each_time(live: Workspace, tmp_path: Path) -> None:
    zips = [live.models.export("late@1", tmp_path / f"{n}.zip").read_bytes() for n in range(2)]
    assert zips[0] == zips[1]
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert "model.onnx" in archive.namelist()


def test_a_model_without_a_version_is_the_newest(live: Workspace) -> None:
    assert live.models.show("late").ref == "late@2"
    with pytest.raises(NotFoundError):
        live.models.show("late@9")


def test_a_second_workspace_may_look_but_not_work(live: Workspace) -> None:
    live.deployments.predict("delays", [ROW])
    with danlu.open(live.home) as second:
        assert second.deployments.counts("delays")["predictions"] == 1
        with pytest.raises(ConflictError, match="another Danlu"):
            second.deployments.predict("delays", [ROW])


def furnish(ws: Workspace) -> None:
    with ws.store.begin(ws.who) as tx:
        tx.insert(Dataset(project="default", name="flights", version=1, created_at=1.0))
        tx.insert(
            Version(
                project="default", name="flights", version=1, parts=(), rows=0, schema_={},
                profile={}, hash="", created_at=1.0,
            )
        )  # fmt: skip
        tx.insert(
            Experiment(
                project="default", name="search", state="finished", spec={"data": "flights"},
                created_at=1.0,
            )
        )  # fmt: skip


def test_a_due_loop_is_submitted_once(live: Workspace) -> None:
    furnish(live)
    live.loops.set("delays", data="flights", experiment="search", every="hour")
    later = live.loops.show("delays")["coming"][0] + 1
    assert [job.kind for job in live.loops.tick(later)] == ["retrain"]
    assert live.loops.tick(later) == live.loops.tick(later + 7200) == []


def test_a_loop_that_cannot_be_measured_says_so_once_and_stops_no_other(live: Workspace) -> None:
    furnish(live)
    live.loops.set("delays", data="flights", experiment="search", drift=0.2)
    assert live.loops.tick(2e9) == live.loops.tick(2e9) == []
    told = [event.kind for event in live.events(topic="loop/delays")]
    assert told == ["set", "unmeasured"]  # its experiment never read any data


def test_several_reasons_stand_together_and_each_runs_once(live: Workspace) -> None:
    furnish(live)
    ask = {"data": "flights", "experiment": "search", "new_data": True, "every": "hour"}
    loop = live.loops.set("delays", **ask)
    assert [t["kind"] for t in (loop.trigger, *loop.more)] == ["schedule", "version"]
    now = live.loops.show("delays")["coming"][0]
    with live.store.begin(live.who) as tx:
        tx.replace(tx.get(Dataset, "flights").model_copy(update={"version": 2}))
    (job,) = live.loops.tick(now - 1)
    assert job.args["cause"] == {"code": "version", "args": {"version": 2}}
    live.jobs.cancel(job.id)
    (second,) = live.loops.tick(now + 1)
    assert second.args["cause"]["code"] == "schedule"
    live.jobs.cancel(second.id)
    assert live.loops.tick(now + 2) == []


def test_a_challenger_is_named_and_withdrawn_and_both_are_in_the_trail(live: Workspace) -> None:
    found = live.deployments.challenge("delays", "late@2", share=0.1)
    assert (found.live, found.challenger, found.challenger_share) == ("late@1", "late@2", 0.1)
    assert live.deployments.withdraw("delays").challenger is None
    assert [a.action for a in live.audit("deployment/delays")][:2] == ["withdraw", "deploy"]
    with pytest.raises(ConflictError, match="no challenger"):
        live.deployments.withdraw("delays")


def test_the_champion_cannot_challenge_itself(live: Workspace) -> None:
    with pytest.raises(ConflictError, match="cannot challenge"):
        live.deployments.challenge("delays", "late@1")


def test_traffic_counts_what_was_answered_and_what_was_refused(live: Workspace) -> None:
    live.deployments.predict("delays", [ROW, {"carrier": "never seen"}])
    with pytest.raises(InvalidError):
        live.deployments.predict("delays", [{"distance": "far"}])
    found = live.deployments.traffic("delays", hours=1)
    assert (found["total"]["requests"], found["total"]["rows"]) == (2, 2)
    assert found["refusals"] == [{"code": "wrong_type", "requests": 1}]
    assert live.deployments.health("delays")["ready"]


def test_a_model_that_no_search_made_cannot_be_examined(live: Workspace) -> None:
    with pytest.raises(NotFoundError, match="search"):
        live.models.mistakes("late@1")


def test_the_graph_alone_is_exported_by_its_suffix(live: Workspace, tmp_path: Path) -> None:
    found = live.models.export("late@1", tmp_path / "late.onnx")
    assert (
        found.read_bytes()
        == live.blobs.path(live.models.show("late@1").files["model.onnx"]).read_bytes()
    )
    assert live.models.card("late@1").startswith("# Tiny")


def test_the_circle_has_every_station(live: Workspace) -> None:
    furnish(live)
    live.deployments.predict("delays", [ROW])
    live.loops.set("delays", data="flights", experiment="search")
    circle = live.loops.show("delays")["circle"]
    assert list(circle) == [
        "data", "network", "experiment", "model", "deployment", "predictions", "decisions",
        "feedback", "joined",
    ]  # fmt: skip
    assert (circle["predictions"]["count"], circle["model"]["name"]) == (1, "late@1")


@pytest.mark.parametrize(
    "when", [{"every": "day", "cron": "0 3 * * *"}, {"cron": "x"}, {"rows": 0}, {"drift": -1.0}]
)
def test_a_loop_that_means_nothing_is_refused(live: Workspace, when: dict[str, object]) -> None:
    furnish(live)
    with pytest.raises(InvalidError):
        live.loops.set("delays", data="flights", experiment="search", **when)


def test_a_loop_of_something_unknown_is_refused(live: Workspace) -> None:
    with pytest.raises(NotFoundError):
        live.loops.set("delays", data="flights", experiment="search")


def test_a_sweep_keeps_every_blob_a_record_names(live: Workspace) -> None:
    garbage = live.blobs.put_bytes(b"nobody names this")
    live.sweep(now=4e9)
    assert not live.blobs.has(garbage)
    assert live.deployments.predict("delays", [ROW])["model"] == "late@1"
    assert all(live.blobs.has(sha) for sha in live.models.show("late@2").files.values())


def test_a_search_learns_from_the_newest_for_the_same_target(ws: Workspace) -> None:
    for number, (state, target) in enumerate(
        [("finished", "y"), ("finished", "z"), ("failed", "y"), ("finished", "y")]
    ):
        with ws.store.begin(ws.who) as tx:
            tx.insert(
                Experiment(
                    project="default", name=f"e{number}", state=state, created_at=number,
                    spec={"data": "d", "target": target},
                )
            )  # fmt: skip
    with ws.store.begin(ws.who, write=False) as tx:
        assert earlier(tx, {"data": "d", "target": "y"}) == ["e3", "e0"]
        assert earlier(tx, {"data": "other", "target": "y"}) == []


def test_a_search_that_has_not_begun_has_a_report(ws: Workspace) -> None:
    with ws.store.begin(ws.who) as tx:
        tx.insert(Experiment(project="default", name="e", state="queued", created_at=0, spec={}))
    assert "<h1>e</h1>" in ws.experiments.report("e")
    with pytest.raises(NotFoundError):
        ws.experiments.report("f")
