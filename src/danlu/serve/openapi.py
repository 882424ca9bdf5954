"""OpenAPI of one served bundle: the row it wants and the answer it gives, from its own states."""

from __future__ import annotations

from typing import Any

from danlu.serve.bundle import Bundle
from danlu.serve.decoder import Decoder

Json = dict[str, Any]
TYPES = {"number": "number", "boolean": "boolean", "datetime": "string"}
UNCHECKED = "Missing = null; a value never seen counts as other, with a warning in the answer."


def describe(title: str, bundle: Bundle) -> Json:
    """Return the OpenAPI document of the stand-alone server."""
    row = row_schema(bundle)
    example = {"rows": [bundle.golden[0].row]}
    feedback = _rows({"id": {"type": "string"}, "truth": {}}, required=["id", "truth"])
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {
            "/predict": _post("Predict rows", _rows(row), answer_schema(bundle.decoder), example),
            "/feedback": _post("Say what really happened", feedback, _counts(), None),
            "/health": _get("The server lives"),
            "/ready": _get("A real prediction has succeeded"),
        },
    }


def row_schema(bundle: Bundle) -> Json:
    """Describe one input row as JSON Schema properties."""
    return {
        column.name: {
            "type": [TYPES.get(column.kind, "string"), "null"],
            "title": column.kind,
        }
        for column in bundle.encoder.columns()
    }


def answer_schema(decoder: Decoder) -> Json:
    """Describe the answer to a predict request."""
    if decoder.form == "value":
        said: Json = {"value": {"type": "number"}}
    else:
        probabilities = {name: {"type": "number"} for name in decoder.names}
        said = {
            "label": {"enum": list(decoder.labels)},
            "probabilities": {"type": "object", "properties": probabilities},
        }
    warnings: Json = {"type": "array", "items": {"type": "object"}}
    row = {"id": {"type": "string"}, **said, "decision": {}, "warnings": warnings}
    predictions = {"type": "array", "items": {"type": "object", "properties": row}}
    return {
        "type": "object",
        "properties": {"model": {"type": "string"}, "predictions": predictions},
    }


def _rows(properties: Json, required: list[str] | None = None) -> Json:
    row = {"type": "object", "properties": properties, "required": required or []}
    rows = {"type": "array", "items": row, "minItems": 1, "description": UNCHECKED}
    return {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}


def _counts() -> Json:
    number = {"type": "integer"}
    unknown = {"type": "array", "items": {"type": "string"}}
    counts = {"accepted": number, "corrected": number, "repeated": number, "unknown": unknown}
    return {"type": "object", "properties": counts}


def _post(summary: str, body: Json, answer: Json, example: Json | None) -> Json:
    content: Json = {"schema": body} | ({"example": example} if example else {})
    return {
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": content}},
            "responses": {
                "200": {"description": "OK", "content": {"application/json": {"schema": answer}}},
                "422": {"description": "A row cannot be used; the problem names it"},
                "503": {"description": "Busy; see Retry-After"},
                "507": {"description": "The prediction log cannot be kept"},
            },
        }
    }


def _get(summary: str) -> Json:
    return {"get": {"summary": summary, "responses": {"200": {"description": "OK"}}}}
