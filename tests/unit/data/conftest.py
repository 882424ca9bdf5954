"""Files to import, written where a test may see them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from danlu.data.imported import How, Imported, import_file


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def take(put: Callable[..., Path], tmp_path: Path) -> Callable[..., Imported]:
    """Write a file and import it."""

    def imported(name: str, content: str | bytes, **options: object) -> Imported:
        schema = options.pop("schema", None)
        return import_file(put(name, content), tmp_path / "out", schema=schema, how=How(**options))

    return imported


@pytest.fixture
def chinese() -> str:
    """A small table: header and 60 rows."""
    rows = (
        f"{i},{i * 1.5},{'红绿'[i % 2]},{'是否'[i % 2]},2013-01-{i % 28 + 1:02}" for i in range(60)
    )
    return "编号,温度,颜色,迟到,日期\n" + "\n".join(rows) + "\n"
