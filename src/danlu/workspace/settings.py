"""Settings: `danlu.toml` of a workspace and the environment; the only reader of both."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from danlu.errors import InvalidError, nearest
from danlu.params import Params

PREFIX = "DANLU_"
FILE = "danlu.toml"


class Settings(Params):
    """What an operator may set: a line of danlu.toml, or ``DANLU_<NAME>`` in the environment."""

    behind_proxy: bool = False
    """A TLS proxy stands in front, so a public address may be listened on."""
    hosts: tuple[str, ...] = ()
    """Host names requests may come in under, besides the loopback ones."""
    upload_bytes: int = Field(10_000_000_000, ge=1)
    """Largest file that may be uploaded."""
    slots: int = Field(2, ge=1, le=1024)
    """How many trainers run at a time."""
    any_filesystem: bool = False
    """Work on a shared or remote file system although databases get damaged there."""


def load(home: Path) -> Settings:
    """Read the settings of the workspace in ``home``; the environment goes before the file."""
    path = home / FILE
    found = {**_of_file(path), **_of_environment()}
    unknown = sorted(set(found) - set(Settings.model_fields))
    if unknown:
        raise InvalidError(
            f"no setting '{unknown[0]}'", code="setting_unknown", where=str(path),
            do=nearest(unknown[0], Settings.model_fields), name=unknown[0],
        )  # fmt: skip
    try:
        return Settings.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise InvalidError(
            f"setting '{name}' cannot be {first['input']!r}", code="setting_invalid",
            where=str(path), do=f"{first['msg']}.", name=name,
        ) from error  # fmt: skip


def _of_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidError(
            "the settings cannot be read", code="settings_file", where=str(path), do=f"{error}"
        ) from error


def _of_environment() -> dict[str, Any]:
    """Read ``DANLU_SLOTS=4``; a tuple is written with commas. ``DANLU_HOME`` is the CLI's."""
    found: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        text = os.environ.get(PREFIX + name.upper())
        if text is not None:
            many = isinstance(field.default, tuple)
            found[name] = tuple(filter(None, text.split(","))) if many else text
    return found
