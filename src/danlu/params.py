"""Params: base of everything with fields a user sets; a field is a dial, a size, or neither."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["dial", "size"]


class Params(BaseModel):
    """Frozen, closed and documented; forms, JSON schema and docs derive from the class."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def dial(default: Any = ..., **bounds: Any) -> Any:
    """Declare a field that may differ between trials of one fused program."""
    return Field(default, json_schema_extra={"role": "dial"}, **bounds)


def size(default: Any = ..., **bounds: Any) -> Any:
    """Declare a field that changes the program, and so splits cohorts."""
    return Field(default, json_schema_extra={"role": "size"}, **bounds)


def role_of(owner: type[Params], field: str) -> Role | None:
    """Return whether ``field`` is a dial, a size, or neither."""
    extra = owner.model_fields[field].json_schema_extra
    role = extra.get("role") if isinstance(extra, dict) else None
    return role if role in ("dial", "size") else None  # type: ignore[return-value]
