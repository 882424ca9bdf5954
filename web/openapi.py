"""Openapi: write what the API promises to openapi.json, from which the page's types are made."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI

from danlu.api.app import ROUTERS, schema_of

FILE = Path(__file__).with_name("openapi.json")


def document() -> str:
    """Return the OpenAPI document as the page keeps it: sorted, without the version of the day."""
    app = FastAPI(title="Danlu", version="1")
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    return json.dumps(schema_of(app), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
