"""The page is typed by the API's own description; a stale copy of it is no description."""

import importlib.util
from pathlib import Path

WEB = Path(__file__).parents[3] / "web"


def test_openapi_of_the_page_is_that_of_the_server() -> None:
    spec = importlib.util.spec_from_file_location("web_openapi", WEB / "openapi.py")
    assert spec is not None
    assert spec.loader is not None
    openapi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(openapi)

    kept = (WEB / "openapi.json").read_text(encoding="utf-8")

    hint = "stale: run `python web/openapi.py && npm --prefix web run types`"
    assert openapi.document() == kept, hint


def test_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text(encoding="utf-8")
