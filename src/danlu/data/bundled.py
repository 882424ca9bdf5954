"""Bundled: real data that travels inside the package, one step away from a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field

from danlu.errors import NotFoundError, nearest
from danlu.params import Params

FOLDER: Final = Path(__file__).with_name("samples")


class Sample(Params):
    """A bundled file, and what a person would say of it."""

    name: str
    rows: int
    columns: int
    target: str
    """What one would learn from it."""
    time: str | None = None
    kinds: dict[str, str] = Field(default_factory=dict)
    """Kinds that its values alone do not tell."""

    @property
    def path(self) -> Path:
        """The Parquet file."""
        return FOLDER / f"{self.name}.parquet"


SAMPLES: Final = (
    Sample(
        name="flights", rows=336_776, columns=16, target="late", time="departs",
        kinds={"late": "boolean", "carrier": "category", "origin": "category", "dest": "category"},
    ),
    Sample(name="breast_cancer", rows=569, columns=31, target="diagnosis"),
    Sample(name="wine", rows=178, columns=14, target="cultivar"),
)  # fmt: skip


def sample(name: str) -> Sample:
    """Find a sample.

    >>> sample("wine").rows
    178
    """
    for one in SAMPLES:
        if one.name == name:
            return one
    raise NotFoundError(
        f"no sample '{name}'", code="sample_unknown", name=name,
        do=nearest(name, [one.name for one in SAMPLES]),
    )  # fmt: skip
