"""`danlu network`: what is printed, what is written, and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from danlu.cli.networks import app
from danlu.errors import ConflictError, InvalidError, NotFoundError
from danlu.network.file import load

NET = """
name: tiny
inputs: {table: {}}
nodes:
  hidden: {op: dense, params: {units: 8}, in: {x: table}}
  head: {op: dense, params: {units: target}, in: {x: hidden}}
outputs: {y: head}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(NET, "utf-8")
    return path


def run(*words: str | Path, home: Path):
    """Run one command; an error of ours is raised, as `danlu` prints it outside of the group."""
    return CliRunner().invoke(app, [*map(str, words), "--home", str(home)], catch_exceptions=False)


def test_show_without_data_lists_nodes_and_says_how_to_get_shapes(file, tmp_path) -> None:
    done = run("show", file, home=tmp_path / "w")
    assert done.exit_code == 0
    assert "hidden" in done.output
    assert "--input table=SIZE" in done.output
    assert not (tmp_path / "w").exists()


def test_show_with_sizes_gives_costs_and_a_drawing(file, tmp_path) -> None:
    drawing = tmp_path / "net.svg"
    done = run("show", file, "--input", "table=5", "--svg", drawing, home=tmp_path / "w")
    assert "57 parameters" in done.output
    assert drawing.read_text("utf-8").startswith("<svg")


def test_show_as_json(file, tmp_path) -> None:
    done = run("show", file, "--json", home=tmp_path / "w")
    found = json.loads(done.stdout)
    assert found["hash"] == load(file).hash
    assert found["network"]["name"] == "tiny"


def test_check_takes_several_files_and_fails_if_one_does(file, tmp_path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(NET.replace("op: dense", "op: dens", 1), "utf-8")
    odd = tmp_path / "odd.json"
    odd.write_text("[1]", "utf-8")
    done = run("check", file, broken, odd, tmp_path / "none.json", home=tmp_path / "w")
    assert done.exit_code == 1
    assert "net.yaml: ok" in done.output
    assert "problem [op_unknown] 'hidden': no op 'dens'" in done.output
    assert "fix:" in done.output
    assert "odd.json: it is no object" in done.output
    assert "none.json: no file" in done.output


def test_check_of_what_runs_ends_well(file, tmp_path) -> None:
    done = run("check", file, "--input", "table=5", home=tmp_path / "w")
    assert done.exit_code == 0
    assert "57 parameters" in done.output


@pytest.mark.parametrize("name", ["out.json", "out.yaml", "out.py"])
def test_convert_keeps_the_hash(file, tmp_path, name) -> None:
    done = run("convert", file, "--to", tmp_path / name, home=tmp_path / "w")
    assert load(tmp_path / name).hash == load(file).hash
    assert load(file).hash[:12] in done.output.replace("\n", "")


def test_convert_to_pytorch(file, tmp_path) -> None:
    out = tmp_path / "out.torch.py"
    run("convert", file, "-o", out, "--input", "table=5", "--head", "3", home=tmp_path / "w")
    assert "self.head = nn.Linear(8, 3)" in out.read_text("utf-8")


def test_a_suffix_that_nothing_is_written_as_is_refused(file, tmp_path) -> None:
    with pytest.raises(InvalidError, match=r"\.doc"):
        run("convert", file, "--to", tmp_path / "out.doc", home=tmp_path / "w")


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.yaml"):
        run("show", tmp_path / "none.yaml", home=tmp_path / "w")


@pytest.mark.parametrize("size", ["table", "=5", "table=x"])
def test_sizes_that_say_nothing_are_refused(file, tmp_path, size) -> None:
    with pytest.raises(InvalidError) as caught:
        run("show", file, "--input", size, home=tmp_path / "w")
    assert caught.value.code == "size_invalid"


MODELS = Path(__file__).parents[1] / "network" / "models"


def imported(name: str, *more: str, to: Path):
    return CliRunner().invoke(
        app, ["import", str(MODELS / name), "-o", str(to), *more], catch_exceptions=False
    )


def test_import_writes_a_network_and_its_weights(tmp_path) -> None:
    out = tmp_path / "net.yaml"
    done = imported("torch_resnet.onnx", "--blocks", to=out)
    assert done.exit_code == 0, done.output
    assert load(out).blocks
    assert out.with_suffix(".safetensors").stat().st_size > 100


def test_import_fails_and_names_what_has_no_op(tmp_path) -> None:
    done = imported("sklearn_mlp.onnx", to=tmp_path / "net.yaml")
    assert done.exit_code == 1
    assert "no op for ArgMax" in done.output


def test_a_network_is_saved_again_and_again_told_apart_and_brought_back(file, tmp_path) -> None:
    home = tmp_path / "w"
    assert "net@1" in run("save", "net", file, "--title", "small", home=home).output
    file.write_text(NET.replace("units: 8", "units: 16"), "utf-8")
    assert "net@2" in run("save", "net", file, "--on", "1", home=home).output
    wider = tmp_path / "wider.yaml"
    wider.write_text(NET.replace("units: 8", "units: 32"), "utf-8")
    with pytest.raises(ConflictError, match="revision 2"):
        run("save", "net", wider, "--on", "1", home=home)
    told = run("diff", "net@1", file, home=home).output
    assert "~ hidden" in told
    assert "units: 8 to 16" in told
    assert run("diff", "net@2", "net", home=home).output.strip() == "none"
    assert "small" in run("versions", "net", home=home).output
    assert "net@3 is version 1 again" in run("restore", "net", "1", home=home).output
    run("title", "net", "2", "wide", home=home)
    assert "wide" in run("versions", "net", home=home).output
    assert "net" in run("list", home=home).output


@pytest.mark.parametrize("which", ["net@three", "experiment:x:y"])
def test_what_names_no_network_is_told(which, file, tmp_path) -> None:
    with pytest.raises(InvalidError) as caught:
        run("diff", which, file, home=tmp_path / "w")
    assert caught.value.code == "reference"
