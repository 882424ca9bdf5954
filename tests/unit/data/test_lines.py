"""Lines: which line of the file a record is on."""

import pytest

from danlu.data import lines

TEXT = b'a,b\n1,2\n\n"x\ny",3\r\n\r\nbro"ken\n4,"q""q"\n5,6'


@pytest.fixture(params=[1, 3, 7, 1 << 22])
def path(request, tmp_path, monkeypatch):
    """The same file, read in blocks of several sizes."""
    monkeypatch.setattr(lines, "BLOCK", request.param)
    (tmp_path / "a.csv").write_bytes(TEXT)
    return tmp_path / "a.csv"


def test_records_are_found_past_blank_lines_quotes_and_broken_rows(path):
    broken = [(TEXT.index(b"bro"), len(b'bro"ken'))]
    assert lines.line_numbers(path, [0, 1, 2, 3, 4], broken) == [1, 2, 4, 8, 9]


def test_a_byte_position_has_a_line(path):
    assert lines.line_at(path, [0, 4, TEXT.index(b"bro"), len(TEXT) - 1]) == [1, 2, 7, 9]
