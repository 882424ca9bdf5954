"""CSV and TSV: text with a header line; the delimiter is found by trying."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar

import duckdb

from danlu.data.kinds.base import MISSING, quoted
from danlu.data.lines import line_at, line_numbers
from danlu.data.raw import Raw
from danlu.data.sources.base import LISTED, TEXT, RawColumn, Reject, Source, checked, literal
from danlu.errors import DataError, TooLargeError

DELIMITERS = ",\t;|"
LONGEST_HEADER = 1 << 24
SNIFFED = 1 << 18
_REASONS = {
    "MISSING COLUMNS": ("few_fields", "too few fields"),
    "TOO MANY COLUMNS": ("many_fields", "too many fields"),
    "UNQUOTED VALUE": ("open_quote", "a quote that does not close"),
    "LINE SIZE OVER MAXIMUM": ("long_line", "a line longer than 2 MB"),
    "INVALID ENCODING": ("encoding", "not valid UTF-8"),
}


class Csv(Source):
    """A delimited text file."""

    form: ClassVar[str] = "csv"

    def __init__(self, raw: Raw, columns: tuple[RawColumn, ...], dialect: dict[str, str]) -> None:
        self.raw, self.columns, self.dialect = raw, columns, dialect
        self._breaks: list[tuple[int, int]] = []

    @classmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Csv:  # noqa: ARG003
        """Read the header; find delimiter and escape in the first 256 KB."""
        with raw.path.open("rb") as file:
            header = file.readline(LONGEST_HEADER)
            if not header.endswith(b"\n") and len(header) >= LONGEST_HEADER:
                raise TooLargeError(
                    f"the header line is longer than {LONGEST_HEADER >> 20} MB",
                    code="too_many_columns", where=raw.where,
                    do="Check that lines end in a newline, or keep fewer columns.",
                )  # fmt: skip
            rest = file.read(SNIFFED)
        head = (header + rest).decode("utf-8", "replace").removeprefix("\ufeff")
        escape = "\\" if re.search(r'\\"', head) and '""' not in head else '"'
        delimiter = _delimiter(head, escape)
        names: list[str] = next(_records(head, delimiter, escape), [])
        _refuse_headless(names, raw)
        dialect = {
            "form": "tsv" if delimiter == "\t" else "csv", "delimiter": delimiter, "quote": '"',
            "escape": escape, "encoding": raw.encoding, "compression": raw.compression,
        }  # fmt: skip
        return cls(raw, checked(names, raw), dialect)

    def relation(self, *, numbered: bool = False) -> str:
        """Read all columns as text."""
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.columns)))
        missing = [word for word in MISSING if self.dialect["escape"] not in word]
        scan = (
            f"read_csv({literal(str(self.raw.path))}, auto_detect=false, header=true, "
            f"delim={literal(self.dialect['delimiter'])}, quote='\"', "
            f"escape={literal(self.dialect['escape'])}, columns={{{columns}}}, "
            f"nullstr=[{quoted(missing)}], store_rejects=true, rejects_limit=0)"
        )
        return f"(SELECT *, row_number() OVER () AS row FROM {scan})" if numbered else scan

    def broken(self, db: duckdb.DuckDBPyConnection) -> tuple[int, list[Reject]]:
        """Read DuckDB's table of rejects."""
        tables = db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'")
        if not tables.fetchone():
            return 0, []
        # DuckDB casts while it scans and lists failed casts too; those cells are found elsewhere.
        real = "(SELECT * FROM reject_errors WHERE error_type <> 'CAST')"
        last = f"{real} WHERE scan_id = (SELECT max(scan_id) FROM {real})"
        count = db.execute(f"SELECT count(DISTINCT line_byte_position) FROM {last}").fetchone()
        found = db.execute(
            "SELECT line_byte_position, any_value(csv_line), any_value(error_type), "
            f"any_value(error_message) FROM {last} GROUP BY 1 ORDER BY 1 LIMIT {LISTED}"
        ).fetchall()
        self._breaks = [(at, len((text or "").encode())) for at, text, _, _ in found]
        lines = line_at(self.raw.path, [at for at, _ in self._breaks])
        return (count or (0,))[0], [
            _reject(line, (text or "")[:TEXT], error, message)
            for line, (_, text, error, message) in zip(lines, found, strict=True)
        ]

    def lines(self, rows: Sequence[int]) -> list[int]:
        """Find where the records start."""
        if not rows:
            return []
        return line_numbers(self.raw.path, rows, self._breaks, escape=self.dialect["escape"])


def _reject(line: int, text: str, error: str, message: str) -> Reject:
    code, reason = _REASONS.get(error, ("", error.lower()))
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    args = {"found": int(counts[2]), "wanted": int(counts[1])} if counts else {}
    reason += f": {counts[2]} instead of {counts[1]}" if counts else ""
    return Reject(line=line, column=None, reason=reason, text=text, code=code, args=args)


def _records(head: str, delimiter: str, escape: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_HEADER)
    double, mark = (True, None) if escape == '"' else (False, escape)
    lines = io.StringIO(head, newline="")
    return csv.reader(lines, delimiter=delimiter, doublequote=double, escapechar=mark)


def _delimiter(head: str, escape: str) -> str:
    """Choose the delimiter by which most records have as many fields as the header."""

    def score(delimiter: str) -> tuple[float, int]:
        records = [len(r) for _, r in zip(range(200), _records(head, delimiter, escape)) if r]  # noqa: B905
        width = records[0] if records else 0
        if width < 2:
            return 0.0, width
        return Counter(records)[width] / len(records), width

    scores = {d: score(d) for d in DELIMITERS}
    return max(DELIMITERS, key=lambda d: (round(scores[d][0], 1), scores[d][1]))


def _refuse_headless(names: Sequence[str], raw: Raw) -> None:
    """Refuse a first line of numbers only, unless it counts the columns."""
    if not any(name.strip() for name in names):
        raise DataError("the first line is empty", code="no_header", where=f"{raw.where}, line 1",
                        do="Start with a line of column names.")  # fmt: skip
    if not all(re.fullmatch(r"\s*[+-]?[\d.,]+(e[+-]?\d+)?\s*", n, re.I) for n in names):
        return
    counted = [[str(i + first) for i in range(len(names))] for first in (0, 1)]
    if list(names) not in counted:
        raise DataError(
            "the first line holds numbers, not names", code="no_header",
            where=f"{raw.where}, line 1", do="Add a first line with the names of the columns.",
        )  # fmt: skip
