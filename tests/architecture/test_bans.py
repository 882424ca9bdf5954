"""No decoder that can run code, no client-given path, no module of odds and ends."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "danlu").rglob("*.py"))
BANNED_MODULES = {"pickle", "cloudpickle", "joblib", "marshal", "shelve", "dill", "tarfile"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_ATTRIBUTES = {("torch", "load"), ("yaml", "load"), ("yaml", "unsafe_load")}
JUNK_DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "core"}


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def calls(tree: ast.AST) -> set[str]:
    found = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return {f.id for f in found if isinstance(f, ast.Name)}


def attributes(tree: ast.AST) -> set[tuple[str, str]]:
    return {
        (n.value.id, n.attr) for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }  # fmt: skip


def allows_pickle(tree: ast.AST) -> bool:
    keywords = [k for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords]
    given = [k.value for k in keywords if k.arg == "allow_pickle"]
    return any(not (isinstance(v, ast.Constant) and v.value is False) for v in given)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_here_can_run_code_from_data(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not imported(tree) & BANNED_MODULES
    assert not calls(tree) & BANNED_CALLS
    assert not attributes(tree) & BANNED_ATTRIBUTES
    assert not allows_pickle(tree)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_junk_drawer(path: Path) -> None:
    assert path.stem not in JUNK_DRAWERS


def test_only_settings_reads_the_environment() -> None:
    readers = {
        str(p.relative_to(ROOT / "src" / "danlu"))
        for p in SOURCES
        for a in attributes(ast.parse(p.read_text("utf-8")))
        if a in {("os", "environ"), ("os", "getenv")}
    }
    # The launcher hands it on as it is; the engine and its trainers throw most of it away; torch's
    # compiler learns its folder in no other way.
    told = {"train/compiled.py"}
    assert readers <= {"workspace/settings.py", "up/launcher.py", "up/trainer.py"} | told


def test_routes_never_make_paths_from_requests() -> None:
    routes = sorted((ROOT / "src" / "danlu" / "api" / "routes").glob("*.py"))
    offenders = [
        p.name for p in routes if calls(ast.parse(p.read_text("utf-8"))) & {"open", "Path"}
    ]
    assert not offenders
